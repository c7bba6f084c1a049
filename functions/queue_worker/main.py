"""Function `queue_worker`: does the work that the others ask for. Private: only our queue and timer may call it."""

import os
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from importlib import resources

import functions_framework
from flask import Request, Response
from sqlalchemy import Engine

from common import startup  # noqa: F401 before what takes long to load
from common.actions.archive import ArchiveLogs
from common.actions.cancel import CancelRun
from common.actions.ingest import IngestFile
from common.actions.launch import LaunchRun, LaunchTerms
from common.actions.reconcile import ReconcileRuns
from common.actions.steps.end_run import EndRun
from common.actions.steps.read_file import ReadFile
from common.actions.steps.sweep_jobs import SweepJobs
from common.actions.sync import SyncRun
from common.domain.batch.launch_config import ChildJobSettings
from common.domain.runs.files import Buckets
from common.services.batch.service import BatchService
from common.services.checkpoints.pruning import CheckpointPruning
from common.services.ingest.store import IngestStore
from common.services.logs.sources import make_log_service
from common.services.postgres.engine import check_ready, make_engine
from common.services.postgres.idempotency import IdempotencyStore
from common.services.postgres.leases import LeaseStore
from common.services.queue.work_queue import WorkQueue
from common.services.runs.store import RunStoreService
from common.services.storage.service import StorageService
from common.settings import (
    BatchSettings,
    BucketSettings,
    DatabaseSettings,
    Environment,
    LoggingSettings,
    QueueSettings,
    ServiceCallerSettings,
)
from common.telemetry import start_telemetry
from common.web.callers.keys import KeySet
from common.web.callers.service_accounts import OidcVerifier
from common.web.routing import serve
from functions.queue_worker.endpoints import Work, WorkerEndpoints

SHORTEST_SILENCE = timedelta(minutes=1)


@cache
def endpoints() -> WorkerEndpoints:
    env = Environment(os.environ)
    callers, database, names = ServiceCallerSettings.read(env), DatabaseSettings.read(env), BucketSettings.read(env)
    queue_terms, batch, logging = QueueSettings.read(env), BatchSettings.read(env), LoggingSettings.read(env)
    env.check()
    start_telemetry()
    engine = make_engine(database)
    buckets = Buckets(runs=names.runs, logs=names.logs, work=names.work)
    runs, ingest, storage = RunStoreService(engine), IngestStore(engine), StorageService(buckets)
    logs = make_log_service(engine, buckets, storage, logging, now)
    archive = ArchiveLogs(runs=runs, logs=logs, leases=LeaseStore(engine), clock=now)
    queue, terms = WorkQueue(queue_terms), launch_terms(batch, buckets)
    work = make_work(batch, runs, ingest, storage, queue, terms, engine, archive)
    verifier = OidcVerifier(callers.audience, callers.callers, KeySet(callers.certs_url))
    return WorkerEndpoints(
        verifier, work, ready=partial(check_ready, engine), project=env.optional("GOOGLE_CLOUD_PROJECT")
    )


def launch_terms(batch: BatchSettings, buckets: Buckets) -> LaunchTerms:
    return LaunchTerms(
        buckets=buckets,
        launcher=resources.files("headjob").joinpath("launch.sh").read_bytes(),
        child_jobs=ChildJobSettings(
            project=batch.project,
            location=batch.location,
            service_account=batch.service_account,
            network=batch.network,
            subnetwork=batch.subnetwork,
        ),
        copy_interval_s=batch.copy_interval_s,
    )


def make_work(
    settings: BatchSettings,
    runs: RunStoreService,
    ingest: IngestStore,
    storage: StorageService,
    queue: WorkQueue,
    terms: LaunchTerms,
    engine: Engine,
    archive: ArchiveLogs,
) -> Work:
    batch, interval = BatchService(settings), timedelta(seconds=settings.sync_interval_s)
    keys, checkpoints = IdempotencyStore(engine), CheckpointPruning(engine)
    read_file = ReadFile(storage=storage, store=ingest, clock=now)
    sweep_jobs = SweepJobs(batch=batch, ingest=ingest)
    return Work(
        launch=LaunchRun(
            runs=runs, storage=storage, batch=batch, queue=queue, terms=terms, interval=interval, clock=now
        ),
        sync=SyncRun(
            runs=runs,
            batch=batch,
            ingest=ingest,
            read_file=read_file,
            sweep_jobs=sweep_jobs,
            end_run=EndRun(runs=runs, storage=storage, ingest=ingest, clock=now),
            queue=queue,
            interval=interval,
            clock=now,
        ),
        cancel=CancelRun(
            runs=runs,
            batch=batch,
            ingest=ingest,
            read_file=read_file,
            sweep_jobs=sweep_jobs,
            queue=queue,
            interval=interval,
            clock=now,
        ),
        archive=archive,
        ingest=IngestFile(runs=runs, read_file=read_file, queue=queue, clock=now),
        reconcile=ReconcileRuns(
            runs=runs, batch=batch, queue=queue, silence=max(SHORTEST_SILENCE, interval * 10), clock=now
        ),
        delete_expired_keys=lambda: keys.delete_expired(at=now()),
        prune_checkpoints=lambda: checkpoints.delete_expired(at=now()),
    )


def now() -> datetime:
    return datetime.now(UTC)


@functions_framework.http
def queue_worker(request: Request) -> Response:
    return serve(endpoints().routes, request)
