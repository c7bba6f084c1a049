"""year.*: lists, pages and ingest with a year of runs, compared with a month, and what the year weighs.

50 runs a day with 200 tasks and 200 log entries each. Old entries are dropped as in production. Postgres makes the rows
itself, run after run (the series depend on the run), in the form in which a finished run leaves them.
"""

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from sqlalchemy import Connection, Engine, text

from bench.harness.databases import database_with_runs, engine_on, running_postgres
from bench.harness.figures import Figure, worst
from bench.harness.seeding import LIVE_RUNS, RUNS_PER_OWNER, id_of_run, owner
from bench.harness.timing import medians
from common.domain.nextflow.log.records import LogRecord
from common.domain.runs.status import RunStatus
from common.domain.tasks.merging import TaskSource
from common.domain.tasks.task import Task, TaskStatus
from common.services.ingest.entry_months import EntryMonths
from common.services.ingest.store import IngestStore
from common.services.logs.listing import EntryFilter, entry_page
from common.services.runs.listing import RunFilter, cursor_after, page_of
from common.services.runs.store import RunStoreService
from common.services.tasks.listing import TaskFilter, task_page
from localdev.stack.postgres.server import Postgres

MONTH, YEAR = 1_500, 18_000  # runs
DAYS: Mapping[int, int] = {MONTH: 30, YEAR: 360}
TASKS = ENTRIES = 200  # of each run
LOG_MONTHS = 6
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ROUNDS = 200
_TIMES = 1.2

_STORE_TASKS = f"""
INSERT INTO tasks (run_id, hash, task_id, name, process, tag, status, exit_code, attempt, submit_time, start_time,
    end_time, duration_ms, realtime_ms, cpu_percent, cpus, memory, memory_peak, work_dir, native_id, is_settled)
SELECT run_id, left(digits, 2) || '/' || substr(digits, 3, 6), n, process || ' (sample_' || n || ')', process,
    'sample_' || n, 'COMPLETED', 0, 1, submitted, submitted + interval '1 minute', submitted + took, ms, ms - 60000,
    ms % 800 + 0.5, 4, 16::bigint << 30, ms::bigint * 4001,
    'gs://sluice-work/runs/' || run_id || '/work/' || left(digits, 2) || '/' || substr(digits, 3) || md5(digits),
    'nf-' || digits || '-1764/0/nf-' || digits || '-1764-0a1b2c3d', true
FROM runs CROSS JOIN LATERAL generate_series(1, {TASKS} * sign(sample_count)::integer) n
CROSS JOIN LATERAL (SELECT lpad(to_hex((n + ascii(right(run_id, 1))) * 2654435761 % 4294967296), 8, '0') AS digits,
    'NFCORE_SCRNASEQ:SCRNASEQ:' || (ARRAY['FASTQC', 'STARSOLO:STAR_ALIGN', 'MTX_TO_H5AD'])[n % 3 + 1] AS process,
    created_at + n * interval '7.031 s' AS submitted, 61000 + n * 7919 % 5000000 AS ms) AS task
CROSS JOIN LATERAL (SELECT ms * interval '1 ms' AS took) AS spent
"""  # noqa: S608 a number of this module
_STORE_ENTRIES = f"""
INSERT INTO entries (month, run_number, number, byte_end, "timestamp", level, source, message)
SELECT date_trunc('month', created_at AT TIME ZONE 'UTC')::date, ('x' || right(run_id, 8))::bit(32)::integer, n,
    (n + 1) * 240, created_at + n * interval '2 minutes', CASE WHEN n % 10 = 9 THEN 3 ELSE 1 END, source.id,
    'Task completed > TaskHandler[id: ' || n || '; name: STAR_ALIGN (sample_' || n || '); status: COMPLETED; exit: 0;'
    || ' workDir: gs://sluice-work/runs/' || run_id || '/work/' || md5(n::text) || ']'
FROM runs CROSS JOIN LATERAL generate_series(1 - sign(sample_count)::integer, {ENTRIES - 1}) n, entry_sources source
"""  # noqa: S608 a number of this module
_MAKE_MONTHS = "SELECT make_entry_month(month) FROM (SELECT DISTINCT created_at::date AS month FROM runs) AS months"


def measure() -> list[Figure]:
    """The growth from a month to a year of the slowest list, page and notice, and the size of the year."""
    with running_postgres() as postgres:
        engines = {runs: _filled(postgres, runs) for runs in (MONTH, YEAR)}
        with engines[MONTH].connect() as month, engines[YEAR].connect() as year:
            connections = {MONTH: month, YEAR: year}
            lists = {runs: dict(_lists(connection, runs)) for runs, connection in connections.items()}
            pages = {runs: dict(_pages(connection, runs)) for runs, connection in connections.items()}
            notices = {runs: {"a notice": _notices(engine, runs)} for runs, engine in engines.items()}
            return [
                _growth("year.list_growth", lists),
                _growth("year.page_growth", pages),
                _growth("year.ingest_growth", notices),
                _weight(year),
            ]


