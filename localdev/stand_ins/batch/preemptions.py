"""Takes the machines of some Spot jobs away, as Google does: the attempt ends with exit code 50001."""

from dataclasses import dataclass
from zlib import crc32

from localdev.stand_ins.batch.allocation import is_spot
from localdev.stand_ins.http.messages import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Preemptions:
    """A `share` of the attempts on Spot machines loses its machine after at most `within_s` seconds.

    The name of the job and the number of the attempt decide.
    """

    share: float = 0.0
    within_s: float = 2.0

    def seconds_until(self, job: Json, attempt: int) -> float | None:
        """How long an attempt has its machine; None if nobody takes it away."""
        if not is_spot(job):
            return None
        drawn = crc32(f"{job['name']} {attempt}".encode()) / 2**32
        return drawn / self.share * self.within_s if drawn < self.share else None
