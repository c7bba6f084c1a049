"""Function `events`: live events of runs (ASGI, because each stream stays open for a long time)."""

import sys
from functools import cache

import functions_framework.aio
from starlette.requests import Request
from starlette.responses import Response

from common import startup  # noqa: F401 before what takes long to load
from common.actions.request_restore import request_restore
from common.composition.buckets import read_buckets
from common.composition.database import read_database
from common.composition.guard import make_guard
from common.composition.identity import read_identity, read_origins
from common.composition.limits.output_looks import output_looks, read_output_looks
from common.composition.limits.streams import read_streams, read_task_streams
from common.composition.logs import make_log_service, read_logging
from common.composition.process import environment, now
from common.composition.queue import read_queue
from common.services.logs.stream import EntryReader, LogStreamService
from common.services.postgres.engine import make_engine
from common.services.queue.work_queue import WorkQueue
from common.services.runs.events import RunEventService
from common.services.runs.journal import JournalReader
from common.services.runs.store import RunStoreService
from common.services.storage.client import StorageClient
from common.services.task_output.stream import TaskOutputStreamService, TaskSnapshot
from common.web.asgi import answer_all_methods, serve_async
from common.web.sse.stream import OpenStreams
from functions.events.endpoints import EventEndpoints, Streams

_SWITCH_INTERVAL_S = 0.0005


@cache
def endpoints() -> EventEndpoints:
    with environment() as env:
        identity, database, buckets = read_identity(env), read_database(env), read_buckets(env)
        logging, poll_interval_s = read_logging(env), env.number("EVENT_POLL_INTERVAL_S", 1)
        slots, task_slots, looks_per_minute = read_streams(env), read_task_streams(env), read_output_looks(env)
        queue = WorkQueue(read_queue(env))
    engine, streams = make_engine(database), OpenStreams()
    runs = RunStoreService(engine)
    log_service = cache(lambda: make_log_service(engine, buckets, StorageClient(), logging, now))

    def find_output(run_id: str, task_id: str) -> TaskSnapshot:
        return log_service().get_task_logs(runs.get_run(run_id), task_id)

    # The event loop gives up the interpreter at each read and write. After the usual 5 ms, a hundred busy requests in
    # threads would delay every stream by half a second.
    sys.setswitchinterval(_SWITCH_INTERVAL_S)
    streams.end_on_sigterm()
    return EventEndpoints(
        make_guard(identity, engine),
        RunEventService(JournalReader(engine), poll_interval_s=poll_interval_s),
        LogStreamService(
            EntryReader(engine),
            restore=lambda run_id: request_restore(queue, run_id, at=now()),
            poll_interval_s=poll_interval_s,
        ),
        TaskOutputStreamService(find_output),
        streams=Streams(
            open=streams,
            all_streams=slots,
            task_streams=task_slots,
            take_look=output_looks(engine, looks_per_minute, now),
        ),
        engine=engine,
        project=env.optional("GOOGLE_CLOUD_PROJECT"),
        origins=read_origins(env),
    )


async def _answer(request: Request) -> Response:
    return await serve_async(endpoints().routes, request)


@functions_framework.aio.http
async def events(request: Request) -> Response:
    return await _answer(request)


answer_all_methods(functions_framework.aio, _answer)
