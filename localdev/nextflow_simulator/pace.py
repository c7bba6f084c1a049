"""The intervals of Nextflow made small: a second here stands for forty, and SIM_SPEED divides them further."""

from dataclasses import dataclass

_SMALLER = 40.0
# In seconds of Nextflow: the two intervals of the google-batch executor, as its log gives them; what it needs before
# the session; and one deletion of a job, since an aborted session deletes its jobs one after another.
_POLL_S, _DUMP_S, _LAUNCH_S, _DELETION_S = 10.0, 300.0, 3.0, 3.0
_POLL_AT_LEAST_S, _DUMP_AT_LEAST_S = 0.05, 1.0


@dataclass(frozen=True, slots=True)
class Pace:
    """How long the simulator waits, in seconds."""

    speed: float = 1.0  # SIM_SPEED

    @property
    def poll(self) -> float:
        return max(_POLL_AT_LEAST_S, self._small(_POLL_S))

    @property
    def dump(self) -> float:
        return max(_DUMP_AT_LEAST_S, self._small(_DUMP_S))

    @property
    def launch(self) -> float:
        return self._small(_LAUNCH_S)

    @property
    def deletion(self) -> float:
        return self._small(_DELETION_S)

    def _small(self, seconds: float) -> float:
        return seconds / _SMALLER / self.speed
