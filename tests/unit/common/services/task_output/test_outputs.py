"""What tasks print, from the work directory, from Cloud Logging, and from what is kept of them."""

from datetime import datetime, timedelta
from functools import partial

import pytest

from common.domain.batch.child_jobs import BatchTask
from common.domain.tasks.output import OutputSource, Tail
from common.domain.tasks.task import Task, TaskStatus
from common.errors import RoleMissingError, SluiceError, TooManyRequestsError, UnavailableError
from common.services.postgres.leases import LeaseStore
from common.services.task_output.cloud_logging import CloudLogging
from common.services.task_output.outputs import AT_MOST, TaskOutputs
from common.services.task_output.store import TaskLogStore
from tests.support.logs.sources import JOB_UID, LogSources
from tests.support.runs import make_task
from tests.support.threads import all_at_once

AWAY = UnavailableError("Cloud Logging is away")
USED_UP = TooManyRequestsError("reads are used up", retry_after_s=2)
REFUSED = RoleMissingError("Cloud Logging")


class CountingLogging(CloudLogging):
    """Says `text`, or raises `error`, and remembers what it was asked."""

    def __init__(self, text: str = "logged\n") -> None:
        self.text = text
        self.error: SluiceError | None = None
        self.asked: list[tuple[BatchTask, datetime]] = []

    def task_tail(self, task: BatchTask, *, since: datetime, at_most: int) -> Tail:
        self.asked.append((task, since))
        if self.error:
            raise self.error
        return Tail(self.text[-at_most:], is_cut=len(self.text) > at_most)


class Asker:
    """TaskOutputs on everything real but Cloud Logging."""

    def __init__(self, sources: LogSources) -> None:
        self.sources, self.logging, self.slept = sources, CountingLogging(), 0
        self.leases = LeaseStore(sources.engine)
        self.outputs = TaskOutputs(
            store=TaskLogStore(sources.engine),
            leases=self.leases,
            work_files=sources.work_files,
            cloud_logging=self.logging,
            clock=sources.clock,
            sleep=self._sleep,
        )

    def _sleep(self, _seconds: float) -> None:
        self.slept += 1

    def hold(self, task: Task) -> None:
        """Let somebody else be fetching the output of the task."""
        name = f"output {self.sources.run.run_id} {task.hash}"
        assert self.leases.take(name, at=self.sources.clock(), lasts=timedelta(minutes=1))


@pytest.fixture
def asker(sources: LogSources) -> Asker:
    return Asker(sources)


def test_the_work_directory_is_looked_at_first(asker: Asker, sources: LogSources) -> None:
    sources.put_work({".command.out": b"out", ".command.err": b"err", ".command.log": b"log"})
    found = asker.outputs(sources.run, sources.add_task(status=TaskStatus.COMPLETED))
    assert (found.output.stdout, found.output.stderr, found.output.log) == ("out", "err", "log")
    assert (found.output.source, found.output.merged, found.is_final) == (OutputSource.WORK_DIR, False, True)
    assert asker.logging.asked == []


def test_huge_files_are_told_by_their_ends(asker: Asker, sources: LogSources) -> None:
    sources.put_work({".command.log": b"a" + b"x" * AT_MOST})
    found = asker.outputs(sources.run, sources.add_task(status=TaskStatus.COMPLETED))
    assert (len(found.output.stdout), found.output.truncated) == (AT_MOST, ("stdout",))


def test_a_running_task_is_read_from_cloud_logging(asker: Asker, sources: LogSources) -> None:
    found = asker.outputs(sources.run, sources.add_task())
    assert (found.output.stdout, found.output.merged, found.is_final) == ("logged\n", True, False)
    assert [task for task, _ in asker.logging.asked] == [BatchTask(JOB_UID, 0)]


@pytest.mark.parametrize("native_id", [None, "4711", 'x/0/" OR severity>=DEFAULT --'])
def test_a_task_that_batch_does_not_know_has_no_output_yet(
    asker: Asker, sources: LogSources, native_id: str | None
) -> None:
    found = asker.outputs(sources.run, sources.add_task(native_id=native_id))
    assert (found.output.source, found.output.stdout) == (None, "")
    assert asker.logging.asked == []


