"""What a task printed, and whether it can still change."""

from datetime import timedelta

import pytest

from common.domain.tasks.output import (
    OutputSource,
    Tail,
    TaskOutput,
    is_final,
    is_forgotten,
    output_in_cloud_logging,
    output_in_work_dir,
    printed_since,
    task_id_of,
)
from common.domain.tasks.task import ENDED, Task, TaskStatus
from tests.support.runs import NOON, make_run, make_task

FOUND = TaskOutput(stdout="x", source=OutputSource.WORK_DIR)
LOGGED = TaskOutput(stdout="x", source=OutputSource.CLOUD_LOGGING)


def test_a_task_is_addressed_by_its_hash_without_a_slash() -> None:
    assert task_id_of(make_task(hash="ab/cdef01")) == "ab-cdef01"


def test_streams_that_were_kept_apart_stay_apart() -> None:
    tails = {".command.out": Tail("out", is_cut=True), ".command.err": Tail("err", is_cut=False)}
    assert output_in_work_dir(tails) == TaskOutput(
        stdout="out", stderr="err", truncated=("stdout",), source=OutputSource.WORK_DIR
    )


def test_the_log_stands_beside_streams_that_were_kept_apart() -> None:
    tails = {".command.out": Tail("out", is_cut=False), ".command.log": Tail("all", is_cut=True)}
    output = output_in_work_dir(tails)
    assert output is not None
    assert (output.stdout, output.stderr, output.log, output.merged) == ("out", "", "all", False)
    assert output.truncated == ("log",)


def test_a_log_alone_is_said_to_hold_both_streams() -> None:
    output = output_in_work_dir({".command.log": Tail("all", is_cut=True)})
    assert output == TaskOutput(stdout="all", truncated=("stdout",), source=OutputSource.WORK_DIR, merged=True)


def test_an_empty_log_is_a_find() -> None:
    assert output_in_work_dir({".command.log": Tail("", is_cut=False)}) is not None


def test_no_file_is_none() -> None:
    assert output_in_work_dir({}) is None


def test_entries_are_said_to_hold_both_streams() -> None:
    output = output_in_cloud_logging(Tail("all", is_cut=False))
    assert output == TaskOutput(stdout="all", source=OutputSource.CLOUD_LOGGING, merged=True)


def test_no_entries_are_no_find() -> None:
    assert output_in_cloud_logging(Tail("", is_cut=False)) is None


@pytest.mark.parametrize("status", [status for status in TaskStatus if status not in ENDED])
@pytest.mark.parametrize("output", [FOUND, LOGGED, TaskOutput()])
def test_the_output_of_a_live_task_is_never_final(status: TaskStatus, output: TaskOutput) -> None:
    assert not is_final(output, make_task(status=status), make_run(), at=NOON + timedelta(days=9))


@pytest.mark.parametrize("status", sorted(ENDED))
def test_what_an_ended_task_left_in_its_work_directory_is_final(status: TaskStatus) -> None:
    assert is_final(FOUND, make_task(status=status), make_run(), at=NOON)


@pytest.mark.parametrize("output", [LOGGED, TaskOutput()])
@pytest.mark.parametrize(("minutes", "expected"), [(0, False), (9, False), (10, True)])
def test_entries_have_ten_minutes_to_arrive(output: TaskOutput, minutes: int, expected: bool) -> None:
    task = make_task(status=TaskStatus.FAILED, end_time=NOON)
    assert is_final(output, task, make_run(), at=NOON + timedelta(minutes=minutes)) == expected


def test_a_task_whose_end_nobody_saw_has_ended_with_its_run() -> None:
    task, late = make_task(status=TaskStatus.ABORTED), NOON + timedelta(hours=1)
    assert not is_final(LOGGED, task, make_run(), at=late)
    assert is_final(LOGGED, task, make_run(cancelled_at=NOON), at=late)


@pytest.mark.parametrize(("days", "expected"), [(29, False), (30, True)])
def test_what_a_task_printed_is_forgotten_thirty_days_after_its_end(days: int, expected: bool) -> None:
    at = NOON + timedelta(days=days)
    assert is_forgotten(make_task(status=TaskStatus.FAILED, end_time=NOON), make_run(), at=at) == expected
    assert is_forgotten(make_task(status=TaskStatus.ABORTED), make_run(failed_at=NOON), at=at) == expected
    assert not is_forgotten(make_task(status=TaskStatus.RUNNING), make_run(), at=at)


def test_entries_are_looked_for_from_a_day_before_the_task_was_submitted() -> None:
    task = make_task(submit_time=NOON + timedelta(days=3))
    assert printed_since(task, make_run(created_at=NOON)) == NOON + timedelta(days=2)


@pytest.mark.parametrize("task", [make_task(), make_task(status=TaskStatus.CACHED, submit_time=NOON)])
def test_entries_of_a_task_of_an_earlier_run_are_looked_for_as_far_back_as_they_are_kept(task: Task) -> None:
    assert printed_since(task, make_run(created_at=NOON)) == NOON - timedelta(days=30)
