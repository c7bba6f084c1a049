"""Function `logs`: the log and the tasks of runs."""

from functools import cache, partial

import functions_framework
from flask import Request, Response

from common import startup  # noqa: F401 before what takes long to load
from common.actions.request_archive import RequestArchive
from common.actions.request_restore import request_restore
from common.composition.buckets import read_buckets
from common.composition.database import read_database
from common.composition.guard import make_guard
from common.composition.identity import read_identity, read_origins
from common.composition.limits.output_looks import output_looks, read_output_looks
from common.composition.limits.searches import read_searches
from common.composition.logs import make_log_service, read_logging
from common.composition.process import environment, now
from common.composition.queue import read_queue
from common.services.postgres.engine import check_ready, make_engine
from common.services.queue.work_queue import WorkQueue
from common.services.storage.service import StorageService
from common.web.routing import answer_all_addresses, serve
from functions.logs.endpoints import LogEndpoints, LogLimits, LogWork


@cache
def endpoints() -> LogEndpoints:
    with environment() as env:
        identity, database, buckets = read_identity(env), read_database(env), read_buckets(env)
        queue, logging = WorkQueue(read_queue(env)), read_logging(env)
        searches, looks_per_minute = read_searches(env), read_output_looks(env)
    engine, storage = make_engine(database), StorageService(buckets)
    service = make_log_service(engine, buckets, storage, logging, now)
    return LogEndpoints(
        make_guard(identity, engine),
        service,
        storage,
        work=LogWork(
            archive=RequestArchive(logs=service, queue=queue, clock=now),
            restore=lambda run_id: request_restore(queue, run_id, at=now()),
        ),
        limits=LogLimits(searches=searches, take_look=output_looks(engine, looks_per_minute, now)),
        ready=partial(check_ready, engine),
        project=env.optional("GOOGLE_CLOUD_PROJECT"),
        origins=read_origins(env),
    )


@functions_framework.http
def logs(request: Request) -> Response:
    return serve(endpoints().routes, request)


answer_all_addresses(logs)
