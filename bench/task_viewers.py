"""events.other_stream_s: how long an unrelated stream takes to open while 500 viewers look at the output of tasks.

Each read of Cloud Storage takes a while, as it does at Google. The viewers run on the same machine, so the figure
includes their work.
"""

import asyncio
import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

from sqlalchemy import Engine, select
from werkzeug.wrappers import Response

from bench.harness.databases import database_with_runs, engine_on, running_postgres
from bench.harness.event_viewers import Viewer, connect
from bench.harness.figures import Figure
from bench.harness.seeding import LIVE_RUNS, id_of_run
from bench.harness.serving import server_for
from common.domain.runs.files import Buckets, task_folder, work_uri
from common.domain.tasks.merging import TaskSource
from common.domain.tasks.output import task_id_of
from common.domain.tasks.task import Task, TaskStatus
from common.models.runs import RunRow
from common.services.ingest.store import IngestStore
from localdev.stack.gateway.iap import ASSERTION_HEADER, IapSigner
from localdev.stack.layout import HOST, LOGS_BUCKET, RUNS_BUCKET, WORK_BUCKET
from localdev.stand_ins.http.rest_service import RestService

TASKS, VIEWERS_OF_EACH = 50, 10
CONNECTING_S = 2  # all viewers come within this time
OPENINGS, EVERY_S = 15, 0.2
READ_S = 0.2  # one read of Cloud Storage

# all viewers are one user
_LIMITS = dict.fromkeys(("STREAMS_PER_USER", "TASK_STREAMS_PER_USER", "TASK_OUTPUTS_PER_MINUTE"), "1000")
_BUCKETS = Buckets(runs=RUNS_BUCKET, logs=LOGS_BUCKET, work=WORK_BUCKET)


def measure() -> list[Figure]:
    """One figure: the slowest of several openings while the viewers wait for their first output."""
    viewed, other = id_of_run(0), id_of_run(1)
    with running_postgres() as postgres, _slow_storage() as storage:
        url = database_with_runs(postgres, LIVE_RUNS)
        engine = engine_on(url)
        tasks = _store_tasks(engine, viewed)
        settings = {"STORAGE_EMULATOR_HOST": f"http://{HOST}:{storage.port}", **_LIMITS}
        with server_for("events", url, **settings) as server:
            port = server.start_function("events").port
            alone_s, opened_in_s = asyncio.run(_measure(port, viewed, tasks, other, _headers(engine, server.iap)))
    against = (
        f"worst of {OPENINGS} with {TASKS * VIEWERS_OF_EACH} viewers of {TASKS} tasks, "
        f"median {statistics.median(opened_in_s):.2f} s; {alone_s:.2f} s without viewers"
    )
    return [Figure(name="events.other_stream_s", value=max(opened_in_s), goal=0.5, unit="s", against=against)]


async def _measure(
    port: int, viewed: str, tasks: Sequence[str], other: str, headers: Mapping[str, Mapping[str, str]]
) -> tuple[float, list[float]]:
    """The seconds that the other stream takes to open without viewers, and each time while they come and wait."""
    outputs = [f"/api/runs/{viewed}/tasks/{task_id}/logs/stream" for task_id in tasks]
    for path, run_id in ((outputs[0], viewed), (f"/api/runs/{other}/events", other)):
        await _time_to_open(port, path, headers[run_id])  # the first one of each kind imports and connects
    alone_s = await _time_to_open(port, f"/api/runs/{other}/events", headers[other])
    connecting = asyncio.create_task(_connect_viewers(port, outputs, headers[viewed]))
    opened_in_s = []
    for _ in range(OPENINGS):
        opened_in_s.append(await _time_to_open(port, f"/api/runs/{other}/events", headers[other]))
        await asyncio.sleep(EVERY_S)
    viewers = await connecting
    await asyncio.gather(*(viewer.began for viewer in viewers))
    for viewer in viewers:
        viewer.leave()
    return alone_s, opened_in_s


async def _connect_viewers(port: int, outputs: Sequence[str], headers: Mapping[str, str]) -> list[Viewer]:
    """One viewer of each output after the other, until each has all of them."""
    viewers: list[Viewer] = []
    for _ in range(VIEWERS_OF_EACH):
        viewers += await asyncio.gather(*(connect(port, path, headers) for path in outputs))
        await asyncio.sleep(CONNECTING_S / VIEWERS_OF_EACH)
    return viewers


async def _time_to_open(port: int, path: str, headers: Mapping[str, str]) -> float:
    started = time.monotonic()
    viewer: Viewer = await connect(port, path, headers)
    await viewer.began
    opened = time.monotonic()
    viewer.leave()
    return opened - started


@contextmanager
def _slow_storage() -> Iterator[RestService]:
    """A Cloud Storage in which every object is one line long."""

    def read(_call: object, **_parts: str) -> Response:
        time.sleep(READ_S)
        return Response(b"one line\n", mimetype="application/octet-stream")

    service = RestService(0, [("GET", "/<rest:path>", read)])
    service.start()
    yield service
    service.stop()


def _store_tasks(engine: Engine, run_id: str) -> list[str]:
    """The ids of new running tasks of a run."""
    now = datetime.now(UTC)
    tasks = [
        Task(
            hash=f"{number:02x}/abcdef",
            name=f"ALIGN (sample_{number})",
            process="ALIGN",
            status=TaskStatus.RUNNING,
            submit_time=now,
            attempt=1,
            work_dir=f"{work_uri(_BUCKETS, run_id)}/{number:02x}/abcdef{'0' * 24}",
        )
        for number in range(TASKS)
    ]
    assert task_folder(_BUCKETS, run_id, tasks[0].work_dir or "")  # noqa: S101 else no file would be read
    with IngestStore(engine).writing(run_id) as writer:
        writer.merge_tasks(tasks, TaskSource.TRACE)
    return [task_id_of(task) for task in tasks]


def _headers(engine: Engine, iap: IapSigner) -> dict[str, dict[str, str]]:
    """The headers of each run's owner."""
    with engine.connect() as connection:
        owners = connection.execute(select(RunRow.run_id, RunRow.user_email)).all()
    return {run_id: {ASSERTION_HEADER: iap.assertion(owner)} for run_id, owner in owners}
