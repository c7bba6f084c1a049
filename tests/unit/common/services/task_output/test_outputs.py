"""The output of tasks, from the work directory, from Cloud Logging and from the table."""

from datetime import datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import insert

from common.domain.batch.task import BatchTask
from common.domain.tasks.output import OutputSource, Tail
from common.domain.tasks.task import Task, TaskStatus
from common.errors import RoleMissingError, SluiceError, TooManyRequestsError, UnavailableError
from common.models.child_jobs import ChildJobRow
from common.services.batch.child_jobs import ChildJobStore
from common.services.postgres.leases import LeaseStore
from common.services.task_output.cloud_logging import CloudLogging
from common.services.task_output.outputs import LONGEST_COMMAND, LONGEST_TEXT, TaskOutputs
from common.services.task_output.store import TaskOutputStore
from tests.support.logs.sources import JOB_UID, LogSources
from tests.support.runs import make_run, make_task
from tests.support.threads import all_at_once

UNAVAILABLE = UnavailableError("Cloud Logging is unavailable")
USED_UP = TooManyRequestsError("reads are used up", retry_after_s=2)
REFUSED = RoleMissingError("Cloud Logging")


class CountingLogging(CloudLogging):
    """Returns `text` or raises `error`, and records the calls."""

    def __init__(self, text: str = "logged\n") -> None:
        self.text = text
        self.error: SluiceError | None = None
        self.calls: list[tuple[BatchTask, datetime]] = []

    def task_tail(self, task: BatchTask, *, since: datetime, at_most: int) -> Tail:
        self.calls.append((task, since))
        if self.error:
            raise self.error
        return Tail(self.text[-at_most:], is_cut=len(self.text) > at_most)


class Reader:
    """TaskOutputs with everything real except Cloud Logging."""

    def __init__(self, sources: LogSources) -> None:
        self.sources, self.logging, self.slept = sources, CountingLogging(), 0
        self.leases = LeaseStore(sources.engine)
        self.outputs = TaskOutputs(
            store=TaskOutputStore(sources.engine),
            leases=self.leases,
            work_files=sources.work_files,
            cloud_logging=self.logging,
            child_jobs=ChildJobStore(sources.engine),
            clock=sources.clock,
            sleep=self._sleep,
        )

    def _sleep(self, _seconds: float) -> None:
        self.slept += 1

    def hold(self, task: Task) -> None:
        """Take the lease, as another process that fetches the output does."""
        name = f"output {self.sources.run.run_id} {task.hash}"
        assert self.leases.take(name, at=self.sources.clock(), lasts=timedelta(minutes=1))


@pytest.fixture
def reader(sources: LogSources) -> Reader:
    return Reader(sources)


def test_the_work_directory_is_read_first(reader: Reader, sources: LogSources) -> None:
    sources.put_work({".command.out": b"out", ".command.err": b"err", ".command.log": b"log"})
    found = reader.outputs.fetch(sources.run, sources.add_task(status=TaskStatus.COMPLETED))
    assert (found.output.stdout, found.output.stderr, found.output.log) == ("out", "err", "log")
    assert (found.output.source, found.output.merged, found.is_final) == (OutputSource.WORK_DIR, False, True)
    assert reader.logging.calls == []


@pytest.mark.parametrize("status", [TaskStatus.RUNNING, TaskStatus.COMPLETED])
def test_the_command_is_known_from_the_start(reader: Reader, sources: LogSources, status: TaskStatus) -> None:
    sources.put_work({".command.sh": b"#!/bin/bash\nSTAR --token ghp_" + b"0123456789" * 4 + b"\n"})
    found = reader.outputs.fetch(sources.run, sources.add_task(status=status))
    assert found.output.command == "#!/bin/bash\nSTAR --token •••\n"
    assert (found.output.stdout, found.output.source) == ("logged\n", OutputSource.CLOUD_LOGGING)


def test_only_the_end_of_a_long_command_is_returned(reader: Reader, sources: LogSources) -> None:
    sources.put_work({".command.sh": b"a" + b"x" * LONGEST_COMMAND, ".command.log": b"log"})
    found = reader.outputs.fetch(sources.run, sources.add_task(status=TaskStatus.COMPLETED))
    assert (len(found.output.command or ""), found.output.truncated) == (LONGEST_COMMAND, ("command",))


def test_only_the_end_of_a_huge_file_is_returned(reader: Reader, sources: LogSources) -> None:
    sources.put_work({".command.log": b"a" + b"x" * LONGEST_TEXT})
    found = reader.outputs.fetch(sources.run, sources.add_task(status=TaskStatus.COMPLETED))
    assert (len(found.output.stdout), found.output.truncated) == (LONGEST_TEXT, ("stdout",))


def test_the_output_of_a_running_task_is_read_from_cloud_logging(reader: Reader, sources: LogSources) -> None:
    found = reader.outputs.fetch(sources.run, sources.add_task())
    assert (found.output.stdout, found.output.merged, found.is_final) == ("logged\n", True, False)
    assert [task for task, _ in reader.logging.calls] == [BatchTask(JOB_UID, 0)]


@pytest.mark.parametrize("native_id", [None, "4711", 'x/0/" OR severity>=DEFAULT --'])
def test_a_task_without_a_batch_task_has_no_output_yet(
    reader: Reader, sources: LogSources, native_id: str | None
) -> None:
    found = reader.outputs.fetch(sources.run, sources.add_task(native_id=native_id))
    assert (found.output.source, found.output.stdout) == (None, "")
    assert reader.logging.calls == []


