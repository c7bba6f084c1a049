"""All jobs, tasks and operations, in memory and in an SQLite file that survives a restart."""

import json
import sqlite3
import threading
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

from localdev.stand_ins.http.messages import Json, ServiceError

_SCHEMA = """
CREATE TABLE IF NOT EXISTS documents (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, name TEXT NOT NULL, body TEXT NOT NULL,
    UNIQUE (kind, name)
);
PRAGMA journal_mode = WAL;
PRAGMA synchronous = OFF;
"""
_UPSERT = """
INSERT INTO documents (kind, name, body) VALUES (?, ?, ?)
ON CONFLICT (kind, name) DO UPDATE SET body = excluded.body RETURNING seq
"""


class JobStore:
    """Callers must not change the documents they get; a change replaces the document."""

    def __init__(self, file: Path) -> None:
        self.lock = threading.RLock()  # for callers that read and then write
        self._database = sqlite3.connect(file, check_same_thread=False, isolation_level=None)
        self._database.executescript(_SCHEMA)
        self._known: dict[str, dict[str, tuple[int, Json]]] = defaultdict(dict)  # kind → name → sequence, document
        for seq, kind, name, body in self._database.execute("SELECT seq, kind, name, body FROM documents ORDER BY seq"):
            self._known[kind][name] = seq, json.loads(body)

    def close(self) -> None:
        with self.lock:
            self._database.close()

    def add_job(self, job: Json, request_id: str) -> tuple[Json, bool]:
        """The job and whether it is new; a repeated `request_id` returns the job of the first request.

        Raises ServiceError 409 when the name is taken.
        """
        with self.lock:
            if request_id in self._known["request"]:
                return self.job(str(self._read("request", request_id)["job"])), False
            if job["name"] in self._known["job"]:
                raise ServiceError(409, f"Resource '{job['name']}' already exists")
            self._write("job", job["name"], job)
            if request_id:
                self._write("request", request_id, {"job": job["name"]})
            return job, True

    def job(self, name: str) -> Json:
        """Raises ServiceError 404."""
        return self._read("job", name)

    def jobs_below(self, parent: str) -> list[tuple[int, Json]]:
        """The jobs of a location with their sequence numbers, newest first."""
        prefix = f"{parent}/jobs/"
        with self.lock:
            jobs = list(self._known["job"].items())
        return [found for name, found in reversed(jobs) if name.startswith(prefix)]

    def all_jobs(self) -> list[Json]:
        """Oldest first."""
        with self.lock:
            return [job for _, job in self._known["job"].values()]

    def change_job(self, name: str, change: Callable[[Json], Json]) -> Json:
        """Replace the job by `change(job)`, under the lock. Raises ServiceError 404."""
        with self.lock:
            changed = change(self.job(name))
            self._write("job", name, changed)
            return changed

    def remove_job(self, name: str) -> None:
        """Remove a job and its tasks."""
        with self.lock:
            for task in self.tasks_of(name):
                self._remove("task", task["name"])
            self._remove("job", name)

    def save_task(self, task: Json) -> None:
        with self.lock:
            self._write("task", task["name"], task)

    def task(self, name: str) -> Json:
        """Raises ServiceError 404."""
        return self._read("task", name)

    def tasks_of(self, job_name: str) -> list[Json]:
        """The tasks of a job by index. Raises ServiceError 404."""
        group = self.job(job_name)["taskGroups"][0]
        names = (f"{group['name']}/tasks/{index}" for index in range(int(group["taskCount"])))
        with self.lock:
            return [self._known["task"][name][1] for name in names if name in self._known["task"]]

    def save_operation(self, operation: Json) -> None:
        with self.lock:
            self._write("operation", operation["name"], operation)

    def operation(self, name: str) -> Json:
        """Raises ServiceError 404."""
        return self._read("operation", name)

    def operations_on(self, job_name: str) -> list[Json]:
        """The unfinished operations on a job."""
        with self.lock:
            operations = [operation for _, operation in self._known["operation"].values()]
        return [found for found in operations if found["metadata"]["target"] == job_name and not found["done"]]

    def _read(self, kind: str, name: str) -> Json:
        with self.lock:
            found = self._known[kind].get(name)
        if not found:
            raise ServiceError(404, f"Resource '{name}' was not found")
        return found[1]

    def _write(self, kind: str, name: str, body: Json) -> None:
        (seq,) = self._database.execute(_UPSERT, (kind, name, json.dumps(body))).fetchone()
        self._known[kind][name] = seq, body

    def _remove(self, kind: str, name: str) -> None:
        self._database.execute("DELETE FROM documents WHERE kind = ? AND name = ?", (kind, name))
        self._known[kind].pop(name, None)
