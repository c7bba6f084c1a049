from datetime import timedelta

import pytest

from common.domain.tasks.output import (
    OutputSource,
    Tail,
    TaskOutput,
    has_expired,
    is_final,
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


def test_separate_streams_stay_separate() -> None:
    tails = {".command.out": Tail("out", is_cut=True), ".command.err": Tail("err", is_cut=False)}
    assert output_in_work_dir(tails) == TaskOutput(
        stdout="out", stderr="err", truncated=("stdout",), source=OutputSource.WORK_DIR
    )


def test_separate_streams_come_with_the_wrapper_log() -> None:
    tails = {".command.out": Tail("out", is_cut=False), ".command.log": Tail("all", is_cut=True)}
    output = output_in_work_dir(tails)
    assert output is not None
    assert (output.stdout, output.stderr, output.log, output.merged) == ("out", "", "all", False)
    assert output.truncated == ("log",)


def test_a_log_alone_is_merged_output() -> None:
    output = output_in_work_dir({".command.log": Tail("all", is_cut=True)})
    assert output == TaskOutput(stdout="all", truncated=("stdout",), source=OutputSource.WORK_DIR, merged=True)


def test_an_empty_log_is_output() -> None:
    assert output_in_work_dir({".command.log": Tail("", is_cut=False)}) is not None


def test_no_files_give_no_output() -> None:
    assert output_in_work_dir({}) is None


def test_cloud_logging_entries_are_merged_output() -> None:
    output = output_in_cloud_logging(Tail("all", is_cut=False))
    assert output == TaskOutput(stdout="all", source=OutputSource.CLOUD_LOGGING, merged=True)


def test_no_cloud_logging_entries_give_no_output() -> None:
    assert output_in_cloud_logging(Tail("", is_cut=False)) is None


@pytest.mark.parametrize("status", [status for status in TaskStatus if status not in ENDED])
@pytest.mark.parametrize("output", [FOUND, LOGGED, TaskOutput()])
def test_the_output_of_a_live_task_is_never_final(status: TaskStatus, output: TaskOutput) -> None:
    assert not is_final(output, make_task(status=status), make_run(), at=NOON + timedelta(days=9))


@pytest.mark.parametrize("status", sorted(ENDED))
def test_work_directory_output_of_an_ended_task_is_final(status: TaskStatus) -> None:
    assert is_final(FOUND, make_task(status=status), make_run(), at=NOON)


@pytest.mark.parametrize("output", [LOGGED, TaskOutput()])
@pytest.mark.parametrize(("minutes", "expected"), [(0, False), (9, False), (10, True)])
def test_cloud_logging_entries_have_ten_minutes_to_arrive(output: TaskOutput, minutes: int, expected: bool) -> None:
    task = make_task(status=TaskStatus.FAILED, end_time=NOON)
    assert is_final(output, task, make_run(), at=NOON + timedelta(minutes=minutes)) == expected


def test_a_task_without_an_end_time_ended_with_its_run() -> None:
    task, late = make_task(status=TaskStatus.ABORTED), NOON + timedelta(hours=1)
    assert not is_final(LOGGED, task, make_run(), at=late)
    assert is_final(LOGGED, task, make_run(cancelled_at=NOON), at=late)


@pytest.mark.parametrize(("days", "expected"), [(29, False), (30, True)])
def test_task_output_expires_thirty_days_after_the_end(days: int, expected: bool) -> None:
    at = NOON + timedelta(days=days)
    assert has_expired(make_task(status=TaskStatus.FAILED, end_time=NOON), make_run(), at=at) == expected
    assert has_expired(make_task(status=TaskStatus.ABORTED), make_run(failed_at=NOON), at=at) == expected
    assert not has_expired(make_task(status=TaskStatus.RUNNING), make_run(), at=at)


def test_the_search_for_entries_starts_a_day_before_the_task_was_submitted() -> None:
    task = make_task(submit_time=NOON + timedelta(days=3))
    assert printed_since(task, make_run(created_at=NOON)) == NOON + timedelta(days=2)


@pytest.mark.parametrize("task", [make_task(), make_task(status=TaskStatus.CACHED, submit_time=NOON)])
def test_the_search_for_entries_of_a_cached_task_covers_the_retention_time(task: Task) -> None:
    assert printed_since(task, make_run(created_at=NOON)) == NOON - timedelta(days=30)
