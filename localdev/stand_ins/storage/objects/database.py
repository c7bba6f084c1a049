"""The SQLite file of the Storage stand-in: objects, pending notices and open uploads commit together."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_SCHEMA = """
pragma journal_mode = wal;
pragma synchronous = off;
create table if not exists buckets (name text primary key, fields text not null);
create table if not exists objects (
    generation integer primary key autoincrement,
    bucket text not null,
    name text not null,
    metageneration integer not null,
    size integer not null,
    fields text not null,
    unique (bucket, name)
);
create table if not exists uploads (
    id text primary key,
    draft text not null,
    begun real not null,
    outcome text
);
create table if not exists notices (
    id text primary key,
    resource text not null,
    due real not null,
    tries integer not null default 0
);
create index if not exists notices_by_due on notices (due);
"""


class Database:
    """One connection that all threads share under one lock.

    With `synchronous = off`, data is lost only when the machine goes down, not when the process is killed.
    """

    def __init__(self, file: Path) -> None:
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(file, check_same_thread=False, isolation_level=None)
        self._connection.executescript(_SCHEMA)

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Hold the lock while the block reads; read cursors to their end inside the block."""
        with self._lock:
            yield self._connection

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Commit all writes of the block, or none."""
        with self._lock:
            self._connection.execute("begin immediate")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("rollback")
                raise
            self._connection.execute("commit")

    def close(self) -> None:
        with self._lock:
            self._connection.close()
