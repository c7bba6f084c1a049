"""events.*: the cost and delay of streaming events to thousands of viewers from one instance.

The viewers run on the same machine, so the figures include their work.
"""

import asyncio
import random
import resource
import statistics
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import psutil
from sqlalchemy import Engine, select, update

from bench.harness.databases import engine_on, running_postgres
from bench.harness.event_viewers import Viewer, watch
from bench.harness.figures import Figure
from bench.harness.seeding import seed_runs
from bench.harness.serving import FunctionProcess, server_for
from common.domain.runs.live_events import EventKind
from common.models.runs import RunRow
from common.services.runs.journal import append_to_journal
from localdev.stack.gateway.iap import ASSERTION_HEADER, IapSigner
from localdev.stack.postgres.schema import migrate
from localdev.stack.postgres.server import Postgres

RUNS, VIEWERS, FEW_VIEWERS = 200, 2_000, 10
EVENTS_OF_EACH_RUN = 10
IDLE_S, EVENTS_S = 10, 40
POLL_S = 1.0

_DATABASE = "events"


def measure() -> list[Figure]:
    """All figures; one function serves first few and then many viewers."""
    _allow_many_connections()
    with running_postgres() as postgres:
        engine = _engine_on_new_database(postgres)
        settings = {"EVENT_POLL_INTERVAL_S": str(POLL_S), "STREAMS_PER_USER": str(VIEWERS)}  # few users own all runs
        with server_for("events", postgres.url(_DATABASE), **settings) as server:
            started = server.start_function("events")
            return asyncio.run(_measure(started, _headers(engine, server.iap), engine, postgres.log))


async def _measure(
    function: FunctionProcess, headers: Mapping[str, Mapping[str, str]], engine: Engine, log: Path
) -> list[Figure]:
    runs = list(headers)
    few = await watch(function.port, runs[:FEW_VIEWERS], headers)
    statements_for_few = await _statements_per_tick(log)
    for viewer in few:
        viewer.leave()
    viewers = await watch(function.port, runs * (VIEWERS // RUNS), headers)
    statements_for_many = await _statements_per_tick(log)
    await asyncio.to_thread(_emit_events, engine, runs)
    await asyncio.wait_for(asyncio.gather(*(viewer.ended for viewer in viewers)), 60)
    return [
        Figure(name="events.clients", value=len(viewers), goal=2_000, unit="streams", at_least=True),
        Figure(name="events.rss_mib", value=_memory_mib(function.pid), goal=512, unit="MiB"),
        Figure(
            name="events.statements_per_tick_growth",
            value=statements_for_many / statements_for_few,
            goal=1.1,
            against=f"{FEW_VIEWERS} viewers, with {statements_for_few:.2f} statements per tick",
        ),
        _lateness(viewers),
        Figure(name="events.lost_or_repeated", value=_lost_or_repeated(viewers), goal=0, unit="events"),
    ]


def _engine_on_new_database(postgres: Postgres) -> Engine:
    """An engine on a new database with running runs and empty journals, which logs all statements."""
    postgres.create_database(_DATABASE)
    migrate(postgres.url(_DATABASE))
    seed_runs(postgres.url(_DATABASE), RUNS)
    engine = engine_on(postgres.url(_DATABASE))
    with engine.begin() as connection:
        connection.execute(update(RunRow).values(status="running"))
        connection.exec_driver_sql(f"ALTER DATABASE {_DATABASE} SET log_statement = 'all'")
    return engine


def _headers(engine: Engine, iap: IapSigner) -> dict[str, dict[str, str]]:
    """The headers of each run's owner."""
    with engine.connect() as connection:
        owners = connection.execute(select(RunRow.run_id, RunRow.user_email)).all()
    return {run_id: {ASSERTION_HEADER: iap.assertion(owner)} for run_id, owner in owners}


async def _statements_per_tick(log: Path) -> float:
    """The number of statements per query for new events, while nothing happens."""
    await asyncio.sleep(2 * POLL_S)  # the statements of connecting do not count
    before = await asyncio.to_thread(log.read_bytes)
    await asyncio.sleep(IDLE_S)
    logged = (await asyncio.to_thread(log.read_bytes))[len(before) :]
    return (logged.count(b"LOG:  execute ") + logged.count(b"LOG:  statement: ")) / logged.count(b"unnest(")


def _emit_events(engine: Engine, runs: Sequence[str]) -> None:
    """Journal events for all runs in random order at an even pace; the last of each run is `done`."""
    order = list(runs) * EVENTS_OF_EACH_RUN
    random.shuffle(order)
    left = Counter(order)
    began = time.monotonic()
    for number, run_id in enumerate(order):
        time.sleep(max(0.0, began + number * EVENTS_S / len(order) - time.monotonic()))
        left[run_id] -= 1
        kind = EventKind.PROGRESS if left[run_id] else EventKind.DONE
        with engine.begin() as connection:
            append_to_journal(connection, run_id, [(kind, {"sent": time.time()})], at=datetime.now(UTC))


def _lateness(viewers: Sequence[Viewer]) -> Figure:
    late_s = [seconds for viewer in viewers for seconds in viewer.late_s]
    against = (
        f"a poll every {POLL_S:g} s; the median delay of {len(late_s):,} events is {statistics.median(late_s):.2f} s"
    )
    p99_s = statistics.quantiles(late_s, n=100)[-1]
    return Figure(name="events.p99_over_poll_s", value=p99_s - POLL_S, goal=0.25, unit="s", against=against)


def _lost_or_repeated(viewers: Sequence[Viewer]) -> int:
    expected = Counter(range(1, EVENTS_OF_EACH_RUN + 1))
    wrong = 0
    for viewer in viewers:
        seen = Counter(viewer.ids)
        wrong += (expected - seen).total() + (seen - expected).total()
    return wrong


def _memory_mib(pid: int) -> float:
    """The memory of a process and its children in MiB."""
    process = psutil.Process(pid)
    return sum(each.memory_info().rss for each in [process, *process.children(recursive=True)]) / 2**20


def _allow_many_connections() -> None:
    """Raise the limit of open files, here and in every child process."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
