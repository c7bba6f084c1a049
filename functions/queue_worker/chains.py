"""What follows a run to its end, step by step: the syncs and the cancel of a run."""

from datetime import timedelta

from sqlalchemy import Engine

from common.actions.cancel import CancelRun
from common.actions.steps.end_run import EndRun
from common.actions.steps.keep_jobs import KeepJobs
from common.actions.steps.queue_notifications import QueueNotifications
from common.actions.steps.read_file import ReadFile
from common.actions.steps.sweep_jobs import SweepJobs
from common.actions.sync import SyncRun
from common.composition.process import now
from common.services.batch.child_jobs import ChildJobStore
from common.services.batch.service import BatchService
from common.services.ingest.store import IngestStore
from common.services.insight.cost.sums import CostSums
from common.services.queue.work_queue import WorkQueue
from common.services.runs.store import RunStoreService
from common.services.storage.service import StorageService


def make_chains(
    engine: Engine,
    storage: StorageService,
    batch: BatchService,
    queue: WorkQueue,
    notifications: QueueNotifications,
    interval: timedelta,
) -> tuple[SyncRun, CancelRun]:
    runs, ingest = RunStoreService(engine), IngestStore(engine)
    read_file = ReadFile(storage=storage, store=ingest, clock=now)
    keep_jobs = KeepJobs(batch=batch, jobs=ChildJobStore(engine), costs=CostSums(engine), clock=now)
    sweep_jobs = SweepJobs(batch=batch, ingest=ingest, keep_jobs=keep_jobs)
    sync = SyncRun(
        runs=runs,
        batch=batch,
        ingest=ingest,
        read_file=read_file,
        sweep_jobs=sweep_jobs,
        keep_jobs=keep_jobs,
        end_run=EndRun(runs=runs, storage=storage, ingest=ingest, clock=now),
        notifications=notifications,
        queue=queue,
        interval=interval,
        clock=now,
    )
    cancel = CancelRun(
        runs=runs,
        batch=batch,
        ingest=ingest,
        read_file=read_file,
        sweep_jobs=sweep_jobs,
        notifications=notifications,
        queue=queue,
        interval=interval,
        clock=now,
    )
    return sync, cancel
