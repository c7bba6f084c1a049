"""Queues and their tasks in an SQLite file that survives a kill."""

import json
import sqlite3
import threading
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from localdev.stand_ins.http.messages import ServiceError
from localdev.stand_ins.tasks.queue import Queue
from localdev.stand_ins.tasks.task import CloudTask, begun

NAME_KEPT_S = 24 * 3600.0
_SCHEMA = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
CREATE TABLE IF NOT EXISTS queues (name TEXT PRIMARY KEY, record TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS tasks (
    name TEXT PRIMARY KEY, queue TEXT NOT NULL, due REAL NOT NULL, in_flight INTEGER NOT NULL, record TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS tasks_by_due ON tasks (queue, in_flight, due);
CREATE TABLE IF NOT EXISTS used_names (name TEXT PRIMARY KEY, until REAL NOT NULL);
UPDATE tasks SET in_flight = 0;  -- attempts that were running when the process ended are repeated
"""
_NO_QUEUE = "Queue does not exist. If you just created the queue, wait at least a minute for the queue to initialize."
_TASK_IS_GONE = (
    "The task no longer exists, though a task with this name existed recently. "
    "The task either successfully completed or was deleted."
)


class QueueStore:
    """Queues and tasks, for any number of threads. Raises ServiceError 404 for absent ones."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._database = sqlite3.connect(folder / "tasks.sqlite3", check_same_thread=False)
        self._database.executescript(_SCHEMA)

    def close(self) -> None:
        with self._lock:
            self._database.close()

    def _rows(self, sql: str, *values: object) -> list[Any]:
        with self._lock:
            return self._database.execute(sql, values).fetchall()

    def _write(self, sql: str, *values: object) -> int:
        """The number of changed rows."""
        with self._lock, self._database:
            return self._database.execute(sql, values).rowcount

    # ── queues ──

    def queues(self) -> list[Queue]:
        """Every queue, by name."""
        return [_queue(record) for (record,) in self._rows("SELECT record FROM queues ORDER BY name")]

    def queue(self, name: str) -> Queue:
        rows = self._rows("SELECT record FROM queues WHERE name = ?", name)
        if not rows:
            raise ServiceError(404, _NO_QUEUE)
        return _queue(rows[0][0])

    def add_queue(self, queue: Queue) -> None:
        """Raises ServiceError 409 when the name is in use."""
        if not self._write("INSERT OR IGNORE INTO queues VALUES (?, ?)", queue.name, json.dumps(queue.as_json())):
            raise ServiceError(409, "Queue already exists")

    def put_queue(self, queue: Queue) -> None:
        self._write("INSERT OR REPLACE INTO queues VALUES (?, ?)", queue.name, json.dumps(queue.as_json()))

    def delete_queue(self, name: str) -> None:
        """Delete a queue and its tasks."""
        with self._lock, self._database as database:
            if not database.execute("DELETE FROM queues WHERE name = ?", (name,)).rowcount:
                raise ServiceError(404, "Requested entity was not found.")
            database.execute("DELETE FROM tasks WHERE queue = ?", (name,))

    def purge(self, queue: str, *, now: float) -> None:
        """Delete the tasks of a queue; their names stay used."""
        with self._lock, self._database as database:
            self.queue(queue)
            database.execute(
                "INSERT OR REPLACE INTO used_names SELECT name, ? FROM tasks WHERE queue = ?",
                (now + NAME_KEPT_S, queue),
            )
            database.execute("DELETE FROM tasks WHERE queue = ?", (queue,))

    # ── tasks ──

    def add_task(self, task: CloudTask) -> None:
        """Raises ServiceError 409 when the name is in use, or was within the last 24 hours."""
        with self._lock, self._database as database:
            self.queue(task.queue)
            database.execute("DELETE FROM used_names WHERE until <= ?", (task.created_at,))
            values = (task.name, task.queue, task.due, json.dumps(asdict(task)), task.name)
            added = database.execute(
                "INSERT OR IGNORE INTO tasks SELECT ?, ?, ?, 0, ? "
                "WHERE NOT EXISTS (SELECT 1 FROM used_names WHERE name = ?)",
                values,
            )
            if not added.rowcount:
                raise ServiceError(409, "Requested entity already exists")

    def task(self, name: str) -> CloudTask:
        rows = self._rows("SELECT record FROM tasks WHERE name = ?", name)
        if rows:
            return _task(rows[0][0])
        used = self._rows("SELECT 1 FROM used_names WHERE name = ?", name)
        raise ServiceError(404, _TASK_IS_GONE if used else "Requested entity was not found.")

    def tasks(self, queue: str, *, after: str, limit: int) -> list[CloudTask]:
        """At most `limit` tasks of a queue, by name, starting after the name `after`."""
        self.queue(queue)
        sql = "SELECT record FROM tasks WHERE queue = ? AND name > ? ORDER BY name LIMIT ?"
        return [_task(record) for (record,) in self._rows(sql, queue, after, limit)]

    def remove(self, name: str, *, now: float) -> bool:
        """Remove a finished or deleted task; its name stays used. False when there was no such task."""
        with self._lock, self._database as database:
            removed = database.execute("DELETE FROM tasks WHERE name = ?", (name,)).rowcount == 1
            if removed:
                database.execute("INSERT OR REPLACE INTO used_names VALUES (?, ?)", (name, now + NAME_KEPT_S))
            return removed

    # ── attempts ──

    def take_due(self, queue: str, *, now: float, limit: int) -> list[CloudTask]:
        """At most `limit` due tasks, the earliest first; they are now in flight and counted as dispatched."""
        sql = "SELECT record FROM tasks WHERE queue = ? AND in_flight = 0 AND due <= ? ORDER BY due LIMIT ?"
        with self._lock, self._database as database:
            rows = database.execute(sql, (queue, now, max(0, limit))).fetchall()
            return [self._begin(_task(record), now=now) for (record,) in rows]

    def take(self, name: str, *, now: float) -> CloudTask | None:
        """One task, now in flight regardless of its schedule; None when it was in flight already."""
        with self._lock, self._database:
            task = self.task(name)
            if self._rows("SELECT 1 FROM tasks WHERE name = ? AND in_flight = 1", name):
                return None
            return self._begin(replace(task, due=now), now=now)

    def _begin(self, task: CloudTask, *, now: float) -> CloudTask:
        task = begun(task, at=now)
        self._save(task, in_flight=True)
        return task

    def put_back(self, task: CloudTask) -> None:
        """Schedule another attempt; does nothing when the task was deleted."""
        with self._lock, self._database:
            self._save(task, in_flight=False)

    def _save(self, task: CloudTask, *, in_flight: bool) -> None:
        sql = "UPDATE tasks SET due = ?, in_flight = ?, record = ? WHERE name = ?"
        self._database.execute(sql, (task.due, in_flight, json.dumps(asdict(task)), task.name))

    def in_flight(self, queue: str) -> int:
        """The number of tasks of a queue that are being attempted."""
        sql = "SELECT count(*) FROM tasks WHERE queue = ? AND in_flight = 1"
        return int(self._rows(sql, queue)[0][0])

    def next_due(self, queue: str) -> float | None:
        """When the next task of a queue is due; None when none is waiting."""
        sql = "SELECT min(due) FROM tasks WHERE queue = ? AND in_flight = 0"
        due = self._rows(sql, queue)[0][0]
        return None if due is None else float(due)


def _queue(record: str) -> Queue:
    settings = json.loads(record)
    return Queue.from_json(settings).in_state(settings["state"])


def _task(record: str) -> CloudTask:
    return CloudTask(**json.loads(record))
