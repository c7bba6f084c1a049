from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.domain.runs.progress import (
    EarlierRun,
    SumSchedule,
    TaskTotals,
    expected_tasks,
    metrics_of,
    next_sum_at,
    progress_data,
    progress_of,
)
from common.domain.tasks.task import TaskStatus
from tests.support.runs import NOON

COUNTS = st.dictionaries(st.sampled_from(TaskStatus), st.integers(min_value=0, max_value=100_000))


def test_the_metrics_of_a_run_without_tasks_are_zero() -> None:
    assert metrics_of(TaskTotals(by_status={})) == {
        "tasks": {},
        "total": 0,
        "expected": None,
        "finished": 0,
        "progress": None,
        "cpu_hours": 0.0,
        "memory_gb_hours": 0.0,
        "duration_ms": None,
    }


def test_progress_is_finished_tasks_over_those_that_are_expected() -> None:
    counts = {TaskStatus.COMPLETED: 2, TaskStatus.CACHED: 1, TaskStatus.RUNNING: 1, TaskStatus.SUBMITTED: 2}
    metrics = metrics_of(TaskTotals(by_status=counts), expected=12)
    assert (metrics["finished"], metrics["total"], metrics["progress"]) == (3, 6, 0.25)


@pytest.mark.parametrize(
    ("finished", "running", "expected", "before", "progress"),
    [
        (1, 1, None, None, None),  # nothing is known of what will follow
        (1, 1, 10, None, 0.1),
        (1, 1, 10, 0.4, 0.4),  # it never goes back
        (8, 8, 10, None, 0.5),  # more tasks than expected
        (10, 0, 10, None, 0.99),  # only the end of a run makes it 1
        (20, 0, 10, 1.0, 1.0),  # a log that is read again
        (0, 0, 10, None, 0.0),
    ],
)
def test_progress_does_not_jump(
    finished: int, running: int, expected: int | None, before: float | None, progress: float | None
) -> None:
    totals = TaskTotals(by_status={TaskStatus.COMPLETED: finished, TaskStatus.RUNNING: running})
    assert progress_of(totals, expected=expected, before=before) == progress


@pytest.mark.parametrize(
    ("earlier", "samples", "expected"),
    [
        ([], 4, None),
        ([(2, 22)], 4, 44),
        ([(2, 22), (2, 24)], 2, 23),
        ([(2, 26), (10, 66)], 4, 36),  # 16 tasks for the run and 5 for each sample
        ([(2, 26), (10, 66)], 2, 26),
        ([(2, 30), (10, 20)], 40, 25),  # never fewer tasks for more samples
        ([(100, 200), (50, 100)], 1, 2),
        ([(0, 5), (4, 0)], 4, None),
    ],
)
def test_the_number_of_tasks_is_estimated_from_earlier_runs(
    earlier: list[tuple[int, int]], samples: int, expected: int | None
) -> None:
    assert expected_tasks((EarlierRun(*run) for run in earlier), samples=samples) == expected


@pytest.mark.parametrize("status", TaskStatus)
def test_every_ended_task_counts_as_finished(status: TaskStatus) -> None:
    ended = status in {TaskStatus.COMPLETED, TaskStatus.FAILED, TaskStatus.CACHED, TaskStatus.ABORTED}
    assert metrics_of(TaskTotals(by_status={status: 1}))["finished"] == int(ended)


def test_costs_are_given_in_hours() -> None:
    totals = TaskTotals(by_status={}, core_ms=2 * 3_600_000, byte_ms=(3 << 30) * 3_600_000)
    metrics = metrics_of(totals)
    assert (metrics["cpu_hours"], metrics["memory_gb_hours"]) == (2.0, 3.0)


def test_the_duration_is_the_time_from_first_to_last() -> None:
    totals = TaskTotals(by_status={}, first=NOON, last=NOON + timedelta(minutes=3))
    assert metrics_of(totals)["duration_ms"] == 180_000


@given(COUNTS)
def test_progress_is_between_0_and_1(counts: dict[TaskStatus, int]) -> None:
    metrics = metrics_of(TaskTotals(by_status=counts), expected=7)
    assert 0 <= metrics["progress"] < 1
    assert sum(metrics["tasks"].values()) == metrics["total"]


def test_a_progress_event_has_counts_but_no_costs() -> None:
    metrics = metrics_of(TaskTotals(by_status={TaskStatus.COMPLETED: 1}, core_ms=5_000_000))
    assert progress_data("run-1a2b3c4d", metrics) == {
        "run_id": "run-1a2b3c4d",
        "tasks": {"COMPLETED": 1},
        "total": 1,
        "expected": None,
        "finished": 1,
        "progress": None,
    }


@pytest.mark.parametrize(
    ("schedule", "tasks_changed", "is_due"),
    [
        (SumSchedule(), True, True),
        (SumSchedule(), False, False),
        (SumSchedule(is_stale=True), False, True),
        (SumSchedule(due_at=NOON), True, True),
        (SumSchedule(due_at=NOON + timedelta(microseconds=1)), True, False),
        (SumSchedule(is_stale=True, due_at=NOON + timedelta(seconds=1)), True, False),
    ],
)
def test_tasks_are_summed_up_after_they_have_changed(schedule: SumSchedule, tasks_changed: bool, is_due: bool) -> None:
    assert schedule.is_due(tasks_changed=tasks_changed, at=NOON) == is_due


@pytest.mark.parametrize(("count", "pause_s"), [(0, 0), (200, 0), (9_999, 0), (30_000, 3), (100_000, 10)])
def test_only_very_many_tasks_are_summed_up_with_pauses(count: int, pause_s: int) -> None:
    totals = TaskTotals(by_status={TaskStatus.COMPLETED: count})
    assert next_sum_at(totals, at=NOON) == NOON + timedelta(seconds=pause_s)
