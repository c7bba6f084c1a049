"""migration.lock_s_*: how long the migrations since 0.2.0 keep anybody waiting, with entries that have to be moved.

Meanwhile the old code writes entries and tasks and reads them, and the new code does from the deployment on. The figure
is the longest time that one of their statements waited for a lock, or that a migration held a lock that they would have
waited for, whichever is longer.
"""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, text

from bench.harness.databases import running_postgres
from bench.harness.figures import Figure
from localdev.stack.postgres.schema import ALEMBIC_INI
from localdev.stack.postgres.server import Postgres
from migrations.revisions import RELEASES

SIZES = {"200k": 200_000, "2m": 2_000_000}
DEPLOYED = "0022"  # the old code runs until then, the new code from then on
_ENTRIES_OF_RUN, _ENTRIES_OF_TASK = 4_000, 20
_LOOKS_EVERY_S = 0.005

_FILL = (
    """
    INSERT INTO runs (run_id, session_id, pipeline, pipeline_version, status, user_email, gcs_path, params,
        sample_count, created_at)
    SELECT 'run-' || lpad(to_hex(n), 8, '0'), gen_random_uuid(), 'p', '1', 'running', 'ana@lab.example', 'gs://runs',
        '{}', 1, '2026-11-23 08:00+00'::timestamptz - n * interval '1 day' FROM generate_series(0, :runs - 1) n
    """,
    """
    INSERT INTO log_entries (run_id, number, part, byte_start, byte_end, "timestamp", level, thread, logger, message)
    SELECT run_id, n, 0, n * 240, n * 240 + 240, created_at + n * interval '1 second', 'DEBUG', 'Thread-' || mod(n, 40),
        'n.processor.TaskPollingMonitor', 'Task completed > TaskHandler[id: ' || n || '; COMPLETED] ' || md5(run_id)
    FROM runs CROSS JOIN generate_series(0, :entries - 1) n
    """,
    """
    INSERT INTO tasks (run_id, hash, name, process, status, submit_time, duration_ms)
    SELECT run_id, '00/' || lpad(n::text, 6, '0'), 'QC (' || n || ')', 'QC', 'COMPLETED', created_at, n
    FROM runs CROSS JOIN generate_series(0, :tasks - 1) n
    """,
)
_OLD_WORK = (
    "DELETE FROM log_entries WHERE run_id = 'run-00000000' AND number >= :number - 1",
    (
        'INSERT INTO log_entries (run_id, number, part, byte_start, byte_end, "timestamp", level, thread, message)'
        " VALUES ('run-00000000', :number, 0, 0, 0, now(), 'INFO', 'main', 'more')"
    ),
    "SELECT * FROM log_entries WHERE run_id = 'run-00000000' ORDER BY number DESC LIMIT 200",
)
_NEW_WORK = (
    "DELETE FROM entries WHERE month = '2026-11-01' AND run_number = 0 AND number >= :number - 1",
    (
        'INSERT INTO entries (month, run_number, number, byte_end, "timestamp", level, source, message)'
        " SELECT '2026-11-01', 0, :number, 0, now(), 1, min(id), 'more' FROM entry_sources"
    ),
    "SELECT * FROM entries WHERE month = '2026-11-01' AND run_number = 0 ORDER BY number DESC LIMIT 200",
)
_ANY_WORK = (
    "UPDATE tasks SET duration_ms = :number, status = 'RUNNING' WHERE run_id = 'run-00000000' AND hash = '00/000000'",
    "SELECT * FROM tasks WHERE run_id = 'run-00000000' ORDER BY submit_time, hash LIMIT 100",
)
_LOOK = text("""
    SELECT coalesce(max(extract(epoch FROM clock_timestamp() - waitstart)) FILTER (
        WHERE NOT granted AND pid <> :migrating), 0)::float AS waited,
        array_agg(DISTINCT relation) FILTER (WHERE granted AND pid = :migrating AND relation = ANY (:tables)
            AND mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')) AS held
    FROM pg_locks
""")


def measure() -> list[Figure]:
    """The longest lock at both sizes."""
    with running_postgres() as postgres:
        return [_longest_lock(postgres, size, entries) for size, entries in SIZES.items()]


def _longest_lock(postgres: Postgres, size: str, entries: int) -> Figure:
    postgres.create_database(size)
    engine = create_engine(postgres.url(size))
    with engine.connect() as connection:
        _upgrade(connection, RELEASES["0.2.0"])
        counts = {"runs": entries // _ENTRIES_OF_RUN, "entries": _ENTRIES_OF_RUN}
        for statement in _FILL:
            connection.execute(text(statement), counts | {"tasks": _ENTRIES_OF_RUN // _ENTRIES_OF_TASK})
        connection.commit()
        watch = _Watch()
        started = time.monotonic()
        with watch.watching(engine, connection, _OLD_WORK + _ANY_WORK):
            _upgrade(connection, DEPLOYED)
        with watch.watching(engine, connection, _NEW_WORK + _ANY_WORK):
            _upgrade(connection, "head")
        took = time.monotonic() - started
    engine.dispose()
    against = f"{watch.statements:,} statements during {took:.0f} s, the slowest {watch.slowest_s:.2f} s"
    return Figure(name=f"migration.lock_s_{size}", value=watch.longest_s, goal=1, unit="s", against=against)


def _upgrade(connection: Connection, revision: str) -> None:
    config = Config(ALEMBIC_INI)
    config.attributes["connection"] = connection
    command.upgrade(config, revision)
    connection.commit()


@dataclass(slots=True)
class _Watch:
    """What was seen of locks while others worked."""

    longest_s: float = 0
    slowest_s: float = 0
    statements: int = 0
    _held_since: dict[int, float] = field(default_factory=dict)

    @contextmanager
    def watching(self, engine: Engine, migrating: Connection, work: tuple[str, ...]) -> Iterator[None]:
        """Do `work` again and again, and look at the locks, until the block ends."""
        pid = migrating.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
        tables = migrating.exec_driver_sql("SELECT array_agg(oid) FROM pg_class WHERE relnamespace = 2200").scalar_one()
        migrating.commit()
        is_over = threading.Event()
        with ThreadPoolExecutor(2) as pool:
            threads = (
                pool.submit(self._work, engine, work, is_over),
                pool.submit(self._look, engine, {"migrating": pid, "tables": tables}, is_over),
            )
            try:
                yield
            finally:
                is_over.set()
            for thread in threads:
                thread.result()

    def _work(self, engine: Engine, work: tuple[str, ...], is_over: threading.Event) -> None:
        statements = [text(statement) for statement in work]
        number = _ENTRIES_OF_RUN
        with engine.connect() as connection:
            while not is_over.is_set():
                number += 1
                for statement in statements:
                    started = time.monotonic()
                    connection.execute(statement, {"number": number} if ":number" in statement.text else {})
                    self.slowest_s = max(self.slowest_s, time.monotonic() - started)
                    self.statements += 1
                connection.commit()

    def _look(self, engine: Engine, of: dict[str, object], is_over: threading.Event) -> None:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            while not is_over.wait(_LOOKS_EVERY_S):
                seen = connection.execute(_LOOK, of).one()
                now = time.monotonic()
                self._held_since = {each: self._held_since.get(each, now) for each in seen.held or ()}
                held = (now - since for since in self._held_since.values())
                self.longest_s = max(self.longest_s, seen.waited, *held)
