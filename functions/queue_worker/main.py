"""Function `queue_worker`: does the queued work. Private: only Sluice's queues and timer may call it."""

from collections.abc import Callable
from datetime import timedelta
from functools import cache, partial
from importlib import resources
from typing import TYPE_CHECKING

import functions_framework
from flask import Request, Response
from sqlalchemy import Engine

from common import startup  # noqa: F401 before what takes long to load
from common.actions.ingest import IngestFile
from common.actions.launch import LaunchRun, LaunchSettings
from common.actions.read_prices import ReadPrices
from common.actions.reconcile import ReconcileRuns
from common.actions.restore import RestoreLog
from common.actions.steps.queue_notifications import QueueNotifications
from common.actions.steps.read_file import ReadFile
from common.actions.steps.stop_leftovers import StopLeftovers
from common.composition.buckets import read_buckets
from common.composition.child_jobs import read_child_jobs
from common.composition.database import read_database
from common.composition.head_jobs import read_head_jobs, read_log_copies
from common.composition.logs import read_logging
from common.composition.process import environment, now
from common.composition.queue import read_queue
from common.composition.senders import read_senders
from common.composition.service_callers import read_service_callers
from common.services.batch.child_jobs import ChildJobStore
from common.services.batch.service import BatchService
from common.services.checkpoints.pruning import CheckpointPruning
from common.services.health.reports import HealthReports
from common.services.ingest.entry_months import EntryMonths
from common.services.ingest.restoring import EntryRestoring
from common.services.ingest.store import IngestStore
from common.services.insight.cost.catalog import BillingCatalog
from common.services.insight.cost.prices import PriceStore
from common.services.insight.cost.sums import CostSums
from common.services.notifications.store import NotificationStore
from common.services.postgres.engine import check_ready, make_engine
from common.services.postgres.idempotency import IdempotencyStore
from common.services.queue.work_queue import WorkQueue
from common.services.runs.store import RunStoreService
from common.services.storage.service import StorageService
from common.services.task_output.store import TaskOutputStore
from common.web.callers.service_accounts import service_verifier
from common.web.routing import answer_all_addresses, serve
from functions.queue_worker.chains import make_chains
from functions.queue_worker.endpoints import Seldom, Upkeep, Work, WorkerEndpoints

if TYPE_CHECKING:
    from common.actions.archive import ArchiveLogs
    from common.actions.notify import NotifyOwner

SHORTEST_SILENCE = timedelta(minutes=1)
LOG_MONTHS = 6  # of log entries in Postgres; older ones are read again from the logs bucket when somebody asks for them


@cache
def endpoints() -> WorkerEndpoints:
    with environment() as env:
        callers, database, buckets = read_service_callers(env), read_database(env), read_buckets(env)
        queue, logging, child_jobs = WorkQueue(read_queue(env)), read_logging(env), read_child_jobs(env)
        batch = BatchService(read_head_jobs(env, child_jobs))
        copies = read_log_copies(env)
        interval = timedelta(seconds=env.number("SYNC_INTERVAL_S", 20))
        log_months = env.count("LOG_MONTHS", LOG_MONTHS)
        catalog, senders = BillingCatalog(env.override("PRICES_ENDPOINT")), read_senders(env)
    engine, storage = make_engine(database), StorageService(buckets)
    launcher = resources.files("headjob").joinpath("launch.sh").read_bytes()
    launch = LaunchSettings(buckets=buckets, launcher=launcher, child_jobs=child_jobs, copies=copies)

    @cache
    def archive() -> "ArchiveLogs":
        from functions.queue_worker.archive import make_archive  # noqa: PLC0415 27 modules, for one of 300 work items

        return make_archive(engine, buckets, storage, logging, queue)

    @cache
    def notify() -> "NotifyOwner":
        from functions.queue_worker.notify import make_notify  # noqa: PLC0415 mail and TLS, for a few of 300 work items

        return make_notify(engine, senders, queue)

    return WorkerEndpoints(
        service_verifier(callers),
        make_work(
            engine,
            storage,
            batch,
            queue,
            Seldom(archive=archive, notify=notify),
            launch,
            interval,
            make_upkeep(engine, catalog, log_months),
        ),
        ready=partial(check_ready, engine),
        project=env.optional("GOOGLE_CLOUD_PROJECT"),
    )


def make_work(
    engine: Engine,
    storage: StorageService,
    batch: BatchService,
    queue: WorkQueue,
    seldom: Seldom,
    launch: LaunchSettings,
    interval: timedelta,
    upkeep: Upkeep,
) -> Work:
    runs, ingest = RunStoreService(engine), IngestStore(engine)
    notifications = QueueNotifications(notifications=NotificationStore(engine), queue=queue, clock=now)
    sync, cancel = make_chains(engine, storage, batch, queue, notifications, interval)
    read_file = ReadFile(storage=storage, store=ingest, clock=now)
    return Work(
        launch=LaunchRun(
            runs=runs,
            storage=storage,
            batch=batch,
            notifications=notifications,
            queue=queue,
            settings=launch,
            interval=interval,
            clock=now,
        ),
        sync=sync,
        cancel=cancel,
        seldom=seldom,
        ingest=IngestFile(runs=runs, read_file=read_file, queue=queue, clock=now),
        restore=RestoreLog(runs=runs, storage=storage, restoring=EntryRestoring(ingest), queue=queue, clock=now),
        notifications=notifications,
        reconcile=make_reconcile(engine, batch, queue, silence=max(SHORTEST_SILENCE, interval * 10)),
        upkeep=upkeep,
    )


def make_reconcile(engine: Engine, batch: BatchService, queue: WorkQueue, *, silence: timedelta) -> ReconcileRuns:
    runs, jobs = RunStoreService(engine), ChildJobStore(engine)
    return ReconcileRuns(
        runs=runs,
        batch=batch,
        stop_leftovers=StopLeftovers(runs=runs, batch=batch, jobs=jobs, clock=now),
        jobs=jobs,
        queue=queue,
        reports=HealthReports(engine),
        silence=silence,
        clock=now,
    )


def make_upkeep(engine: Engine, catalog: BillingCatalog, log_months: int) -> Upkeep:
    prices, costs, reports = PriceStore(engine), CostSums(engine), HealthReports(engine)
    read_prices = ReadPrices(catalog=catalog, prices=prices, costs=costs, reports=reports, clock=now)
    return Upkeep(read_prices=read_prices, prunings=make_prunings(engine, log_months))


def make_prunings(engine: Engine, log_months: int) -> list[Callable[[], object]]:
    """What deletes rows that have expired, a bounded number in each call."""
    keys, checkpoints = IdempotencyStore(engine), CheckpointPruning(engine)
    outputs, months = TaskOutputStore(engine), EntryMonths(engine, keep=log_months)
    return [
        lambda: keys.delete_expired(at=now()),
        lambda: checkpoints.delete_expired(at=now()),
        lambda: outputs.delete_old(at=now()),
        lambda: months.drop_old(at=now()),
    ]


@functions_framework.http
def queue_worker(request: Request) -> Response:
    return serve(endpoints().routes, request)


answer_all_addresses(queue_worker)
