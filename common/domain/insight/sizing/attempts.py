"""Attempts at the tasks of a process, and what they prove about its needs."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

KILLED: Final = 137  # the exit status of a command that was killed, which without memory is all that is left of it


class Attempt(NamedTuple):
    """One attempt, as the trace has it; None means unknown. Memory in bytes, CPU in % of one core.

    `lineage` is the same for a run and its recoveries, which repeat what had not completed.
    `run_seconds` is how long its command ran, `age_days` how long ago it ended. It stands for `weight` attempts: only
    some are read of very large runs.
    """

    run_id: str
    lineage: str
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

    An attempt that was killed and repeated, in its run or by a recovery, is left out, because its repetition says more.
    Attempts that failed for another reason prove nothing: they may have ended early.
    """
    by_task: dict[tuple[str, str], list[Attempt]] = defaultdict(list)
    for attempt in attempts:
        by_task[attempt.lineage, attempt.name].append(attempt)
    known: list[int] = []
    bounds: list[int] = []
    runs: set[str] = set()
    for own in by_task.values():
        completed = [attempt for attempt in own if attempt.has_completed and attempt.memory_peak]
        killed = _without_recovered(_unrepeated_kills(own), completed)
        known += [attempt.memory_peak or 0 for attempt in completed]
        bounds += [max(attempt.memory or 0, attempt.memory_peak or 0) for attempt in killed]
        runs |= {attempt.run_id for attempt in (*completed, *killed)}
    return MemoryNeeds(known, bounds, len(runs))


def _unrepeated_kills(attempts: Sequence[Attempt]) -> list[Attempt]:
    """The killed attempts of one name that no later attempt of their run has repeated; several tasks may share it."""
    repeated = Counter((attempt.run_id, attempt.number - 1) for attempt in attempts if attempt.number is not None)
    left = []
    for attempt in attempts:
        if not attempt.was_killed:
            continue
        if attempt.number is not None and repeated[attempt.run_id, attempt.number] > 0:
            repeated[attempt.run_id, attempt.number] -= 1
        elif attempt.memory:
            left.append(attempt)
    return left


def _without_recovered(killed: Sequence[Attempt], completed: Sequence[Attempt]) -> list[Attempt]:
    """The kills without those of tasks that completed in another run of the lineage: a recovery repeats no others."""
    left = []
    recovered = Counter(attempt.run_id for attempt in completed)
    for attempt in killed:
        other = next((run_id for run_id, count in recovered.items() if count and run_id != attempt.run_id), None)
        if other is None:
            left.append(attempt)
        else:
            recovered[other] -= 1
    return left