def test_the_output_of_a_running_task_is_fetched_every_ten_seconds(reader: Reader, sources: LogSources) -> None:
    task = sources.add_task()
    for _ in range(3):
        reader.outputs.fetch(sources.run, task)
        sources.clock.advance(seconds=4.5)
    assert len(reader.logging.calls) == 1
    sources.clock.advance(seconds=1)
    reader.logging.text = "logged\nmore\n"
    assert reader.outputs.fetch(sources.run, task).output.stdout == "logged\nmore\n"


def test_final_output_is_never_fetched_again(reader: Reader, sources: LogSources) -> None:
    task = sources.add_task(status=TaskStatus.FAILED, end_time=sources.clock.now - timedelta(hours=1))
    reader.outputs.fetch(sources.run, task)
    sources.clock.advance(days=100)
    assert reader.outputs.fetch(sources.run, task).is_final
    assert len(reader.logging.calls) == 1


def test_output_is_fetched_again_shortly_after_the_end_of_a_task(reader: Reader, sources: LogSources) -> None:
    task = sources.add_task(status=TaskStatus.FAILED, end_time=sources.clock.now)
    assert not reader.outputs.fetch(sources.run, task).is_final
    sources.clock.advance(minutes=11)
    sources.put_work({".command.log": b"the whole of it"})
    found = reader.outputs.fetch(sources.run, task)
    assert (found.output.stdout, found.is_final) == ("the whole of it", True)


@pytest.mark.parametrize("error", [UNAVAILABLE, USED_UP, REFUSED])
def test_stored_output_is_returned_as_stale_when_cloud_logging_fails(
    reader: Reader, sources: LogSources, error: SluiceError
) -> None:
    task = sources.add_task()
    first = reader.outputs.fetch(sources.run, task)
    sources.clock.advance(minutes=1)
    reader.logging.error = error
    found = reader.outputs.fetch(sources.run, task)
    assert (found.output, found.as_of, found.is_stale) == (first.output, first.as_of, True)


@pytest.mark.parametrize("error", [UNAVAILABLE, USED_UP, REFUSED])
def test_an_error_is_raised_when_nothing_is_stored(reader: Reader, sources: LogSources, error: SluiceError) -> None:
    reader.logging.error = error
    task = sources.add_task()
    with pytest.raises(type(error)):
        reader.outputs.fetch(sources.run, task)
    reader.logging.error = None
    assert reader.outputs.fetch(sources.run, task).output.stdout == "logged\n"  # the error has released the lease


def test_stored_output_is_kept_when_its_source_is_deleted(reader: Reader, sources: LogSources) -> None:
    task = sources.add_task()
    reader.outputs.fetch(sources.run, task)
    sources.clock.advance(days=40)
    reader.logging.text = ""
    assert reader.outputs.fetch(sources.run, task).output.stdout == "logged\n"


def test_concurrent_requests_fetch_once(reader: Reader, sources: LogSources) -> None:
    task = sources.add_task()
    found = all_at_once([partial(reader.outputs.fetch, sources.run, task)] * 8)
    assert {one.output.stdout for one in found} == {"logged\n"}
    assert len(reader.logging.calls) == 1


def test_stored_output_is_returned_while_another_request_fetches(reader: Reader, sources: LogSources) -> None:
    task = sources.add_task()
    reader.outputs.fetch(sources.run, task)
    sources.clock.advance(minutes=1)
    reader.hold(task)
    found = reader.outputs.fetch(sources.run, task)
    assert (found.output.stdout, found.is_stale, reader.slept) == ("logged\n", True, 0)


def test_waiting_too_long_for_another_request_raises_unavailable(reader: Reader, sources: LogSources) -> None:
    task = sources.add_task()
    reader.hold(task)
    with pytest.raises(UnavailableError):
        reader.outputs.fetch(sources.run, task)
    assert reader.slept > 0
    assert reader.logging.calls == []


def test_the_lease_of_a_dead_request_expires_after_a_minute(reader: Reader, sources: LogSources) -> None:
    task = sources.add_task()
    reader.hold(task)
    sources.clock.advance(minutes=1)
    assert reader.outputs.fetch(sources.run, task).output.stdout == "logged\n"


def test_tasks_do_not_share_output(reader: Reader, sources: LogSources) -> None:
    reader.outputs.fetch(sources.run, sources.add_task())
    reader.logging.text = "another\n"
    other = make_task(hash="cd/000000", status=TaskStatus.RUNNING, native_id=f"job/1/{JOB_UID}")
    assert reader.outputs.fetch(sources.run, other).output.stdout == "another\n"


def test_the_output_of_a_job_that_only_a_trace_names_is_not_read(reader: Reader, sources: LogSources) -> None:
    other = make_run(run_id="run-00000002", user_email="ben@lab.example")
    sources.runs.create_run(other)
    with sources.engine.begin() as connection:
        connection.execute(insert(ChildJobRow).values(run_id=other.run_id, job_id="nf-1", uid="nf-ben"))
    for uid in ("nf-ben", "nf-nobody"):
        task = sources.add_task(hash=f"cd/00000{len(uid)}", native_id=f"nf-abcdef01-1/0/{uid}")
        assert reader.outputs.fetch(sources.run, task).output.source is None
    assert not reader.logging.calls
