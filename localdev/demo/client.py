"""The demo's HTTP client for the public API, and its direct look at Batch and Storage."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import requests

from localdev.stack.secret import Login
from localdev.stand_ins.http.session import local_session

Json = dict[str, Any]

_TIMEOUT_S = 30
_SILENCE_S = 60  # four heartbeats
_TASKS_AT_ONCE, _ENTRIES_AT_ONCE = 100, 5000


class DemoError(Exception):
    """The demo cannot continue; the message gives the reason in one sentence."""


@dataclass(frozen=True, slots=True)
class StreamedEvent:
    """One server-sent event with its decoded data."""

    id: str
    kind: str
    data: Json


class Api:
    """Calls the stack at `address` as its default user. Methods raise DemoError when a request is refused."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._session = requests.Session()
        self._session.trust_env = False  # HTTP_PROXY must not apply to local ports

    def close(self) -> None:
        self._session.close()

    def is_up(self) -> bool:
        """Whether a stack answers at the address."""
        try:
            return "Sluice" in self._session.get(self.address, timeout=_TIMEOUT_S).text
        except requests.ConnectionError:
            return False

    def submit(self, body: bytes) -> Json:
        """Submit a run; return it as created."""
        return self._json("POST", "/api/runs", data=body, headers={"Content-Type": "application/json"})

    def ngs_runs(self) -> Iterator[Json]:
        """All NGS runs in Benchling, newest first."""
        cursor: str | None = ""
        while cursor is not None:
            page = self._json("GET", "/api/benchling/runs", params={"cursor": cursor})
            yield from page["runs"]
            cursor = page["next_cursor"]

    def samples(self, ngs_run: str) -> Json:
        """The libraries of an NGS run."""
        return self._json("GET", f"/api/benchling/runs/{quote(ngs_run, safe='')}/samples")

    def samplesheet(self, ngs_run: str, version: str) -> str:
        """A samplesheet (CSV) with every read file of an NGS run, for a pipeline version."""
        query = {"version": version, "complete": "true"}
        return self._answer("GET", f"/api/benchling/runs/{quote(ngs_run, safe='')}/samplesheet", params=query).text

    def runs_of(self, ngs_run: str) -> list[Json]:
        """The newest page of runs made from an NGS run."""
        found: list[Json] = self._json("GET", "/api/runs", params={"source_ngs_run": ngs_run})["runs"]
        return found

    def run(self, run_id: str) -> Json:
        return self._json("GET", f"/api/runs/{run_id}")

    def cancel(self, run_id: str) -> Json:
        """Request that a run be cancelled; return the run."""
        return self._json("DELETE", f"/api/runs/{run_id}")

    def plan_recovery(self, run_id: str, request: Json) -> Json:
        """What a recovery would reuse; starts nothing."""
        return self._json("POST", f"/api/runs/{run_id}/recover", params={"plan": "true"}, json=request)

    def recover(self, run_id: str, request: Json) -> Json:
        """Recover a run; return the new run."""
        return self._json("POST", f"/api/runs/{run_id}/recover", json=request)

    def tasks(self, run_id: str) -> list[Json]:
        """All tasks of a run."""
        found: list[Json] = []
        cursor: str | None = ""
        while cursor is not None:
            query = {"limit": _TASKS_AT_ONCE} | ({"cursor": cursor} if cursor else {})
            page = self._json("GET", f"/api/runs/{run_id}/tasks", params=query)
            found += page["tasks"]
            cursor = page["next_cursor"]
        return found

    def log_entries(self, run_id: str) -> list[Json]:
        """All log entries of a run."""
        found: list[Json] = []
        while True:
            query = {"offset": len(found), "limit": _ENTRIES_AT_ONCE}
            page = self._json("GET", f"/api/runs/{run_id}/logs", params=query)
            found += page["entries"]
            if len(found) >= page["total"] or not page["entries"]:
                return found

    def log_file(self, run_id: str) -> bytes:
        """The log as text/plain: nextflow.log itself."""
        return self._answer("GET", f"/api/runs/{run_id}/logs", headers={"Accept": "text/plain"}).content

    def follow(self, run_id: str, *, patience_s: float) -> Iterator[StreamedEvent]:
        """All events of a run up to and including `done`; after a disconnect it resumes from the last id.

        Raises DemoError when the run does not end within `patience_s` seconds or the stack stops answering.
        """
        last_id, deadline = "0", time.monotonic() + patience_s  # without an id, earlier events would be left out
        while time.monotonic() < deadline:
            for event in self._events_after(run_id, last_id):
                yield event
                last_id = event.id
                if event.kind == "done":
                    return
            if not self.is_up():
                raise DemoError(f"the stack at {self.address} stopped answering while {run_id} was running")
            time.sleep(0.2)
        raise DemoError(f"run {run_id} did not end within {patience_s:.0f} s")

    def _events_after(self, run_id: str, last_id: str) -> Iterator[StreamedEvent]:
        headers = {"Last-Event-ID": last_id}
        try:
            with self._answer(
                "GET", f"/api/runs/{run_id}/events", headers=headers, stream=True, timeout=_SILENCE_S
            ) as answer:
                yield from events_in(line.decode() for line in answer.iter_lines(chunk_size=None))
        except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError, requests.Timeout):
            return  # the caller reconnects with the last id it saw

    def _json(self, method: str, path: str, **options: Any) -> Json:  # noqa: ANN401 passed on unchanged
        answer: Json = self._answer(method, path, **options).json()
        return answer

    def _answer(self, method: str, path: str, **options: Any) -> requests.Response:  # noqa: ANN401
        answer = self._session.request(method, self.address + path, **{"timeout": _TIMEOUT_S, **options})
        if not answer.ok:
            raise DemoError(f"{method} {path} answered {answer.status_code}: {answer.text[:500]}")
        return answer


def events_in(lines: Iterator[str]) -> Iterator[StreamedEvent]:
    """The events in the lines of an SSE stream; comments and a truncated last event are skipped."""
    fields: dict[str, str] = {}
    for line in lines:
        if line:
            name, _, value = line.partition(":")
            fields[name] = value.removeprefix(" ")
            continue
        if "data" in fields:
            yield StreamedEvent(fields.get("id", ""), fields.get("event", "message"), json.loads(fields["data"]))
        fields = {}


def live_jobs(batch: str, parent: str, run_id: str, login: Login) -> list[str]:
    """The names of a run's Batch jobs that have not ended, read from the Batch API at `batch`."""
    query = {"filter": f'labels.sluice-run="{run_id}"', "pageSize": "1000"}
    with local_session(login) as session:
        answer = session.get(f"{batch}/v1/{parent}/jobs", params=query, timeout=_TIMEOUT_S)
    if not answer.ok:
        raise DemoError(f"listing the jobs in Cloud Batch failed: {answer.status_code} {answer.text[:200]}")
    jobs = answer.json().get("jobs", [])
    return [job["name"] for job in jobs if job["status"]["state"] not in {"SUCCEEDED", "FAILED", "CANCELLED"}]


def object_in_bucket(storage: str, bucket: str, name: str, login: Login) -> bytes:
    """The content of an object, read from the Storage API at `storage`; DemoError when it cannot be read."""
    with local_session(login) as session:
        quoted = quote(name, safe="")
        answer = session.get(f"{storage}/storage/v1/b/{bucket}/o/{quoted}?alt=media", timeout=_TIMEOUT_S)
    if not answer.ok:
        raise DemoError(f"gs://{bucket}/{name} cannot be read: {answer.status_code} {answer.text[:200]}")
    return answer.content
