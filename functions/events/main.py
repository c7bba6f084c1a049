"""Function `events`: live events of runs (ASGI, because each stream stays open for a long time)."""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

import functions_framework.aio
from sqlalchemy import Engine
from starlette.requests import Request
from starlette.responses import Response

from common import startup  # noqa: F401 before what takes long to load
from common.domain.runs.files import Buckets
from common.services.logs.stream import EntryReader, LogStreamService
from common.services.postgres.engine import make_engine
from common.services.runs.events import JournalReader, RunEventService
from common.services.runs.store import RunStoreService
from common.services.task_output.stream import Looked, TaskLogStreamService
from common.services.users.service import UserService
from common.settings import BucketSettings, DatabaseSettings, Environment, IdentitySettings, LoggingSettings
from common.telemetry import start_telemetry
from common.web.asgi import serve_async
from common.web.callers.identity import identifier
from common.web.callers.logins import noting_logins
from common.web.sse.stream import OpenStreams
from functions.events.endpoints import EventEndpoints

if TYPE_CHECKING:
    from common.services.logs.service import LogService


@cache
def endpoints() -> EventEndpoints:
    env = Environment(os.environ)
    identity, database = IdentitySettings.read(env), DatabaseSettings.read(env)
    names, logging = BucketSettings.read(env), LoggingSettings.read(env)
    poll_interval_s = env.number("EVENT_POLL_INTERVAL_S", 1)
    env.check()
    start_telemetry()
    engine, streams = make_engine(database), OpenStreams()
    buckets = Buckets(runs=names.runs, logs=names.logs, work=names.work)
    streams.end_on_sigterm()
    return EventEndpoints(
        noting_logins(identifier(identity), UserService(engine), now),
        RunStoreService(engine),
        RunEventService(JournalReader(engine), poll_interval_s=poll_interval_s),
        LogStreamService(EntryReader(engine), poll_interval_s=poll_interval_s),
        TaskLogStreamService(looking_at_tasks(engine, buckets, logging)),
        streams=streams,
        engine=engine,
        project=env.optional("GOOGLE_CLOUD_PROJECT"),
    )


def looking_at_tasks(engine: Engine, buckets: Buckets, logging: LoggingSettings) -> Callable[[str, str], Looked]:
    """What finds what a task printed."""
    runs = RunStoreService(engine)

    @cache
    def logs() -> "LogService":
        from common.services.logs.sources import make_log_service  # noqa: PLC0415 100 ms that other streams do not need
        from common.services.storage.client import StorageClient  # noqa: PLC0415

        return make_log_service(engine, buckets, StorageClient(), logging, now)

    return lambda run_id, task_id: logs().get_task_logs(runs.get_run(run_id), task_id)


def now() -> datetime:
    return datetime.now(UTC)


@functions_framework.aio.http
async def events(request: Request) -> Response:
    return await serve_async(endpoints().routes, request)
