"""LogService as functions build it."""

import pytest

from common.composition.logs import LOGGING_READS
from common.domain.runs.files import work_uri
from common.domain.tasks.task import TaskStatus
from common.errors import NotFoundError, TooManyRequestsError
from tests.support.logs.sources import BUCKETS, JOB_UID, RUN, LogSources


def test_reads_of_cloud_logging_are_limited_by_the_quota(sources: LogSources) -> None:
    logs = sources.logs
    for number in range(LOGGING_READS.burst + 1):
        sources.add_task(hash=f"ab/0000{number:02}", work_dir=None, native_id=f"job/{number}/{JOB_UID}")
    for number in range(LOGGING_READS.burst):
        logs.get_task_logs(sources.run, f"ab-0000{number:02}")
    with pytest.raises(TooManyRequestsError):
        logs.get_task_logs(sources.run, f"ab-0000{LOGGING_READS.burst:02}")


def test_the_quota_leaves_reads_for_nextflow() -> None:
    assert LOGGING_READS.burst + LOGGING_READS.per_minute < 60


@pytest.mark.parametrize("task_id", ["ab-cdef01", "7"])
def test_a_task_is_found_by_its_hash_and_by_its_number(sources: LogSources, task_id: str) -> None:
    task = sources.add_task(task_id=7, status=TaskStatus.COMPLETED)
    assert sources.logs.get_task_logs(sources.run, task_id)[0] == task


def test_tasks_with_the_same_eight_digits_have_their_own_output(sources: LogSources) -> None:
    rest = ("a" * 24, "b" * 24)
    for number, further in enumerate(rest, start=1):
        work_dir = f"{work_uri(BUCKETS, RUN)}/ab/cdef01{further}"
        task = {"task_id": number, "name": f"P (s{number})", "native_id": f"nf-abcdef01-{number}/0/u"}
        sources.add_task(status=TaskStatus.COMPLETED, work_dir=work_dir, **task)
        sources.put_work({".command.out": further.encode()}, work_dir)

    ids = {"ab-cdef01": rest[0], f"ab-cdef01-{rest[1]}": rest[1], "1": rest[0], "2": rest[1]}
    for _ in ("read", "stored"):
        found = {task_id: sources.logs.get_task_logs(sources.run, task_id)[1].output.stdout for task_id in ids}
        assert found == ids
    assert len(sources.rows("SELECT hash FROM task_logs")) == 2


@pytest.mark.parametrize("task_id", ["", "ab", "ab/cdef", "%", "_", "-", "' OR ''='", "9" * 40, "-7"])
def test_any_other_task_id_is_not_found(sources: LogSources, task_id: str) -> None:
    sources.add_task(task_id=7)
    with pytest.raises(NotFoundError):
        sources.logs.get_task_logs(sources.run, task_id)


def test_a_trace_without_hashes_has_tasks_by_number(sources: LogSources) -> None:
    task = sources.add_task(hash="#7", task_id=7)
    assert sources.logs.get_task_logs(sources.run, "7")[0] == task
