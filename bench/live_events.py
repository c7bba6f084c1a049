"""events.*: what it costs one instance to tell thousands of viewers what happens to their runs, and how soon they hear.

The viewers' own machine is this one: its work on what they hear is in the figures too.
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
from bench.harness.serving import Started, server_for
from common.domain.runs.live_events import EventKind
from common.models.runs import RunRow
from common.services.runs.journal import append_to_journal
from localdev.stack.gateway.iap import ASSERTION_HEADER, IapSigner
from localdev.stack.postgres.schema import migrate
from localdev.stack.postgres.server import Postgres

RUNS, VIEWERS, FEW_VIEWERS = 200, 2_000, 10
EVENTS_OF_EACH_RUN = 10
IDLE_S, TELLING_S = 10, 40
POLL_S = 1.0

_DATABASE = "events"


def measure() -> list[Figure]:
    """All of them, with one function that serves first few viewers and then many."""
    _allow_many_connections()
    with running_postgres() as postgres:
        engine = _engine_on_new_database(postgres)
        with server_for("events", postgres.url(_DATABASE), EVENT_POLL_INTERVAL_S=str(POLL_S)) as server:
            started = server.start_function("events")
            return asyncio.run(_measure(started, _headers(engine, server.door), engine, postgres.log))


async def _measure(
    function: Started, headers: Mapping[str, Mapping[str, str]], engine: Engine, log: Path
) -> list[Figure]:
    runs = list(headers)
    few = await watch(function.port, runs[:FEW_VIEWERS], headers)
    asked_for_few = await _statements_per_tick(log)
    for viewer in few:
        viewer.leave()
    viewers = await watch(function.port, runs * (VIEWERS // RUNS), headers)
    asked_for_many = await _statements_per_tick(log)
    await asyncio.to_thread(_let_happen, engine, runs)
    await asyncio.wait_for(asyncio.gather(*(viewer.ended for viewer in viewers)), 60)
    return [
        Figure(name="events.clients", value=len(viewers), goal=2_000, unit="streams", at_least=True),
        Figure(name="events.rss_mib", value=_memory_mib(function.pid), goal=512, unit="MiB"),
        Figure(
            name="events.statements_per_tick_growth",
            value=asked_for_many / asked_for_few,
            goal=1.1,
            against=f"{FEW_VIEWERS} viewers, for whom a tick is {asked_for_few:.2f} statements",
        ),
        _lateness(viewers),
        Figure(name="events.lost_or_repeated", value=_lost_or_repeated(viewers), goal=0, unit="events"),
    ]


def _engine_on_new_database(postgres: Postgres) -> Engine:
    """On runs that are all under way and whose journals are empty; whose statements are logged."""
    postgres.create_database(_DATABASE)
    migrate(postgres.url(_DATABASE))
    seed_runs(postgres.url(_DATABASE), RUNS)
    engine = engine_on(postgres.url(_DATABASE))
    with engine.begin() as connection:
        connection.execute(update(RunRow).values(status="running"))
        connection.exec_driver_sql(f"ALTER DATABASE {_DATABASE} SET log_statement = 'all'")
    return engine


def _headers(engine: Engine, door: IapSigner) -> dict[str, dict[str, str]]:
    """What its owner sends for each run."""
    with engine.connect() as connection:
        owners = connection.execute(select(RunRow.run_id, RunRow.user_email)).all()
    return {run_id: {ASSERTION_HEADER: door.assertion(owner)} for run_id, owner in owners}


async def _statements_per_tick(log: Path) -> float:
    """How many statements there are to each that asks for news, while nothing happens."""
    await asyncio.sleep(2 * POLL_S)  # what connecting costs is no part of it
    before = await asyncio.to_thread(log.read_bytes)
    await asyncio.sleep(IDLE_S)
    said = (await asyncio.to_thread(log.read_bytes))[len(before) :]
    return (said.count(b"LOG:  execute ") + said.count(b"LOG:  statement: ")) / said.count(b"unnest(")


def _let_happen(engine: Engine, runs: Sequence[str]) -> None:
    """Let things happen to all runs in a random order and at an even pace; the last of each is done."""
    order = list(runs) * EVENTS_OF_EACH_RUN
    random.shuffle(order)
    left = Counter(order)
    began = time.monotonic()
    for number, run_id in enumerate(order):
        time.sleep(max(0.0, began + number * TELLING_S / len(order) - time.monotonic()))
        left[run_id] -= 1
        kind = EventKind.PROGRESS if left[run_id] else EventKind.DONE
        with engine.begin() as connection:
            append_to_journal(connection, run_id, [(kind, {"sent": time.time()})], at=datetime.now(UTC))


def _lateness(viewers: Sequence[Viewer]) -> Figure:
    late_s = [seconds for viewer in viewers for seconds in viewer.late_s]
    against = f"a poll each {POLL_S:g} s; the median of {len(late_s):,} is {statistics.median(late_s):.2f} s in all"
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
    """Of a process and its children."""
    process = psutil.Process(pid)
    return sum(each.memory_info().rss for each in [process, *process.children(recursive=True)]) / 2**20


def _allow_many_connections() -> None:
    """Here and in every process that is started from now on."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
