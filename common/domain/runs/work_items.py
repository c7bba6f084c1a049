"""Work items: their kinds, and the chains in which each step queues the next one until the work is done."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum, auto
from typing import Self


class WorkKind(StrEnum):
    """The kinds of work that are queued; each is named like its action and its address at queue_worker."""

    LAUNCH = auto()
    SYNC = auto()
    CANCEL = auto()
    INGEST = auto()
    ARCHIVE = auto()
    RESTORE = auto()
    NOTIFY = auto()


# In intervals. The longest pause must be shorter than the silence after which reconcile takes a chain for dead (10).
_LONGEST_BY_AGE, _LONGEST = 4, 8
_JOBS_PER_PAGE = 1000  # of a listing


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainStep:
    """One work item of a chain. The queue takes each key once, so a step that runs twice does not fork the chain."""

    run_id: str
    chain: str  # what started the chain, such as `launch`
    tick: int = 0  # the number of the step, from 0

    @property
    def key(self) -> str:
        return f"{self.run_id}-{self.chain}-{self.tick}"

    def next(self) -> Self:
        return type(self)(run_id=self.run_id, chain=self.chain, tick=self.tick + 1)

    def as_json(self) -> dict[str, str | int]:
        return {"run_id": self.run_id, "chain": self.chain, "tick": self.tick}


def pause_after(tick: int, *, interval: timedelta, live_jobs: int = 0) -> timedelta:
    """The pause before the next step of a run with so many live jobs.

    It is `interval` at first and four times that from step 60 on. Each thousand live jobs, a page of their listing,
    adds an interval, up to eight in all: 7,000 jobs are listed no more often than every 8 intervals.
    """
    by_age, by_size = 1 + tick / 20, 1 + live_jobs / _JOBS_PER_PAGE
    return interval * max(min(_LONGEST_BY_AGE, by_age), min(_LONGEST, by_size))