def _filled(postgres: Postgres, runs: int) -> Engine:
    """A database of this many finished and some live runs, after its old entries were dropped."""
    engine = engine_on(database_with_runs(postgres, runs, days=DAYS[runs]))
    with engine.begin() as connection:
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")  # no check of each foreign key
        connection.exec_driver_sql("ALTER TABLE tasks SET UNLOGGED")  # half as much to write
        connection.exec_driver_sql("INSERT INTO entry_sources (thread, logger) VALUES ('main', 'nextflow.Session')")
        connection.exec_driver_sql(_MAKE_MONTHS)
        connection.exec_driver_sql("UPDATE entry_months SET made_at = month")
        connection.exec_driver_sql(_STORE_TASKS)
        connection.exec_driver_sql(_STORE_ENTRIES)
    EntryMonths(engine, keep=LOG_MONTHS).drop_old(at=NOW)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM (ANALYZE) tasks, entries"))
    for number in _pages_of(runs):
        with IngestStore(engine).writing(id_of_run(number)) as writer:
            writer.note_progress(at=NOW)
    return engine


def _growth(name: str, subjects: Mapping[int, Mapping[str, Callable[[], object]]]) -> Figure:
    times = medians({(kind, runs): subjects[runs][kind] for kind in subjects[YEAR] for runs in subjects}, rounds=ROUNDS)
    growth = {kind: times[kind, YEAR] / times[kind, MONTH] for kind in subjects[YEAR]}
    return worst(name, growth, goal=_TIMES, against="the same with a month of runs")


def _lists(connection: Connection, runs: int) -> Iterator[tuple[str, Callable[[], object]]]:
    everyone = RunFilter(owner=None)
    filters = {
        "everyone": everyone,
        "a typical owner": replace(everyone, owner=owner(runs // RUNS_PER_OWNER // 2)),
        "failed": replace(everyone, status=RunStatus.FAILED),
    }
    for name, first in filters.items():
        yield f"{name}, first page", partial(page_of, connection, first)
    after = replace(everyone, cursor=cursor_after(page_of(connection, replace(everyone, page_size=100))))
    yield "everyone, a later page", partial(page_of, connection, after)


def _pages_of(runs: int) -> tuple[int, int]:
    """The runs whose pages are read: the newest one that is over, and the oldest."""
    return runs - LIVE_RUNS - 1, 0


def _pages(connection: Connection, runs: int) -> Iterator[tuple[str, Callable[[], object]]]:
    newest, oldest = (id_of_run(number) for number in _pages_of(runs))
    for sort in ("submit_time", "-duration"):
        yield f"tasks of the newest run by {sort}", partial(task_page, connection, newest, TaskFilter(sort=sort))
    yield "tasks of the oldest run", partial(task_page, connection, oldest, TaskFilter())
    run = RunStoreService(connection.engine).get_run(newest)
    filters = {
        "the first": EntryFilter(),
        "the newest": EntryFilter(newest_first=True),
        "bad": EntryFilter(level="WARN"),
    }
    for name, each in filters.items():
        yield f"{name} entries of the newest run", partial(entry_page, connection, run, each)


def _notices(engine: Engine, runs: int) -> Callable[[], None]:
    """Stores what another notice of a live run says: 20 entries, and two tasks that have ended."""
    run_id, count, store = id_of_run(runs - 1), itertools.count(), IngestStore(engine)

    def notice() -> None:
        number = next(count)
        first = ENTRIES + number * 20
        records = [
            LogRecord(
                each * 240, each * 240 + 240, NOW, "INFO", "main", "nextflow.Session", b"Task %d completed" % each
            )
            for each in range(first, first + 20)
        ]
        ended = [
            Task(hash=f"{number:02x}/{each:06x}", name="QC", process="QC", status=TaskStatus.COMPLETED, submit_time=NOW)
            for each in range(2)
        ]
        with store.writing(run_id) as writer:
            writer.add_entries(records, first_number=first)
            writer.merge_tasks(ended, TaskSource.LOG)
            writer.note_progress_if_due(at=NOW)

    return notice


def _weight(connection: Connection) -> Figure:
    sizes = connection.execute(
        text(
            "SELECT pg_database_size(current_database()) AS whole, pg_total_relation_size('tasks') AS tasks,"
            " (SELECT sum(pg_total_relation_size(inhrelid)) FROM pg_inherits WHERE inhparent = 'entries'::regclass)"
            " AS entries, (SELECT count(*) FROM entry_months) AS months"
        )
    ).one()
    against = (
        f"{sizes.tasks / 1e9:.2f} GB of tasks; {float(sizes.entries) / 1e9:.2f} GB of entries of {sizes.months} months"
    )
    return Figure(name="year.gb", value=sizes.whole / 1e9, goal=5, unit="GB", against=against)
