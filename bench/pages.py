"""api.get_run_vs_hello and pages.{runs,tasks,entries}_vs_floor: requests, relative to the least that they can cost.

GET one run is compared with a hello-world function on the same server. For a page its rows are added, as one JSON text
straight from Postgres: with the threads of log entries and the machines and requests of tasks, which are in other
tables. The identity of the caller is verified. Compared is the processor time of all that take part: the client, the
function and Postgres.
"""

import http.client
from collections.abc import Callable

from sqlalchemy import Connection, Engine, text

from bench.harness.databases import database_with_runs, engine_on, running_postgres
from bench.harness.figures import Figure
from bench.harness.processor_time import Work, processor_medians
from bench.harness.seeding import RUNS_PER_OWNER, id_of_run, owner
from bench.harness.serving import ServedFunction, serving
from bench.log_pages import store_log, store_tasks, vacuum
from common.domain.runs.log_key import LogKey
from common.services.postgres.engine import read
from common.services.runs.store import RunStoreService
from localdev.stack.gateway.iap import ASSERTION_HEADER
from localdev.stack.layout import ADMIN, HOST

RUNS, TASKS, ENTRIES = 10_000, 100, 1_000
ROUNDS = 40  # of ten requests each

_OWNER = owner(RUNS // RUNS_PER_OWNER // 2)
_RUN = id_of_run(RUNS // 2)
# The name of each page, its function, its address and the SQL of its rows.
_ENTRIES = """
    SELECT entries.*, thread, logger FROM entries JOIN entry_sources ON entry_sources.id = source
    WHERE month = :month AND run_number = :run_number ORDER BY number LIMIT 200
"""
_TASKS = """
    SELECT tasks.*, machine, request FROM tasks
    LEFT JOIN child_jobs ON child_jobs.run_id = tasks.run_id AND job_id = left(native_id, 11)
    LEFT JOIN machine_kinds ON machine_kinds.id = kind_id LEFT JOIN task_requests ON task_requests.id = request_id
    WHERE tasks.run_id = :run_id ORDER BY submit_time, hash LIMIT 100
"""
# What each task that has ended ran on, and what all tasks asked for; and the machines of other runs.
_MACHINES = (
    """
    INSERT INTO machine_kinds (machine) VALUES ('{"type": "e2-standard-4", "model": "SPOT", "zone": "europe-west4-a"}')
    """,
    """INSERT INTO task_requests (request) VALUES ('{"disk": 107374182400, "time_ms": 14400000}')""",
    """
    UPDATE tasks SET native_id = 'nf-' || replace(hash, '/', '') || '/0/j-1',
        request_id = (SELECT max(id) FROM task_requests) WHERE run_id = :run_id
    """,
    """
    INSERT INTO child_jobs (run_id, job_id, state, ended, kind_id)
    SELECT run_id, left(native_id, 11), 'SUCCEEDED', 'done', (SELECT max(id) FROM machine_kinds) FROM tasks
    WHERE run_id = :run_id AND end_time IS NOT NULL
    """,
    """
    INSERT INTO child_jobs (run_id, job_id, state, ended, kind_id)
    SELECT run_id, 'nf-' || lpad(to_hex(n), 8, '0'), 'SUCCEEDED', 'done', (SELECT max(id) FROM machine_kinds)
    FROM runs CROSS JOIN generate_series(1, 10) n WHERE run_id <> :run_id
    """,
)
_PAGES = {
    "runs": (
        "runs",
        "/api/runs?page_size=25",
        "SELECT * FROM runs WHERE user_email = :owner ORDER BY created_at DESC, run_id DESC LIMIT 25",
    ),
    "tasks": (
        "logs",
        f"/api/runs/{_RUN}/tasks?limit=100",
        _TASKS,
    ),
    "entries": (
        "logs",
        f"/api/runs/{_RUN}/logs?limit=200",
        _ENTRIES,
    ),
}


def measure() -> list[Figure]:
    """The four figures; what is compared takes turns, each on an open connection."""
    with running_postgres() as postgres:
        url = database_with_runs(postgres, RUNS)
        figures = [_get_run(url, postgres.pid)]
        engine = engine_on(url)
        store_log(engine, _RUN, ENTRIES)
        store_tasks(engine, _RUN, TASKS)
        _store_machines(engine)
        vacuum(engine)
        for name, (function, path, sql) in _PAGES.items():
            with serving(function, url) as served:
                figures.append(_figure(name, _works(engine, served, path, sql, postgres=postgres.pid)))
        engine.dispose()
    return figures


def _store_machines(engine: Engine) -> None:
    with engine.begin() as connection:
        for statement in _MACHINES:
            connection.execute(text(statement), {"run_id": _RUN} if ":run_id" in statement else {})


def _get_run(url: str, postgres: int) -> Figure:
    with serving("runs", url) as served:
        headers = {ASSERTION_HEADER: served.iap.assertion(ADMIN)}
        get = getter(served.function.port, f"/api/runs/{_RUN}", headers)
        works = {"run": Work(get, (served.function.pid, postgres)), "hello": _hello(served, headers)}
        times = processor_medians(works, rounds=2 * ROUNDS)
    against = f"hello-world, {times['hello'] * 1000:.2f} ms"
    return Figure(name="api.get_run_vs_hello", value=times["run"] / times["hello"], goal=2.5, against=against)


def _hello(served: ServedFunction, headers: dict[str, str]) -> Work:
    return Work(getter(served.hello.port, "/", headers), (served.hello.pid,))


def _works(engine: Engine, served: ServedFunction, path: str, sql: str, *, postgres: int) -> dict[str, Work]:
    run = RunStoreService(engine).get_run(_RUN)
    headers = {ASSERTION_HEADER: served.iap.assertion(run.user_email if _RUN in path else _OWNER)}
    bare = text(f"SELECT json_agg(page)::text FROM ({sql}) AS page")  # noqa: S608 from the table above
    values = {"run_id": _RUN, "owner": _OWNER, **LogKey.of(_RUN, run.created_at)._asdict()}
    named = {name: value for name, value in values.items() if f":{name}" in sql}

    def rows(connection: Connection) -> object:
        return connection.execute(bare, named).scalar_one()

    return {
        "page": Work(getter(served.function.port, path, headers), (served.function.pid, postgres)),
        "hello": _hello(served, headers),
        "sql": Work(lambda: read(engine, rows), (postgres,)),
    }


def _figure(name: str, works: dict[str, Work]) -> Figure:
    times = processor_medians(works, rounds=ROUNDS)
    floor = times["hello"] + times["sql"]
    against = f"hello-world, {times['hello'] * 1000:.2f} ms, and its SQL, {times['sql'] * 1000:.2f} ms"
    return Figure(name=f"pages.{name}_vs_floor", value=times["page"] / floor, goal=2, against=against)


def getter(port: int, path: str, headers: dict[str, str]) -> Callable[[], bytes]:
    """A function that sends GET on an open connection and returns the body. It raises RuntimeError unless it is 200."""
    connection = http.client.HTTPConnection(HOST, port, timeout=30)

    def get() -> bytes:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != http.client.OK:
            raise RuntimeError(f"GET {path} answered {answer.status}: {body.decode()[:300]}")
        return body

    return get
