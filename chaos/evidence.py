"""Gathers, once all is quiet, what the head jobs wrote, which jobs there are, and what the database says."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

import requests
from sqlalchemy import Engine, select

from common.models.log_entries import LogEntryRow
from common.models.run_events import RunEventRow
from common.models.runs import RunRow
from common.models.tasks import TaskRow
from localdev.demo.client import Json
from localdev.stack.layout import LOGS_BUCKET, PARENT

_TIMEOUT_S = 30
_ENDED = frozenset({"SUCCEEDED", "FAILED", "CANCELLED"})
_PAGE = "1000"


@dataclass(frozen=True, slots=True)
class RecordedEntry:
    """A log entry: the bytes of the file that it stands for, and its message."""

    byte_start: int
    byte_end: int
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What the database says of a run; `events` are kinds and data in order, `tasks` statuses by hash."""

    status: str
    cause: str | None
    cancel_requested: bool
    is_archived: bool
    events: Sequence[tuple[str, Json]]
    entries: Sequence[RecordedEntry]
    tasks: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What the head job of a run left in the bucket; nothing where it did not get so far."""

    log: bytes
    trace: bytes
    exit_code: int | None


@dataclass(frozen=True, slots=True)
class Job:
    """A job in Batch."""

    name: str
    run_id: str
    is_head: bool
    has_ended: bool


def recorded(engine: Engine) -> dict[str, Recorded]:
    """Every run in the database."""
    events: dict[str, list[tuple[str, Json]]] = defaultdict(list)
    entries: dict[str, list[RecordedEntry]] = defaultdict(list)
    tasks: dict[str, dict[str, str]] = defaultdict(dict)
    with engine.connect() as connection:
        for row in connection.execute(select(RunEventRow.__table__).order_by(RunEventRow.run_id, RunEventRow.seq)):
            events[row.run_id].append((row.event, row.data))
        for row in connection.execute(select(LogEntryRow.__table__).order_by(LogEntryRow.run_id, LogEntryRow.number)):
            entries[row.run_id].append(RecordedEntry(row.byte_start, row.byte_end, row.message))
        for row in connection.execute(select(TaskRow.__table__)):
            tasks[row.run_id][row.hash] = row.status
        return {
            run.run_id: Recorded(
                status=run.status,
                cause=(run.diagnosis or {}).get("cause"),
                cancel_requested=run.cancel_requested_at is not None,
                is_archived=run.archived_at is not None,
                events=events[run.run_id],
                entries=entries[run.run_id],
                tasks=tasks[run.run_id],
            )
            for run in connection.execute(select(RunRow.__table__))
        }


def written(storage: str, run_id: str) -> Written:
    """What the head job left, read from the bucket itself, at the address of the Storage API."""
    log, trace, exit_code = (
        _object(storage, f"runs/{run_id}/logs/{name}") for name in ("nextflow.log", "trace.txt", "exit_code")
    )
    return Written(log=log, trace=trace, exit_code=int(exit_code) if exit_code.strip() else None)


def jobs(batch: str) -> list[Job]:
    """Every job that was ever made, at the address of the Batch API."""
    found: list[Job] = []
    query = {"pageSize": _PAGE}
    while True:
        answer = _get(f"{batch}/v1/{PARENT}/jobs", query)
        answer.raise_for_status()
        page = answer.json()
        found += [_job(job) for job in page.get("jobs", [])]
        if not page.get("nextPageToken"):
            return found
        query["pageToken"] = page["nextPageToken"]


def _job(job: Json) -> Job:
    labels = job.get("labels", {})
    is_head = labels.get("sluice-role") == "head"
    return Job(job["name"], labels.get("sluice-run", ""), is_head, job["status"]["state"] in _ENDED)


def _object(storage: str, name: str) -> bytes:
    answer = _get(f"{storage}/storage/v1/b/{LOGS_BUCKET}/o/{quote(name, safe='')}", {"alt": "media"})
    if answer.status_code == requests.codes.not_found:
        return b""
    answer.raise_for_status()
    return answer.content


def _get(address: str, query: Mapping[str, str]) -> requests.Response:
    with requests.Session() as session:
        session.trust_env = False
        return session.get(address, params=query, timeout=_TIMEOUT_S)
