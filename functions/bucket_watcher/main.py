"""Function `bucket_watcher`: reads what lands in the logs bucket. Private: only Eventarc may call it."""

from functools import cache, partial

import functions_framework
from flask import Request, Response

from common import startup  # noqa: F401 before what takes long to load
from common.actions.ingest import IngestFile
from common.actions.steps.read_file import ReadFile
from common.composition.buckets import read_buckets
from common.composition.database import read_database
from common.composition.process import environment, now
from common.composition.queue import read_queue
from common.composition.service_callers import read_service_callers
from common.domain.health.parts import SystemPart
from common.services.health.reports import HealthReports, Heartbeat
from common.services.ingest.store import IngestStore
from common.services.postgres.engine import check_ready, make_engine
from common.services.queue.work_queue import WorkQueue
from common.services.runs.store import RunStoreService
from common.services.storage.service import StorageService
from common.web.callers.service_accounts import service_verifier
from common.web.routing import answer_all_addresses, serve
from functions.bucket_watcher.endpoints import FileNoticeEndpoints


@cache
def endpoints() -> FileNoticeEndpoints:
    with environment() as env:
        callers, database = read_service_callers(env), read_database(env)
        buckets, queue = read_buckets(env), WorkQueue(read_queue(env))
    engine = make_engine(database)
    runs, ingest = RunStoreService(engine), IngestStore(engine)
    read_file = ReadFile(storage=StorageService(buckets), store=ingest, clock=now)
    return FileNoticeEndpoints(
        service_verifier(callers),
        IngestFile(runs=runs, read_file=read_file, queue=queue, clock=now),
        heartbeat=Heartbeat(HealthReports(engine), SystemPart.NOTICES, now),
        logs_bucket=buckets.logs,
        ready=partial(check_ready, engine),
        project=env.optional("GOOGLE_CLOUD_PROJECT"),
    )


@functions_framework.http
def bucket_watcher(request: Request) -> Response:
    return serve(endpoints().routes, request)


answer_all_addresses(bucket_watcher)
