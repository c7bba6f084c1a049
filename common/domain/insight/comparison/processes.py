"""Which processes of a run were slower than before, and why, as far as the figures prove it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from statistics import median
from typing import Final

SLOWER_FROM: Final = 1.5  # times the median
SLOWER_BY_MS: Final = 30_000
GREW_FROM: Final = 1.5  # times the input before
SAME_RATE: Final = 0.25  # bytes per second may differ by this share
_FEWEST_TOGETHER: Final = 3  # processes, of which most must be slower before the surroundings are the reason


class ProcessDifference(StrEnum):
    """In what a process differs between two runs."""

    ONLY_BEFORE = "only_before"
    ONLY_AFTER = "only_after"
    SLOWER = "slower"  # than usual in earlier runs
    FASTER = "faster"
    TASKS = "tasks"  # another number of them
    FAILED = "failed"  # another number of failed attempts
    MEMORY = "memory"  # asks for more or less
    CPUS = "cpus"
    CONTAINER = "container"


class SlownessCause(StrEnum):
    """What explains that a process was slower."""

    QUEUE = "queue"  # its tasks waited longer and did not run longer
    CONTAINER = "container"  # its tasks ran in another image
    INPUT = "input"  # its tasks read more, as fast as before


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessFigures:
    """The tasks of one process in one run. Medians in ms and bytes over tasks that ran; None if unknown.

    `queue_ms` is from submission to start, `nano_dollars` the cost of all. `containers` are
    their images, in order.
    """

    tasks: int = 0
    failed: int = 0
    cached: int = 0
    retried: int = 0
    duration_ms: float | None = None
    queue_ms: float | None = None
    realtime_ms: float | None = None
    memory: int | None = None
    memory_peak: float | None = None
    cpus: int | None = None
    read_bytes: float | None = None
    containers: tuple[str, ...] = ()
    nano_dollars: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessComparison:
    """One process in both runs; None if a run has no such process.

    `usual_ms` is the median duration of its tasks in earlier runs, None if it has no earlier run.
    """

    process: str
    before: ProcessFigures | None
    after: ProcessFigures | None
    usual_ms: float | None = None
    causes: tuple[SlownessCause, ...] = ()

    @property
    def is_slower(self) -> bool:
        """Whether the tasks of the later run took 1.5 times as long as usual, and at least 30 s longer."""
        return self.after is not None and _is_slower(self.after.duration_ms, self.usual_ms)

    @property
    def differences(self) -> list[ProcessDifference]:
        """In what the process differs between the runs; what is unknown in one of them does not differ."""
        if self.before is None or self.after is None:
            return [ProcessDifference.ONLY_AFTER if self.before is None else ProcessDifference.ONLY_BEFORE]
        found = [ProcessDifference.SLOWER] if self.is_slower else []
        found += [ProcessDifference.FASTER] if _is_slower(self.before.duration_ms, self.after.duration_ms) else []
        return found + [
            difference
            for difference, name in _COMPARED.items()
            if _differ(getattr(self.before, name), getattr(self.after, name))
        ]


_COMPARED: Final[Mapping[ProcessDifference, str]] = {
    ProcessDifference.TASKS: "tasks",
    ProcessDifference.FAILED: "failed",
    ProcessDifference.MEMORY: "memory",
    ProcessDifference.CPUS: "cpus",
    ProcessDifference.CONTAINER: "containers",
}


def compare_processes(
    before: Mapping[str, ProcessFigures], after: Mapping[str, ProcessFigures], *, earlier: Mapping[str, Sequence[float]]
) -> list[ProcessComparison]:
    """Every process of either run, by name; `earlier` has its median durations in ms of runs before the later one."""
    return [
        _with_causes(
            ProcessComparison(
                process=process,
                before=before.get(process),
                after=after.get(process),
                usual_ms=median(earlier[process]) if earlier.get(process) else None,
            )
        )
        for process in sorted(before.keys() | after.keys())
    ]


def are_slower_together(compared: Sequence[ProcessComparison]) -> bool:
    """Whether most processes with an earlier run were slower: then the reason is what they share, such as the zone."""
    known = [each for each in compared if each.usual_ms is not None and each.after and each.after.duration_ms]
    return len(known) >= _FEWEST_TOGETHER and sum(each.is_slower for each in known) > len(known) / 2


def _differ(before: object, after: object) -> bool:
    return before != after and None not in (before, after) and () not in (before, after)


def _with_causes(compared: ProcessComparison) -> ProcessComparison:
    before, after = compared.before, compared.after
    if not compared.is_slower or before is None or after is None:
        return compared
    return replace(compared, causes=tuple(_causes(before, after)))


def _causes(before: ProcessFigures, after: ProcessFigures) -> Iterator[SlownessCause]:
    if _is_slower(after.queue_ms, before.queue_ms) and not _is_slower(after.realtime_ms, before.realtime_ms):
        yield SlownessCause.QUEUE
    if _differ(before.containers, after.containers):
        yield SlownessCause.CONTAINER
    if _has_grown_input(before, after):
        yield SlownessCause.INPUT


def _has_grown_input(before: ProcessFigures, after: ProcessFigures) -> bool:
    if not (before.read_bytes and after.read_bytes and before.realtime_ms and after.realtime_ms):
        return False
    rate = (after.read_bytes / after.realtime_ms) / (before.read_bytes / before.realtime_ms)
    return after.read_bytes >= GREW_FROM * before.read_bytes and abs(rate - 1) <= SAME_RATE


def _is_slower(now: float | None, usual: float | None) -> bool:
    if now is None or usual is None:
        return False
    return now >= SLOWER_FROM * usual and now - usual >= SLOWER_BY_MS
