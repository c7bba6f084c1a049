"""Function `logs`: the log and the tasks of runs."""

import os
from datetime import UTC, datetime
from functools import cache, partial

import functions_framework
from flask import Request, Response

from common import startup  # noqa: F401 before what takes long to load
from common.actions.request_archive import RequestArchive
from common.domain.runs.files import Buckets
from common.services.logs.sources import make_log_service
from common.services.postgres.engine import check_ready, make_engine
from common.services.queue.work_queue import WorkQueue
from common.services.runs.store import RunStoreService
from common.services.storage.service import StorageService
from common.services.users.service import UserService
from common.settings import (
    BucketSettings,
    DatabaseSettings,
    Environment,
    IdentitySettings,
    LoggingSettings,
    QueueSettings,
)
from common.telemetry import start_telemetry
from common.web.callers.identity import identifier
from common.web.callers.logins import noting_logins
from common.web.routing import serve
from functions.logs.endpoints import LogEndpoints


@cache
def endpoints() -> LogEndpoints:
    env = Environment(os.environ)
    identity, database, names = IdentitySettings.read(env), DatabaseSettings.read(env), BucketSettings.read(env)
    queue, logging = WorkQueue(QueueSettings.read(env)), LoggingSettings.read(env)
    env.check()
    start_telemetry()
    engine, buckets = make_engine(database), Buckets(runs=names.runs, logs=names.logs, work=names.work)
    storage = StorageService(buckets)
    found = make_log_service(engine, buckets, storage, logging, now)
    return LogEndpoints(
        noting_logins(identifier(identity), UserService(engine), now),
        RunStoreService(engine),
        found,
        storage,
        request_archive=RequestArchive(logs=found, queue=queue, clock=now),
        ready=partial(check_ready, engine),
        project=env.optional("GOOGLE_CLOUD_PROJECT"),
    )


def now() -> datetime:
    return datetime.now(UTC)


@functions_framework.http
def logs(request: Request) -> Response:
    return serve(endpoints().routes, request)
