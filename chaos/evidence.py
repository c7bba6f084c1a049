"""Reads what a trial left: the files of the head jobs, the jobs in Batch, and the database."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

import requests
from sqlalchemy import Engine, select

from common.domain.runs.run import run_id_from
from common.models.log_entries import LogEntryRow
from common.models.run_events import RunEventRow
from common.models.runs import RunRow
from common.models.tasks import TaskRow
from common.models.users.notifications import NotificationRow
from localdev.demo.client import Json
from localdev.stack.layout import LOGS_BUCKET, PARENT
from localdev.stack.secret import Login
from localdev.stand_ins.batch.slowness import Slowness
from localdev.stand_ins.http.proto_json import read_timestamp
from localdev.stand_ins.http.session import local_session

_TIMEOUT_S = 30
_ENDED = frozenset({"SUCCEEDED", "FAILED", "CANCELLED"})
_PAGE = "1000"


@dataclass(frozen=True, slots=True)
class EntryRecord:
    """A log entry: its byte range in nextflow.log, and its message."""

    byte_start: int
    byte_end: int
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """A run in the database; `events` are (kind, data) in journal order.

    `tasks` are the statuses by work directory, because two tasks may have the same eight hex digits. A task without a
    work directory has its key in `tasks`. `untold` counts the notifications that are still to be delivered.
    """

    status: str
    cause: str | None
    cancel_requested: bool
    is_archived: bool
    events: Sequence[tuple[str, Json]]
    entries: Sequence[EntryRecord]
    tasks: Mapping[str, str]
    untold: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadJobFiles:
    """The files of a head job in the logs bucket; empty or None when missing."""

    log: bytes
    trace: bytes
    exit_code: int | None


@dataclass(frozen=True, slots=True)
class Job:
    """A job in Batch, of a run or of none (empty run_id)."""

    name: str
    run_id: str
    is_head: bool
    has_ended: bool
    created_at: float = 0.0  # seconds since 1970, as `changed_at`, when its state changed last
    changed_at: float = 0.0
    was_cancelled: bool = False


def read_runs(engine: Engine) -> dict[str, RunRecord]:
    """Every run in the database, by id, in one snapshot: a run that ends meanwhile keeps its earlier state."""
    events: dict[str, list[tuple[str, Json]]] = defaultdict(list)
    entries: dict[str, list[EntryRecord]] = defaultdict(list)
    tasks: dict[str, dict[str, str]] = defaultdict(dict)
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        for row in connection.execute(select(RunEventRow.__table__).order_by(RunEventRow.run_id, RunEventRow.seq)):
            events[row.run_id].append((row.event, row.data))
        in_order = select(LogEntryRow.__table__).order_by(LogEntryRow.run_number, LogEntryRow.number)
        for row in connection.execute(in_order):
            add_entry(entries[run_id_from(row.run_number)], row.number, row.byte_end, row.message)
        for row in connection.execute(select(TaskRow.__table__)):
            tasks[row.run_id][row.work_dir or row.hash] = row.status
        due = select(NotificationRow.run_id).where(NotificationRow.next_try_at.is_not(None))
        untold = Counter(connection.execute(due).scalars())
        return {
            run.run_id: RunRecord(
                status=run.status,
                cause=(run.diagnosis or {}).get("cause"),
                cancel_requested=run.cancel_requested_at is not None,
                is_archived=run.archived_at is not None,
                events=events[run.run_id],
                entries=entries[run.run_id],
                tasks=tasks[run.run_id],
                untold=untold[run.run_id],
            )
            for run in connection.execute(select(RunRow.__table__))
        }


def add_entry(entries: list[EntryRecord], number: int, byte_end: int, message: str) -> None:
    """Add the next entry of a log. It begins where the one before it ends, unless entries are missing or doubled."""
    start = entries[-1].byte_end if entries else 0
    if number != len(entries) or byte_end <= start:
        start = byte_end - len(message.encode())
    entries.append(EntryRecord(start, byte_end, message))


def read_head_job_files(storage: str, run_id: str, login: Login) -> HeadJobFiles:
    """The files of a run's head job, read from the Storage API at `storage`."""
    log, trace, exit_code = (
        _object(storage, f"runs/{run_id}/logs/{name}", login) for name in ("nextflow.log", "trace.txt", "exit_code")
    )
    return HeadJobFiles(log=log, trace=trace, exit_code=int(exit_code) if exit_code.strip() else None)


def list_jobs(batch: str, login: Login) -> list[Job]:
    """All jobs, ended ones included, read from the Batch API at `batch`."""
    found: list[Job] = []
    query = {"pageSize": _PAGE}
    while True:
        answer = _get(f"{batch}/v1/{PARENT}/jobs", query, login)
        answer.raise_for_status()
        page = answer.json()
        found += [_job(job) for job in page.get("jobs", [])]
        if not page.get("nextPageToken"):
            return found
        query["pageToken"] = page["nextPageToken"]


def _job(job: Json) -> Job:
    labels = job.get("labels", {})
    is_head = labels.get("sluice-role") == "head"
    created_at, changed_at = (read_timestamp(job[time]) / 1e9 for time in ("createTime", "updateTime"))
    state = job["status"]["state"]
    return Job(
        job["name"],
        labels.get("sluice-run", ""),
        is_head,
        state in _ENDED,
        created_at,
        changed_at,
        was_cancelled=state == "CANCELLED",
    )


def late_children(jobs: Iterable[Job]) -> int:
    """The number of task jobs that were created after the head job of their run had ended."""
    jobs = list(jobs)
    ends = {job.run_id: job.changed_at for job in jobs if job.is_head and job.has_ended}
    return sum(not job.is_head and job.created_at > ends.get(job.run_id, math.inf) for job in jobs)


def slow_cancels(jobs: Iterable[Job], slowness: Slowness) -> int:
    """The number of cancelled jobs that took time to end."""
    return sum(job.was_cancelled and slowness.of_stop(job.name) > 0 for job in jobs)


def _object(storage: str, name: str, login: Login) -> bytes:
    answer = _get(f"{storage}/storage/v1/b/{LOGS_BUCKET}/o/{quote(name, safe='')}", {"alt": "media"}, login)
    if answer.status_code == requests.codes.not_found:
        return b""
    answer.raise_for_status()
    return answer.content


def _get(address: str, query: Mapping[str, str], login: Login) -> requests.Response:
    with local_session(login) as session:
        return session.get(address, params=query, timeout=_TIMEOUT_S)
