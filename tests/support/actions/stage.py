"""All actions on a real database, with fakes for the services of Google Cloud."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, text

from common.actions.archive import ArchiveLogs
from common.actions.cancel import CancelRun
from common.actions.ingest import IngestFile
from common.actions.launch import LaunchRun, LaunchSettings
from common.actions.notify import NotifyOwner
from common.actions.read_prices import ReadPrices
from common.actions.reconcile import ReconcileRuns
from common.actions.recover import PlanRecovery, RecoverRun
from common.actions.request_cancel import RequestCancel
from common.actions.restore import RestoreLog
from common.actions.steps.end_run import EndRun
from common.actions.steps.index_output import IndexOutput
from common.actions.steps.keep_jobs import JOBS_PER_STEP, KeepJobs
from common.actions.steps.queue_notifications import QueueNotifications
from common.actions.steps.read_file import ReadFile
from common.actions.steps.stop_leftovers import StopLeftovers
from common.actions.steps.sweep_jobs import SweepJobs
from common.actions.submit import SubmitRun
from common.actions.sync import SyncRun
from common.composition.logs import make_log_service
from common.domain.batch.job import JobState
from common.domain.batch.launch_config import ChildJobSettings
from common.domain.batch.launch_plan import CopyPace
from common.domain.runs.access import Caller
from common.domain.runs.files import NEXTFLOW_LOG, TRACE, Buckets
from common.domain.runs.run import Run
from common.domain.runs.status import RunStatus
from common.domain.runs.work_items import ChainStep
from common.services.batch.child_jobs import ChildJobStore
from common.services.health.reports import HealthReports
from common.services.ingest.restoring import EntryRestoring
from common.services.ingest.store import IngestStore
from common.services.insight.cost.prices import PriceStore
from common.services.insight.cost.sums import CostSums
from common.services.insight.search.output_lines import OutputLines
from common.services.notifications.store import NotificationStore
from common.services.pipelines.registry import PipelineRegistry
from common.services.postgres.leases import LeaseStore
from common.services.runs.creation import OwnerLimits
from common.services.runs.store import RunStoreService
from common.services.storage.client import StorageClient
from common.services.task_output.cloud_logging import LoggingSettings
from common.services.task_output.work_files import WorkFiles
from tests.support.actions.fakes import (
    FakeBatch,
    FakeCatalog,
    FakeDelivery,
    FakeFileCheck,
    FakeQueue,
    FakeStorage,
    Item,
    SteppingRuns,
    Steps,
)
from tests.support.clock import Clock
from tests.support.runs import NOON, OWNER, make_run

BUCKETS = Buckets(runs="sluice-runs", logs="sluice-logs", work="sluice-work")
RUN = "run-1a2b3c4d"
ANA, BEN, ADMIN = Caller(email=OWNER), Caller(email="ben@lab.example"), Caller(email="root@lab.example", is_admin=True)
INTERVAL = timedelta(seconds=20)
LIMITS = OwnerLimits(per_minute=10, live=50)
REGISTRY = PipelineRegistry.load()


class Stage:
    """The actions of one test, their services and fakes; `runs` and `ingest` use the real database."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.steps, self.clock = Steps(), Clock()
        self.runs = SteppingRuns(RunStoreService(engine), self.steps)
        self.ingest, self.jobs = IngestStore(engine), ChildJobStore(engine)
        self.queue, self.storage = FakeQueue(self.steps), FakeStorage(self.steps)
        self.batch = FakeBatch(self.steps, self.clock)
        self.file_check, self.catalog = FakeFileCheck(), FakeCatalog()
        self.delivery = FakeDelivery(self.steps)
        self.jobs_per_step = JOBS_PER_STEP
        self.chunk_bytes = 2 << 20  # of a file, read at a time
        self.numbers = [0x1A2B3C4D]  # for run ids; the last one repeats

    # ── actions ──

    @property
    def submit(self) -> SubmitRun:
        return SubmitRun(
            registry=REGISTRY,
            storage=self.storage,
            file_check=self.file_check,
            runs=self.runs,
            queue=self.queue,
            buckets=BUCKETS,
            limits=LIMITS,
            clock=self.clock,
            number=lambda: self.numbers.pop(0) if len(self.numbers) > 1 else self.numbers[0],
            session=lambda: str(uuid.uuid4()),
        )

    @property
    def recover(self) -> RecoverRun:
        return RecoverRun(
            plan=PlanRecovery(
                registry=REGISTRY, storage=self.storage, runs=self.runs, buckets=BUCKETS, clock=self.clock
            ),
            queue=self.queue,
            limits=LIMITS,
            clock=self.clock,
            number=self.submit.number,
            session=lambda: str(uuid.uuid4()),
        )

    @property
    def launch(self) -> LaunchRun:
        child_jobs = ChildJobSettings(project="lab", location="eu", service_account="head@lab")
        settings = LaunchSettings(
            buckets=BUCKETS, launcher=b"#!/bin/bash\n", child_jobs=child_jobs, copies=CopyPace(min_s=7, max_s=70)
        )
        return LaunchRun(
            runs=self.runs,
            storage=self.storage,
            batch=self.batch,
            notifications=self.notifications,
            queue=self.queue,
            settings=settings,
            interval=INTERVAL,
            clock=self.clock,
        )

    @property
    def read_file(self) -> ReadFile:
        return ReadFile(storage=self.storage, store=self.ingest, clock=self.clock, chunk_bytes=self.chunk_bytes)

    @property
    def end_run(self) -> EndRun:
        return EndRun(runs=self.runs, storage=self.storage, ingest=self.ingest, clock=self.clock)

    @property
    def sync(self) -> SyncRun:
        return SyncRun(
            runs=self.runs,
            batch=self.batch,
            ingest=self.ingest,
            read_file=self.read_file,
            sweep_jobs=self.sweep_jobs,
            keep_jobs=self.keep_jobs,
            end_run=self.end_run,
            notifications=self.notifications,
            queue=self.queue,
            interval=INTERVAL,
            clock=self.clock,
        )

    @property
    def sweep_jobs(self) -> SweepJobs:
        return SweepJobs(batch=self.batch, ingest=self.ingest, keep_jobs=self.keep_jobs)

    @property
    def keep_jobs(self) -> KeepJobs:
        return KeepJobs(
            batch=self.batch, jobs=self.jobs, costs=CostSums(self.engine), clock=self.clock, limit=self.jobs_per_step
        )

    @property
    def read_prices(self) -> ReadPrices:
        costs = CostSums(self.engine)
        return ReadPrices(
            catalog=self.catalog, prices=PriceStore(self.engine), costs=costs, reports=self.reports, clock=self.clock
        )

    @property
    def request_cancel(self) -> RequestCancel:
        return RequestCancel(runs=self.runs, queue=self.queue, clock=self.clock)

    @property
    def cancel(self) -> CancelRun:
        return CancelRun(
            runs=self.runs,
            batch=self.batch,
            ingest=self.ingest,
            read_file=self.read_file,
            sweep_jobs=self.sweep_jobs,
            notifications=self.notifications,
            queue=self.queue,
            interval=INTERVAL,
            clock=self.clock,
        )

    @property
    def ingest_file(self) -> IngestFile:
        return IngestFile(
            runs=self.runs,
            read_file=self.read_file,
            queue=self.queue,
            clock=self.clock,
        )

    @property
    def archive(self) -> ArchiveLogs:
        """Uses the real clients; a test that reaches them must set the addresses of stand-ins."""
        settings = LoggingSettings(project="lab", view="projects/lab/v", endpoint=None)
        client = StorageClient()
        work_files = WorkFiles(BUCKETS, client)
        return ArchiveLogs(
            runs=self.runs,
            logs=make_log_service(self.engine, BUCKETS, client, settings, self.clock),
            index_output=IndexOutput(lines=OutputLines(self.engine), work_files=work_files, clock=self.clock),
            leases=LeaseStore(self.engine),
            queue=self.queue,
            clock=self.clock,
        )

    @property
    def restore(self) -> RestoreLog:
        return RestoreLog(
            runs=self.runs,
            storage=self.storage,
            restoring=EntryRestoring(self.ingest),
            queue=self.queue,
            clock=self.clock,
            chunk_bytes=self.chunk_bytes,
        )

    @property
    def notifications(self) -> QueueNotifications:
        return QueueNotifications(notifications=NotificationStore(self.engine), queue=self.queue, clock=self.clock)

    @property
    def notify(self) -> NotifyOwner:
        return NotifyOwner(
            runs=self.runs,
            notifications=NotificationStore(self.engine),
            deliver=self.delivery.deliver,
            queue=self.queue,
            site="https://sluice.lab.example",
            clock=self.clock,
        )

    @property
    def stop_leftovers(self) -> StopLeftovers:
        return StopLeftovers(runs=self.runs, batch=self.batch, jobs=self.jobs, clock=self.clock)

    @property
    def reports(self) -> HealthReports:
        return HealthReports(self.engine)

    @property
    def reconcile(self) -> ReconcileRuns:
        silence = timedelta(minutes=5)
        return ReconcileRuns(
            runs=self.runs,
            batch=self.batch,
            stop_leftovers=self.stop_leftovers,
            jobs=self.jobs,
            queue=self.queue,
            reports=self.reports,
            silence=silence,
            clock=self.clock,
        )

    # ── shortcuts for tests ──

    @property
    def head(self) -> str:
        return self.batch.job_name(f"sluice-{RUN}")

    def pending(self, **changes: Any) -> Run:  # noqa: ANN401 a field of any type
        """Store a run that is not launched yet."""
        run = make_run(**changes)
        assert self.runs.create_run(run)
        return run

    def launched(self, **changes: Any) -> Run:  # noqa: ANN401 a field of any type
        """Store and launch a run, so that its head job is queued; empty the work queue."""
        run = self.launch.run(self.pending(**changes).run_id)
        self.queue.take_all()
        return run

    def running(self, **changes: Any) -> Run:  # noqa: ANN401 a field of any type
        """Store a run whose Nextflow has started."""
        self.launched(**changes)
        self.batch.move(self.head, JobState.RUNNING)
        return self.runs.update_run_status(RUN, RunStatus.RUNNING, at=NOON)

    def upload(self, *, log: bytes = b"", trace: bytes = b"") -> None:
        """Store log and trace as the head job does."""
        if log:
            self.storage.put_log(RUN, NEXTFLOW_LOG, log)
        if trace:
            self.storage.put_log(RUN, TRACE, trace)

    def run(self, run_id: str = RUN) -> Run:
        return self.runs.get_run(run_id)

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """The rows of a SELECT."""
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(statement))]

    def journal(self, run_id: str = RUN) -> list[str]:
        """The statuses in the journal of a run, in order."""
        found = self.rows("SELECT run_id, data->>'status' FROM run_events WHERE event = 'status' ORDER BY seq")
        return [status for row_run_id, status in found if row_run_id == run_id]

    def tasks(self) -> dict[str, str]:
        """The status of each task, by hash."""
        return dict(self.rows("SELECT hash, status FROM tasks ORDER BY hash"))

    def entries(self) -> list[tuple[Any, ...]]:
        """Number, part, byte range and message of each log entry; a part begins where the file was restarted."""
        part = position = 0
        found: list[tuple[Any, ...]] = []
        for number, end, message in self.rows("SELECT number, byte_end, message FROM entries ORDER BY number"):
            if end <= position:
                part, position = part + 1, 0
            found.append((number, part, position, end, message))
            position = end
        return found

    def drain_queue(self) -> list[Item]:
        """Do the queued work items and those they add until the queue is empty; return all of them."""
        done: list[Item] = []
        while items := self.queue.take_all():
            for item in items:
                self.do(item)
            done += items
            assert len(done) < 100, "the queue does not become empty"
        return done

    def do(self, item: Item) -> None:
        """Do one work item as the worker does."""
        body = item.body
        match item.kind:
            case "launch":
                self.launch.run(body["run_id"])
            case "ingest":
                self.ingest_file.run(body["run_id"], body["file"], body["generation"])
            case "sync":
                since = body.get("ending_since", 0)
                self.sync.run(
                    step_of(item),
                    gone_answers=body.get("gone_answers", 0),
                    empty_listings=body.get("empty_listings", 0),
                    ending_since=datetime.fromtimestamp(since, UTC) if since else None,
                )
            case "cancel":
                self.cancel.run(step_of(item), empty_listings=body.get("empty_listings", 0))
            case "restore":
                self.restore.run(body["run_id"])
            case "notify":
                self.notify.run(body["notification"], body["target"])
            case "archive":
                pass  # tests of archives do not use this
            case kind:
                raise AssertionError(f"unknown kind of work item: {kind}")


def step_of(item: Item) -> ChainStep:
    return ChainStep(run_id=item.body["run_id"], chain=item.body["chain"], tick=item.body["tick"])


def moment(second: int) -> datetime:
    """The time of the record at `second` in the example logs, which begin at noon."""
    return NOON + timedelta(seconds=second, milliseconds=second * 7)
