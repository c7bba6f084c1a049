"""Makes the stand-in create, list or stop some jobs late, as Batch sometimes does."""

from dataclasses import dataclass
from zlib import crc32


@dataclass(frozen=True, slots=True, kw_only=True)
class Slowness:
    """The longest delays in seconds; 0 means none. The name of a job decides how long it is delayed.

    `share` is the share of the jobs that are slow in one way.
    """

    birth: float = 0.0  # between the request for a task's job and its creation, even if the caller has gone meanwhile
    listing: float = 0.0  # between the creation of a job and its appearance in listings
    stop: float = 0.0  # between the end of a stopped job's processes and its final state
    share: float = 0.1

    def of_birth(self, name: str) -> float:
        return self._drawn("birth", name) * self.birth

    def of_listing(self, name: str) -> float:
        return self._drawn("listing", name) * self.listing

    def of_stop(self, name: str) -> float:
        return self._drawn("stop", name) * self.stop

    def _drawn(self, way: str, name: str) -> float:
        """A fixed fraction of the delay for this job: 0 for most jobs, else between 0 and 1."""
        number = crc32(f"{way} {name}".encode()) / 2**32
        return number / self.share if number < self.share else 0.0
