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


_LONGEST = 4  # intervals


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


def pause_after(tick: int, *, interval: timedelta) -> timedelta:
    """The pause before the next step: `interval` at first, growing to four times that by step 60."""
    return interval * min(_LONGEST, 1 + tick / 20)
