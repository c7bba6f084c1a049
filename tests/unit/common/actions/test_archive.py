"""One worker at a time builds an archive, and only when something has changed."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from common.actions.archive import LEASE, ArchiveLogs
from common.domain.archive.build import Built
from common.domain.runs.files import NEXTFLOW_LOG, work_uri
from common.domain.runs.status import RunStatus
from common.domain.tasks.task import TaskStatus
from common.errors import NotFoundError, UnavailableError
from common.services.archive.archiver import LogArchiver, StepLimits
from common.services.archive.service import LogArchiveService
from common.services.batch.child_jobs import ChildJobStore
from common.services.insight.search.reading import LineFilter
from common.services.insight.search.service import SearchService
from common.services.logs.service import LogService
from common.services.postgres.leases import LeaseStore
from common.services.task_output.outputs import TaskOutputs
from common.services.task_output.store import TaskOutputStore
from common.services.task_output.work_files import WorkFiles
from tests.support.actions.fakes import FakeQueue, Steps
from tests.support.logs.sources import BUCKETS, RUN, LogSources
from tests.support.runs import NOON, OWNER
from tests.support.threads import all_at_once


def archiver_on(sources: LogSources, logs: LogService | None = None, queue: FakeQueue | None = None) -> ArchiveLogs:
    return ArchiveLogs(
        runs=sources.runs,
        logs=logs or sources.logs,
        index_output=sources.index_output,
        leases=LeaseStore(sources.engine),
        queue=queue or FakeQueue(Steps()),
        clock=sources.clock,
    )


@pytest.fixture
def archive_logs(sources: LogSources) -> ArchiveLogs:
    """The action, with a run that is over and has a log."""
    sources.put_log(NEXTFLOW_LOG, b"log")
    sources.runs.update_run_status(RUN, RunStatus.FAILED, at=sources.clock())
    return archiver_on(sources)


def test_the_logs_of_a_run_are_archived(sources: LogSources, archive_logs: ArchiveLogs) -> None:
    archive_logs.run(RUN)
    assert sources.archive().read(NEXTFLOW_LOG) == b"log"
    assert sources.manifest()["status"] == "failed"


def test_an_up_to_date_archive_is_kept(sources: LogSources, archive_logs: ArchiveLogs) -> None:
    archive_logs.run(RUN)
    generation = sources.generation()
    sources.clock.advance(days=1)
    archive_logs.run(RUN)
    assert sources.generation() == generation


def test_an_archive_is_rebuilt_when_a_log_changes(sources: LogSources, archive_logs: ArchiveLogs) -> None:
    archive_logs.run(RUN)
    sources.put_log(NEXTFLOW_LOG, b"more")
    archive_logs.run(RUN)
    assert sources.archive().read(NEXTFLOW_LOG) == b"more"


def test_an_archive_is_rebuilt_when_another_task_fails(sources: LogSources, archive_logs: ArchiveLogs) -> None:
    archive_logs.run(RUN)
    sources.put_work({".command.log": b"why"})
    sources.add_task(status=TaskStatus.FAILED)
    archive_logs.run(RUN)
    assert sources.archive().read("tasks/ab-cdef01/log.txt") == b"why"


def test_only_the_output_of_failed_tasks_is_archived(sources: LogSources, archive_logs: ArchiveLogs) -> None:
    for number, status in enumerate(status for status in TaskStatus if status != TaskStatus.FAILED):
        sources.add_task(hash=f"ab/00000{number}", status=status)
    archive_logs.run(RUN)
    assert sources.archive().namelist() == [NEXTFLOW_LOG, "manifest.json"]


def test_output_from_cloud_logging_is_archived(sources: LogSources, archive_logs: ArchiveLogs) -> None:
    sources.print_lines(["the reason"])
    sources.add_task(status=TaskStatus.FAILED, end_time=sources.clock.now - timedelta(hours=1))
    archive_logs.run(RUN)
    assert sources.archive().read("tasks/ab-cdef01/stdout.txt") == b"the reason\n"


def test_an_archive_is_rebuilt_while_output_may_still_arrive(sources: LogSources, archive_logs: ArchiveLogs) -> None:
    sources.add_task(status=TaskStatus.FAILED, end_time=sources.clock.now)
    archive_logs.run(RUN)
    first = sources.generation()
    archive_logs.run(RUN)
    assert sources.generation() == first
    sources.print_lines(["came late"])
    sources.clock.advance(minutes=11)
    archive_logs.run(RUN)
    assert sources.archive().read("tasks/ab-cdef01/stdout.txt") == b"came late\n"
    last = sources.generation()
    sources.clock.advance(days=1)
    archive_logs.run(RUN)
    assert sources.generation() == last


@pytest.mark.parametrize("run_id", [RUN, "run-00000000"])
def test_an_archive_without_logs_or_run_raises_not_found(sources: LogSources, run_id: str) -> None:
    with pytest.raises(NotFoundError):
        archiver_on(sources).run(run_id)
    assert sources.generation() is None


def test_one_of_many_concurrent_workers_builds_the_archive(sources: LogSources, archive_logs: ArchiveLogs) -> None:
    def outcome(work: Callable[[], None]) -> str:
        try:
            work()
        except UnavailableError:
            return "retry"
        return "done"

    outcomes = all_at_once([partial(outcome, partial(archive_logs.run, RUN))] * 4)
    assert "done" in outcomes
    assert sources.archive().testzip() is None
    generation = sources.generation()
    archive_logs.run(RUN)
    assert sources.generation() == generation


def test_a_worker_that_died_is_replaced_after_its_lease(sources: LogSources, archive_logs: ArchiveLogs) -> None:
    LeaseStore(sources.engine).take(f"archive {RUN}", at=sources.clock(), lasts=LEASE)
    with pytest.raises(UnavailableError):
        archive_logs.run(RUN)
    sources.clock.advance(seconds=LEASE.total_seconds())
    archive_logs.run(RUN)
    assert sources.generation()


class Slow(LogService):
    """Calls `step` and then the heartbeat, ten times."""

    def __init__(self, step: Callable[[int], object]) -> None:
        self._step = step

    def create_log_archive(self, *_args: object, heartbeat: Callable[[], None], **_named: object) -> Built:
        for number in range(10):
            self._step(number)
            heartbeat()
        return Built(is_final=True)


def test_a_worker_that_failed_releases_its_lease(sources: LogSources, archive_logs: ArchiveLogs) -> None:
    def fail(_number: int) -> None:
        raise UnavailableError("away")

    with pytest.raises(UnavailableError):
        archiver_on(sources, Slow(fail)).run(RUN)
    archive_logs.run(RUN)
    assert sources.generation()


def test_a_slow_worker_keeps_its_lease(sources: LogSources) -> None:
    leases = LeaseStore(sources.engine)
    taken: list[object] = []

    def step(_number: int) -> None:
        sources.clock.advance(seconds=20)
        taken.append(leases.take(f"archive {RUN}", at=sources.clock(), lasts=LEASE))

    archiver_on(sources, Slow(step)).run(RUN)
    assert taken == [None] * 10


def test_a_worker_that_lost_its_lease_stops(sources: LogSources) -> None:
    leases = LeaseStore(sources.engine)
    steps: list[int] = []

    def step(number: int) -> None:
        steps.append(number)
        sources.clock.advance(seconds=LEASE.total_seconds())
        leases.take(f"archive {RUN}", at=sources.clock(), lasts=LEASE)

    with pytest.raises(UnavailableError):
        archiver_on(sources, Slow(step)).run(RUN)
    assert steps == [0]


def test_the_archive_of_a_run_that_is_over_is_noted(sources: LogSources, archive_logs: ArchiveLogs) -> None:
    archive_logs.run(RUN)
    assert sources.rows("SELECT archived_at FROM runs") == [(sources.clock.now,)]


def test_a_run_that_is_over_without_logs_is_noted_as_archived(sources: LogSources) -> None:
    sources.runs.update_run_status(RUN, RunStatus.FAILED, at=sources.clock())
    with pytest.raises(NotFoundError):
        archiver_on(sources).run(RUN)
    assert sources.rows("SELECT archived_at FROM runs") == [(sources.clock.now,)]


def test_the_archive_of_a_live_run_is_not_noted(sources: LogSources) -> None:
    sources.put_log(NEXTFLOW_LOG, b"log")
    archiver_on(sources).run(RUN)
    assert sources.rows("SELECT archived_at FROM runs") == [(None,)]


def test_an_archive_that_may_lack_output_is_not_noted(sources: LogSources, archive_logs: ArchiveLogs) -> None:
    sources.add_task(status=TaskStatus.FAILED, end_time=sources.clock.now)
    for _ in range(2):
        archive_logs.run(RUN)
        assert sources.rows("SELECT archived_at FROM runs") == [(None,)]
    sources.clock.advance(minutes=11)
    archive_logs.run(RUN)
    assert sources.rows("SELECT archived_at FROM runs") == [(sources.clock.now,)]


def test_a_run_that_ends_while_it_is_archived_is_archived_again(sources: LogSources) -> None:
    def end(number: int) -> None:
        if number == 0:
            sources.runs.update_run_status(RUN, RunStatus.FAILED, at=sources.clock())

    archiver_on(sources, Slow(end)).run(RUN)
    assert sources.rows("SELECT status, archived_at FROM runs") == [("failed", None)]


def test_a_rebuilt_archive_keeps_output_whose_work_directory_has_expired(
    sources: LogSources, archive_logs: ArchiveLogs
) -> None:
    sources.add_task(status=TaskStatus.FAILED, end_time=sources.clock.now)
    sources.put_work({".command.out": b"A" * 2_000_000, ".command.err": b"why A failed"})
    killed = {"hash": "cd/000001", "native_id": None, "work_dir": f"{work_uri(BUCKETS, RUN)}/cd/0000011111"}
    sources.add_task(**killed, status=TaskStatus.FAILED, end_time=sources.clock.now)
    archive_logs.run(RUN)
    sources.empty_work()
    sources.clock.advance(days=31)
    archive_logs.run(RUN)
    assert sources.archive().read("tasks/ab-cdef01/stdout.txt") == b"A" * 2_000_000
    assert sources.archive().read("tasks/ab-cdef01/stderr.txt") == b"why A failed"
    assert [file["name"] for file in sources.manifest()["missing"] if file["name"].startswith("tasks")] == [
        "tasks/cd-000001"
    ]


def outputs_of(sources: LogSources) -> TaskOutputs:
    return TaskOutputs(
        store=TaskOutputStore(sources.engine),
        leases=LeaseStore(sources.engine),
        work_files=sources.work_files,
        cloud_logging=sources.cloud_logging(),
        child_jobs=ChildJobStore(sources.engine),
        clock=sources.clock,
    )


def logs_with(sources: LogSources, archiver: LogArchiver) -> LogService:
    outputs = outputs_of(sources)
    archives = LogArchiveService(sources.engine, outputs, archiver)
    return LogService(sources.engine, lambda: outputs, lambda: archives)


class SlowWorkFiles(WorkFiles):
    """Needs three seconds to find no file, while another worker tries to take the lease."""

    def __init__(self, sources: LogSources) -> None:
        self._clock, self._leases = sources.clock, LeaseStore(sources.engine)
        self.taken: list[object] = []

    def state(self, *_args: object) -> None:
        self._clock.advance(seconds=3)
        self.taken.append(self._leases.take(f"archive {RUN}", at=self._clock(), lasts=LEASE))


def test_a_worker_that_reads_the_files_of_many_tasks_keeps_its_lease(
    sources: LogSources, archive_logs: ArchiveLogs
) -> None:
    for number in range(10):
        sources.add_task(hash=f"ab/00000{number}", status=TaskStatus.FAILED, native_id=None)
    slow = SlowWorkFiles(sources)
    archiver = replace(sources.archiver, planner=replace(sources.archiver.planner, work_files=slow))
    archiver_on(sources, logs_with(sources, archiver)).run(RUN)
    assert slow.taken == [None] * 30


def in_steps(sources: LogSources, queue: FakeQueue) -> ArchiveLogs:
    """The action with a limit of one byte, so that each step writes one block."""
    archiver = replace(sources.archiver, limits=StepLimits(size=1))
    return archiver_on(sources, logs_with(sources, archiver), queue)


@pytest.fixture
def queue() -> FakeQueue:
    return FakeQueue(Steps())


def deliver_all(queue: FakeQueue, archive_logs: ArchiveLogs) -> int:
    """Deliver queued archives until there are none; the number of deliveries."""
    delivered = 0
    while items := queue.take_all():
        for item in items:
            archive_logs.run(item.body["run_id"])
            delivered += 1
    return delivered


def test_a_large_archive_is_continued_by_further_work_items(
    sources: LogSources, archive_logs: ArchiveLogs, queue: FakeQueue
) -> None:
    sources.put_log("trace.txt", b"trace")
    step = in_steps(sources, queue)
    step.run(RUN)
    assert queue.kinds == ["archive"]
    assert sources.generation() is None
    assert sources.rows("SELECT archived_at FROM runs") == [(None,)]
    assert deliver_all(queue, step) == 2
    assert sources.archive().read("trace.txt") == b"trace"
    assert sources.rows("SELECT archived_at FROM runs") == [(sources.clock.now,)]


def test_a_continued_archive_does_not_use_up_attempts(
    sources: LogSources, archive_logs: ArchiveLogs, queue: FakeQueue
) -> None:
    """An error would be an attempt: the queue allows 20."""
    for number in range(21):
        sources.add_task(hash=f"ab/0000{number:02}", status=TaskStatus.FAILED, native_id=None)
        sources.put_work({".command.log": b"why"})
    step = in_steps(sources, queue)
    step.run(RUN)
    assert deliver_all(queue, step) > 20
    assert len([name for name in sources.archive().namelist() if name.startswith("tasks/")]) == 21


def test_items_that_are_delivered_twice_build_one_archive(
    sources: LogSources, archive_logs: ArchiveLogs, queue: FakeQueue
) -> None:
    for name in ("trace.txt", "report.html", "timeline.html"):
        sources.put_log(name, name.encode())
    step, delivered = in_steps(sources, queue), 0
    for _ in range(3):
        step.run(RUN)
    while items := queue.take_all():
        for item in items * 2:
            delivered += 1
            step.run(item.body["run_id"])
    assert delivered < 20
    assert sources.archive().testzip() is None
    assert sources.archive().read("report.html") == b"report.html"
    assert (sources.parts(), sources.rows("SELECT * FROM archive_builds")) == ([], [])


def test_a_step_that_cannot_queue_the_next_one_is_repeated(
    sources: LogSources, archive_logs: ArchiveLogs, queue: FakeQueue
) -> None:
    sources.put_log("trace.txt", b"trace")
    step = in_steps(sources, queue)
    queue.is_down = True
    with pytest.raises(UnavailableError):
        step.run(RUN)
    queue.is_down = False
    step.run(RUN)
    deliver_all(queue, step)
    assert sources.archive().read("trace.txt") == b"trace"


def test_archiving_makes_the_output_of_failed_tasks_searchable(archive_logs: ArchiveLogs, sources: LogSources) -> None:
    sources.add_task(status=TaskStatus.FAILED)
    sources.put_work({".command.err": b"the zebra is corrupt\n"})
    archive_logs.run(RUN)
    wanted = LineFilter(words=["zebra"], owner=OWNER, since=NOON)
    found = SearchService(sources.engine).find(wanted, page_size=10).lines
    assert [(line.task, line.snippet) for line in found] == [("ab-cdef01", "the zebra is corrupt")]
