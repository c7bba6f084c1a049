"""Function `bucket_watcher`: reads what lands in the logs bucket. Private: only Eventarc may call it."""

import os
from datetime import UTC, datetime
from functools import cache, partial

import functions_framework
from flask import Request, Response

from common import startup  # noqa: F401 before what takes long to load
from common.actions.ingest import IngestFile
from common.actions.steps.read_file import ReadFile
from common.domain.runs.files import Buckets
from common.services.ingest.store import IngestStore
from common.services.postgres.engine import check_ready, make_engine
from common.services.queue.work_queue import WorkQueue
from common.services.runs.store import RunStoreService
from common.services.storage.service import StorageService
from common.settings import BucketSettings, DatabaseSettings, Environment, QueueSettings, ServiceCallerSettings
from common.telemetry import start_telemetry
from common.web.callers.keys import KeySet
from common.web.callers.service_accounts import OidcVerifier
from common.web.routing import serve
from functions.bucket_watcher.endpoints import FileNoticeEndpoints


@cache
def endpoints() -> FileNoticeEndpoints:
    env = Environment(os.environ)
    callers, database, names = ServiceCallerSettings.read(env), DatabaseSettings.read(env), BucketSettings.read(env)
    queue = WorkQueue(QueueSettings.read(env))
    env.check()
    start_telemetry()
    engine = make_engine(database)
    runs, ingest = RunStoreService(engine), IngestStore(engine)
    storage = StorageService(Buckets(runs=names.runs, logs=names.logs, work=names.work))
    read_file = ReadFile(storage=storage, store=ingest, clock=now)
    return FileNoticeEndpoints(
        OidcVerifier(callers.audience, callers.callers, KeySet(callers.certs_url)),
        IngestFile(runs=runs, read_file=read_file, queue=queue, clock=now),
        logs_bucket=names.logs,
        ready=partial(check_ready, engine),
        project=env.optional("GOOGLE_CLOUD_PROJECT"),
    )


def now() -> datetime:
    return datetime.now(UTC)


@functions_framework.http
def bucket_watcher(request: Request) -> Response:
    return serve(endpoints().routes, request)
