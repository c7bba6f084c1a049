"""Log entries in one SQLite file."""

import json
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from localdev.stand_ins.http.messages import Json
from localdev.stand_ins.http.proto_json import read_timestamp
from localdev.stand_ins.logging.filter_match import Predicate

_SCHEMA = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
CREATE TABLE IF NOT EXISTS entries (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    log_name TEXT NOT NULL, timestamp_ns INTEGER NOT NULL, insert_id TEXT NOT NULL, entry TEXT NOT NULL,
    UNIQUE (log_name, timestamp_ns, insert_id)
);
CREATE INDEX IF NOT EXISTS entries_by_time ON entries (timestamp_ns, position);
"""
_OLDEST_FIRST = """
    SELECT timestamp_ns, position, entry FROM entries
    WHERE (timestamp_ns, position) > (?, ?) ORDER BY timestamp_ns, position
"""
_NEWEST_FIRST = """
    SELECT timestamp_ns, position, entry FROM entries
    WHERE (timestamp_ns, position) < (?, ?) ORDER BY timestamp_ns DESC, position DESC
"""
_ENDS = (-(2**63), 2**63 - 1)


@dataclass(frozen=True, slots=True)
class ScanPosition:
    """Where a page ends: the time of its last entry in nanoseconds, and the position of the entry in the store."""

    timestamp_ns: int
    position: int


class EntryStore:
    """Stores LogEntry messages, for any number of threads."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file = folder / "logs.sqlite3"
        self._lock = threading.Lock()
        self._database = sqlite3.connect(self._file, check_same_thread=False)
        self._database.executescript(_SCHEMA)

    def close(self) -> None:
        with self._lock:
            self._database.close()

    def add(self, entries: Sequence[Json]) -> None:
        """Store entries with logName, timestamp and insertId; an entry that exists already is ignored."""
        rows = [
            (entry["logName"], read_timestamp(entry["timestamp"]), entry["insertId"], json.dumps(entry))
            for entry in entries
        ]
        sql = "INSERT OR IGNORE INTO entries (log_name, timestamp_ns, insert_id, entry) VALUES (?, ?, ?, ?)"
        with self._lock, self._database:
            self._database.executemany(sql, rows)

    def page(
        self, matches: Predicate, *, newest_first: bool, size: int, after: ScanPosition | None
    ) -> tuple[list[Json], ScanPosition | None]:
        """At most `size` matching entries, and the start of the next page, if any."""
        entries: list[Json] = []
        last: ScanPosition | None = None
        with closing(sqlite3.connect(self._file)) as database:  # a long read must not block writers
            for position, text in _scan(database, newest_first=newest_first, after=after):
                if not matches(entry := json.loads(text)):
                    continue
                if len(entries) == size:
                    return entries, last
                entries.append(entry)
                last = position
        return entries, None

    def log_names(self, parent: str) -> list[str]:
        """The logs of projects/P that have entries, by name."""
        with self._lock:
            rows = self._database.execute("SELECT DISTINCT log_name FROM entries ORDER BY log_name").fetchall()
        return [name for (name,) in rows if name.startswith(f"{parent}/logs/")]

    def delete_log(self, log_name: str) -> bool:
        """Delete the entries of one log; False when there were none."""
        with self._lock, self._database:
            return self._database.execute("DELETE FROM entries WHERE log_name = ?", (log_name,)).rowcount > 0


def _scan(
    database: sqlite3.Connection, *, newest_first: bool, after: ScanPosition | None
) -> Iterator[tuple[ScanPosition, str]]:
    end = _ENDS[newest_first]
    start = (after.timestamp_ns, after.position) if after else (end, end)
    for timestamp_ns, position, text in database.execute(_NEWEST_FIRST if newest_first else _OLDEST_FIRST, start):
        yield ScanPosition(timestamp_ns, position), text
