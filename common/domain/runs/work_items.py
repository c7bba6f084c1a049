"""Work that comes back: a chain of work items, each adding the next until there is nothing more to do."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Self

_SLOWEST = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainStep:
    """One item of a chain. Its key is its identity: added twice, it is queued once, so a chain never forks."""

    run_id: str
    chain: str  # why the chain began, such as `launch`
    tick: int = 0

    @property
    def key(self) -> str:
        return f"{self.run_id}-{self.chain}-{self.tick}"

    def next(self) -> Self:
        return type(self)(run_id=self.run_id, chain=self.chain, tick=self.tick + 1)

    def as_json(self) -> dict[str, str | int]:
        return {"run_id": self.run_id, "chain": self.chain, "tick": self.tick}


def pause_after(tick: int, *, interval: timedelta) -> timedelta:
    """How long to wait before the next look: `interval` at first, growing to four times that for a long run."""
    return interval * min(_SLOWEST, 1 + tick / 20)
