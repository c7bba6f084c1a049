"""Checks of the demo's run against the files in the buckets, independent of the code under test.

Each check yields one sentence for each thing that is wrong.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from localdev.demo.client import Json
from sluice.sse import StreamEvent

BEFORE_THE_END = ("pending", "submitted", "running")
_RECORD = re.compile(r"^(?=\w{3}-\d\d \d\d:\d\d:\d\d\.\d{3} \[)", re.MULTILINE)
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")  # in the banner of nf-core pipelines
_TIME_IN_RECORD = slice(7, 19)  # 22:36:34.258 of "Nov-29 22:36:34.258 [main] …"
_SHOWN = 3


def wrong_states(run: Json, events: Iterable[StreamEvent], end: str = "completed") -> Iterator[str]:
    """Check that the run ended in state `end` and that its journal has each state once, in order, then one `done`.

    A cancel request and a failure that Nextflow goes on after add one status event each that repeats the status.
    """
    if run["status"] != end:
        yield f"the run is {run['status']}, not {end}: {run['error_message'] or 'no error message'}"
    journal = list(events)
    statuses = [event.data["status"] for event in journal if event.kind == "status"]
    states = [status for status, before in zip(statuses, [None, *statuses], strict=False) if status != before]
    if len(statuses) - len(states) > sum(map(_repeats_the_status, journal)):
        yield "the journal contains a state twice"
    if states != [*BEFORE_THE_END, end]:
        yield f"the journal's states are {', '.join(states)}; they should be {', '.join([*BEFORE_THE_END, end])}"
    if [event.kind for event in journal].count("done") != 1 or journal[-1].kind != "done":
        yield "the journal does not end with exactly one `done` event"
    ids = [event.id for event in journal]
    if len(set(ids)) != len(ids):
        yield "the stream repeated an event"


def _repeats_the_status(event: StreamEvent) -> bool:
    return _is_cancel_request(event) or (event.kind == "status" and event.data.get("failing", False))


def _is_cancel_request(event: StreamEvent) -> bool:
    return event.kind == "status" and "cancel_requested_at" in event.data and event.data["status"] in BEFORE_THE_END


def wrong_diagnosis(run: Json, events: Sequence[StreamEvent], *, cause: str, sample: str) -> Iterator[str]:
    """Check that the failed run names its cause, a task of the failing sample, and evidence."""
    found = run["diagnosis"] or {}
    if found.get("cause") != cause:
        yield f"the cause is {found.get('cause')}, not {cause}"
    if f"({sample})" not in (run["error_task"] or ""):
        yield f"the failed task is {run['error_task']}, not a task of {sample}"
    if not run["error_message"] or not found.get("evidence"):
        yield "the run has no error message or no evidence for it"
    if events[-1].data.get("diagnosis") != run["diagnosis"]:
        yield "the diagnosis in the last live event differs from the run's"


def wrong_cancel(events: Sequence[StreamEvent], jobs_left: Sequence[str]) -> Iterator[str]:
    """Check that the journal records the cancel request and the stopped jobs, and that Batch has no live job left."""
    stops = [event.data for event in events if event.data.get("action") == "jobs_stopped"]
    if len(stops) != 1:
        yield f"the journal has {len(stops)} `jobs_stopped` events, not 1"
    if not any(map(_is_cancel_request, events)):
        yield "the journal does not record the cancel request"
    if jobs_left:
        yield f"{len(jobs_left)} jobs of the run have not ended, such as {jobs_left[0]}"


def wrong_reuse(before: Sequence[Json], after: Sequence[Json]) -> Iterator[str]:
    """Check that the recovery took every finished task from the cache and ran none of them again."""
    finished = {_place(task) for task in before if task["status"] in {"COMPLETED", "CACHED"}}
    if not finished:
        yield "the first run finished no task, so nothing could be reused"
    reused = {_place(task) for task in after if task["status"] == "CACHED"}
    if finished != reused:
        yield f"the first run finished {len(finished)} tasks, but {len(reused)} were reused"
    if again := finished & {_place(task) for task in after if task["status"] != "CACHED"}:
        yield f"{len(again)} finished tasks ran again, such as {min(again)}"


def wrong_tasks(tasks: Sequence[Json], trace: bytes) -> Iterator[str]:
    """Check that the tasks are the rows of trace.txt."""
    rows = csv.DictReader(trace.decode().splitlines(), delimiter="\t")
    expected = sorted((row["workdir"], row["name"], row["status"], row["exit"]) for row in rows)
    found = sorted((_place(task), task["name"], task["status"], _exit(task)) for task in tasks)
    if not expected:
        yield "trace.txt has no rows"
    if len(found) != len(expected):
        yield f"there are {len(found)} tasks and {len(expected)} rows in trace.txt"
    if extra := set(found) - set(expected):
        yield f"{len(extra)} tasks are not in trace.txt, such as {sorted(extra)[:_SHOWN]}"
    if missing := set(expected) - set(found):
        yield f"{len(missing)} rows of trace.txt are not tasks, such as {sorted(missing)[:_SHOWN]}"


def wrong_log(entries: Sequence[Json], served: bytes, file: bytes) -> Iterator[str]:
    """Check that the API serves nextflow.log unchanged, and that each of its records is one log entry."""
    if served != file:
        yield f"the log from the API ({len(served)} bytes) is not the file in the bucket ({len(file)} bytes)"
    records = [record for record in _RECORD.split(file.decode()) if record]
    if not records:
        yield "nextflow.log has no records"
    if len(entries) != len(records):
        yield f"there are {len(entries)} log entries and {len(records)} records in nextflow.log"
    if [entry["number"] for entry in entries] != list(range(len(entries))):
        yield "the log entries are not numbered from 0 without gaps"
    differing = [entry["number"] for entry, record in zip(entries, records, strict=False) if not _same(entry, record)]
    if differing:
        yield f"{len(differing)} log entries differ from their records, such as number {differing[0]}"


def _place(task: Json) -> str:
    """The work directory of a task, which only this task has; two tasks may have the same eight hex digits."""
    return str(task["work_dir"] or task["task_id"])


def _exit(task: Json) -> str:
    return "-" if task["exit_code"] is None else str(task["exit_code"])


def _same(entry: Json, record: str) -> bool:
    message = _COLOURS.sub("", record.partition(" - ")[2].removesuffix("\n"))
    time = datetime.fromisoformat(entry["timestamp"]).isoformat(timespec="milliseconds")
    return bool(entry["message"] == message) and record[_TIME_IN_RECORD] in time
