"""Makes the stand-in create, list or stop some jobs late, as Batch sometimes does."""

from dataclasses import dataclass
from typing import Final
from zlib import crc32

_SHARE: Final = 0.1  # of the jobs that are slow in one way


@dataclass(frozen=True, slots=True, kw_only=True)
class Slowness:
    """The longest delays in seconds; 0 means none. The name of a job decides how long it is delayed."""

    birth: float = 0.0  # between the request for a task's job and its creation, even if the caller has gone meanwhile
    listing: float = 0.0  # between the creation of a job and its appearance in listings
    stop: float = 0.0  # between the end of a stopped job's processes and its final state

    def of_birth(self, name: str) -> float:
        return _drawn("birth", name) * self.birth

    def of_listing(self, name: str) -> float:
        return _drawn("listing", name) * self.listing

    def of_stop(self, name: str) -> float:
        return _drawn("stop", name) * self.stop


def _drawn(way: str, name: str) -> float:
    """A fixed share of the delay for this job: 0 for most jobs, else between 0 and 1."""
    number = crc32(f"{way} {name}".encode()) / 2**32
    return number / _SHARE if number < _SHARE else 0.0
