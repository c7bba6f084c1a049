"""Sends the output of tasks to the Logging stand-in, as Batch's agent sends it to Cloud Logging."""

import logging
import queue
import threading
import time
import uuid

import requests

from localdev.stand_ins.http.messages import Json
from localdev.stand_ins.http.proto_json import write_timestamp
from localdev.stand_ins.http.session import local_session

_BATCH_SIZE, _WAIT_S, _TRIES, _TIMEOUT_S = 500, 0.2, 3, 10
_log = logging.getLogger(__name__)


class TaskLogSender:
    """Writes entries of the log `batch_task_logs`, in batches from its own thread."""

    def __init__(self, url: str) -> None:
        self._url = f"{url.rstrip('/')}/v2/entries:write"
        self._session = local_session()
        self._entries: queue.SimpleQueue[Json | None] = queue.SimpleQueue()
        self._writer = threading.Thread(target=self._write_all, daemon=True)
        self._writer.start()

    def add(self, job: Json, task_index: int, severity: str, line: str) -> None:
        """Queue one line that a task of `job` has just printed."""
        project = job["name"].split("/")[1]
        resource = {"resource_container": f"projects/{project}", "location": job["name"].split("/")[3]}
        task = {"job_uid": job["uid"], "task_group_name": "group0", "task_id": f"{job['uid']}-group0-{task_index}"}
        self._entries.put(
            {
                "logName": f"projects/{project}/logs/batch_task_logs",
                "resource": {"type": "batch.googleapis.com/Job", "labels": resource | {"job_id": job["uid"]}},
                "labels": job.get("labels", {}) | task,
                "timestamp": write_timestamp(time.time_ns()),
                "insertId": uuid.uuid4().hex,
                "severity": severity,
                "textPayload": line,
            }
        )

    def close(self) -> None:
        """Write the queued entries, then stop."""
        self._entries.put(None)
        self._writer.join()
        self._session.close()

    def _write_all(self) -> None:
        closed = False
        while not closed:
            entries = [self._entries.get()]
            time.sleep(_WAIT_S if entries[0] else 0)  # wait, so that one request carries several entries
            while len(entries) < _BATCH_SIZE and not self._entries.empty():
                entries.append(self._entries.get())
            closed = None in entries
            if ready := [entry for entry in entries if entry]:
                self._write(ready)

    def _write(self, entries: list[Json]) -> None:
        for _ in range(_TRIES):
            try:
                self._session.post(self._url, json={"entries": entries}, timeout=_TIMEOUT_S).raise_for_status()
            except requests.RequestException as error:
                _log.warning("could not write %d log entries: %s", len(entries), error)
                time.sleep(_WAIT_S)
            else:
                return