def test_what_a_running_task_printed_is_good_for_ten_seconds(asker: Asker, sources: LogSources) -> None:
    task = sources.add_task()
    for _ in range(3):
        asker.outputs(sources.run, task)
        sources.clock.advance(seconds=4.5)
    assert len(asker.logging.asked) == 1
    sources.clock.advance(seconds=1)
    asker.logging.text = "logged\nmore\n"
    assert asker.outputs(sources.run, task).output.stdout == "logged\nmore\n"


def test_what_is_final_is_never_fetched_again(asker: Asker, sources: LogSources) -> None:
    task = sources.add_task(status=TaskStatus.FAILED, end_time=sources.clock.now - timedelta(hours=1))
    asker.outputs(sources.run, task)
    sources.clock.advance(days=100)
    assert asker.outputs(sources.run, task).is_final
    assert len(asker.logging.asked) == 1


def test_a_task_that_has_just_ended_may_be_read_again(asker: Asker, sources: LogSources) -> None:
    task = sources.add_task(status=TaskStatus.FAILED, end_time=sources.clock.now)
    assert not asker.outputs(sources.run, task).is_final
    sources.clock.advance(minutes=11)
    sources.put_work({".command.log": b"the whole of it"})
    found = asker.outputs(sources.run, task)
    assert (found.output.stdout, found.is_final) == ("the whole of it", True)


@pytest.mark.parametrize("error", [AWAY, USED_UP, REFUSED])
def test_when_cloud_logging_cannot_be_asked_what_is_kept_is_told_as_stale(
    asker: Asker, sources: LogSources, error: SluiceError
) -> None:
    task = sources.add_task()
    first = asker.outputs(sources.run, task)
    sources.clock.advance(minutes=1)
    asker.logging.error = error
    found = asker.outputs(sources.run, task)
    assert (found.output, found.as_of, found.is_stale) == (first.output, first.as_of, True)


@pytest.mark.parametrize("error", [AWAY, USED_UP, REFUSED])
def test_when_nothing_is_kept_either_the_error_is_told(asker: Asker, sources: LogSources, error: SluiceError) -> None:
    asker.logging.error = error
    task = sources.add_task()
    with pytest.raises(type(error)):
        asker.outputs(sources.run, task)
    asker.logging.error = None
    assert asker.outputs(sources.run, task).output.stdout == "logged\n"  # at once: the failure holds up nobody


def test_what_was_read_stays_readable_when_it_is_deleted(asker: Asker, sources: LogSources) -> None:
    task = sources.add_task()
    asker.outputs(sources.run, task)
    sources.clock.advance(days=40)
    asker.logging.text = ""
    assert asker.outputs(sources.run, task).output.stdout == "logged\n"


def test_however_many_ask_at_once_it_is_fetched_once(asker: Asker, sources: LogSources) -> None:
    task = sources.add_task()
    found = all_at_once([partial(asker.outputs, sources.run, task)] * 8)
    assert {one.output.stdout for one in found} == {"logged\n"}
    assert len(asker.logging.asked) == 1


def test_while_somebody_else_fetches_what_is_kept_is_told(asker: Asker, sources: LogSources) -> None:
    task = sources.add_task()
    asker.outputs(sources.run, task)
    sources.clock.advance(minutes=1)
    asker.hold(task)
    found = asker.outputs(sources.run, task)
    assert (found.output.stdout, found.is_stale, asker.slept) == ("logged\n", True, 0)


def test_who_waits_too_long_for_somebody_else_is_told_to_come_back(asker: Asker, sources: LogSources) -> None:
    task = sources.add_task()
    asker.hold(task)
    with pytest.raises(UnavailableError):
        asker.outputs(sources.run, task)
    assert asker.slept > 0
    assert asker.logging.asked == []


def test_a_reader_that_died_is_replaced_after_a_minute(asker: Asker, sources: LogSources) -> None:
    task = sources.add_task()
    asker.hold(task)
    sources.clock.advance(minutes=1)
    assert asker.outputs(sources.run, task).output.stdout == "logged\n"


def test_tasks_do_not_share_output(asker: Asker, sources: LogSources) -> None:
    asker.outputs(sources.run, sources.add_task())
    asker.logging.text = "another\n"
    other = make_task(hash="cd/000000", status=TaskStatus.RUNNING, native_id="job/0/uid")
    assert asker.outputs(sources.run, other).output.stdout == "another\n"
