"""Attempts at the tasks of a process, and what they prove about its needs."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

KILLED: Final = 137  # the exit status of a command that was killed, which without memory is all that is left of it


class Attempt(NamedTuple):
    """One attempt, as the trace has it; None means unknown. Memory in bytes, CPU in % of one core.

    `run_seconds` is how long its command ran, `age_days` how long ago it ended. It stands for `weight` attempts: only
    some are read of very large runs.
    """

    run_id: str
    name: str
    number: int | None
    has_completed: bool
    exit_code: int | None
    cpus: int | None
    memory: int | None
    memory_peak: int | None
    cpu_percent: float | None
    read_bytes: int | None
    run_seconds: float | None
    age_days: float = 0.0
    weight: float = 1.0

    @property
    def was_killed(self) -> bool:
        """Whether it ended as a command does that has used up its memory."""
        return not self.has_completed and self.exit_code == KILLED

    @property
    def is_first(self) -> bool:
        return self.number in (None, 1)


@dataclass(frozen=True, slots=True)
class MemoryNeeds:
    """What tasks needed, in bytes: exactly, or at least (`bounds`), from this number of runs."""

    known: Sequence[int]
    bounds: Sequence[int]
    runs: int

    @property
    def size(self) -> int:
        return len(self.known) + len(self.bounds)


def memory_needs(attempts: Iterable[Attempt]) -> MemoryNeeds:
    """One need for each task: its peak if it completed, or the most that it had when it was killed.

    An attempt that was killed and repeated is left out, because its repetition says more. Attempts that failed for
    another reason prove nothing: they may have ended early.
    """
    by_task: dict[tuple[str, str], list[Attempt]] = defaultdict(list)
    for attempt in attempts:
        by_task[attempt.run_id, attempt.name].append(attempt)
    known: list[int] = []
    bounds: list[int] = []
    runs: set[str] = set()
    for (run_id, _), own in by_task.items():
        peaks = [attempt.memory_peak for attempt in own if attempt.has_completed and attempt.memory_peak]
        kills = _unrepeated_kills(own)
        known += peaks
        bounds += kills
        if peaks or kills:
            runs.add(run_id)
    return MemoryNeeds(known, bounds, len(runs))


def _unrepeated_kills(attempts: Sequence[Attempt]) -> list[int]:
    """The memory of the killed attempts of one name that no later attempt has repeated; several tasks may share it."""
    repeated = Counter(attempt.number - 1 for attempt in attempts if attempt.number is not None)
    left = []
    for attempt in attempts:
        if not attempt.was_killed:
            continue
        if attempt.number is not None and repeated[attempt.number] > 0:
            repeated[attempt.number] -= 1
        elif attempt.memory:
            left.append(max(attempt.memory, attempt.memory_peak or 0))
    return left
