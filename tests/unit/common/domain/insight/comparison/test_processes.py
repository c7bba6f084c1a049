"""Which processes were slower, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from common.domain.insight.comparison.processes import (
    ProcessComparison,
    ProcessFigures,
    SlownessCause,
    are_slower_together,
    compare_processes,
)

MINUTE = 60_000
USUAL = ProcessFigures(tasks=5, duration_ms=2 * MINUTE, queue_ms=MINUTE, realtime_ms=MINUTE, read_bytes=1e9)


def compared(after: ProcessFigures, *, usual: Sequence[float] = (2 * MINUTE,)) -> ProcessComparison:
    """One process, compared with USUAL and with the medians of earlier runs."""
    (found,) = compare_processes({"ALIGN": USUAL}, {"ALIGN": after}, earlier={"ALIGN": usual})
    return found


def figures(**changes: Any) -> ProcessFigures:  # noqa: ANN401 a field of any type
    """Twice as slow as USUAL."""
    return replace(USUAL, **{"duration_ms": 4 * MINUTE, "realtime_ms": 3 * MINUTE, "read_bytes": None} | changes)


@pytest.mark.parametrize(
    ("duration_ms", "usual", "is_slower"),
    [
        (3 * MINUTE, (2 * MINUTE,), True),
        (2.9 * MINUTE, (2 * MINUTE,), False),  # not 1.5 times
        (50_000, (21_000,), False),  # twice, but by 29 s
        (51_000, (21_000,), True),
        (4 * MINUTE, (MINUTE, 4 * MINUTE, 9 * MINUTE), False),  # the median of three runs
        (4 * MINUTE, (), False),  # nothing to compare with
    ],
)
def test_a_process_is_slower_by_half_and_by_thirty_seconds(
    duration_ms: float, usual: Sequence[float], is_slower: bool
) -> None:
    assert compared(figures(duration_ms=duration_ms), usual=usual).is_slower is is_slower


def test_without_evidence_there_is_no_cause() -> None:
    found = compared(figures())
    assert (found.is_slower, found.causes) == (True, ())


def test_tasks_that_waited_longer_and_ran_as_long_were_queued() -> None:
    assert compared(figures(queue_ms=3 * MINUTE, realtime_ms=MINUTE)).causes == (SlownessCause.QUEUE,)
    assert compared(figures(queue_ms=3 * MINUTE, realtime_ms=3 * MINUTE)).causes == ()


def test_another_container_is_a_cause_only_if_both_are_known() -> None:
    before = {"ALIGN": ProcessFigures(duration_ms=2 * MINUTE, containers=("star:2.7.10",))}
    for containers, causes in (
        (("star:2.7.11",), (SlownessCause.CONTAINER,)),
        (("star:2.7.10",), ()),
        ((), ()),
    ):
        after = {"ALIGN": figures(containers=containers)}
        (found,) = compare_processes(before, after, earlier={"ALIGN": [2 * MINUTE]})
        assert found.causes == causes


def test_larger_inputs_read_at_the_same_rate_are_a_cause() -> None:
    assert compared(figures(read_bytes=3e9, realtime_ms=3 * MINUTE)).causes == (SlownessCause.INPUT,)
    assert compared(figures(read_bytes=3e9, realtime_ms=9 * MINUTE)).causes == ()
    assert compared(figures(read_bytes=1.1e9, realtime_ms=3 * MINUTE)).causes == ()


def test_a_process_that_is_not_slower_has_no_cause() -> None:
    assert compared(figures(duration_ms=2 * MINUTE, queue_ms=3 * MINUTE, realtime_ms=MINUTE)).causes == ()


def test_processes_of_one_run_only_are_listed() -> None:
    found = compare_processes({"A": USUAL}, {"B": USUAL}, earlier={})
    assert [(each.process, each.before is None, each.after is None) for each in found] == [
        ("A", False, True), ("B", True, False),
    ]  # fmt: skip


@pytest.mark.parametrize(("slow", "fast", "together"), [(2, 1, True), (2, 2, False), (2, 0, False), (0, 3, False)])
def test_most_processes_that_are_slower_together_share_a_reason(slow: int, fast: int, together: bool) -> None:
    after: Mapping[str, ProcessFigures] = {
        **{f"slow{number}": figures() for number in range(slow)},
        **{f"fast{number}": USUAL for number in range(fast)},
        "unknown": ProcessFigures(tasks=1),
    }
    earlier = {process: [2.0 * MINUTE] for process in after}
    assert are_slower_together(compare_processes({}, after, earlier=earlier)) is together
