"""What must be true of the demo's run, found out independently of the code that made it so.

Each check yields one clear sentence for each thing that is wrong.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from localdev.demo.client import Json, StreamedEvent

BEFORE_THE_END = ("pending", "submitted", "running")
_RECORD = re.compile(r"^(?=\w{3}-\d\d \d\d:\d\d:\d\d\.\d{3} \[)", re.MULTILINE)
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")  # of the banner that nf-core pipelines greet with
_TIME_IN_RECORD = slice(7, 19)  # 22:36:34.258 of "Nov-29 22:36:34.258 [main] …"
_SHOWN = 3


def wrong_states(run: Json, events: Iterable[StreamedEvent], end: str = "completed") -> Iterator[str]:
    """The run ended as it should, and its journal holds each state once, in order, and one end.

    A cancel that was asked for shows as a status that did not change.
    """
    if run["status"] != end:
        yield f"the run is {run['status']}, not {end}: {run['error_message'] or 'no error message'}"
    told = list(events)
    statuses = [event.data["status"] for event in told if event.kind == "status"]
    states = [status for status, before in zip(statuses, [None, *statuses], strict=False) if status != before]
    if len(statuses) - len(states) > sum(map(_is_wish, told)):
        yield "a state is in the journal twice"
    if states != [*BEFORE_THE_END, end]:
        yield f"the journal's states are {', '.join(states)}; they should be {', '.join([*BEFORE_THE_END, end])}"
    if [event.kind for event in told].count("done") != 1 or told[-1].kind != "done":
        yield "the journal does not end with exactly one done"
    ids = [event.id for event in told]
    if len(set(ids)) != len(ids):
        yield "the stream repeated an event"


def _is_wish(event: StreamedEvent) -> bool:
    return event.kind == "status" and "cancel_requested_at" in event.data and event.data["status"] in BEFORE_THE_END


def wrong_diagnosis(run: Json, events: Sequence[StreamedEvent], *, cause: str, sample: str) -> Iterator[str]:
    """The failed run names its cause, the task of the sample that failed, and lines that prove it."""
    found = run["diagnosis"] or {}
    if found.get("cause") != cause:
        yield f"the cause is {found.get('cause')}, not {cause}"
    if f"({sample})" not in (run["error_task"] or ""):
        yield f"the task that failed is {run['error_task']}, and not one of {sample}"
    if not run["error_message"] or not found.get("evidence"):
        yield "the run does not say why it failed, or without evidence"
    if events[-1].data.get("diagnosis") != run["diagnosis"]:
        yield "the last live event has another diagnosis than the run"


def wrong_cancel(events: Sequence[StreamedEvent], jobs_left: Sequence[str]) -> Iterator[str]:
    """The journal proves what was stopped, and nothing of the run is left in Batch."""
    proofs = [event.data for event in events if event.data.get("action") == "jobs_stopped"]
    if len(proofs) != 1:
        yield f"the journal holds {len(proofs)} proofs of what was stopped"
    if not any(map(_is_wish, events)):
        yield "the journal does not say that the cancel was asked for"
    if jobs_left:
        yield f"{len(jobs_left)} jobs of the run go on, such as {jobs_left[0]}"


def wrong_reuse(before: Sequence[Json], after: Sequence[Json]) -> Iterator[str]:
    """What had finished was taken from the cache, and nothing of it ran again; there was something to reuse."""
    finished = {task["task_id"] for task in before if task["status"] in {"COMPLETED", "CACHED"}}
    if not finished:
        yield "nothing had finished that could be reused"
    reused = {task["task_id"] for task in after if task["status"] == "CACHED"}
    if finished != reused:
        yield f"{len(finished)} tasks had finished and {len(reused)} were reused"
    if again := finished & {task["task_id"] for task in after if task["status"] != "CACHED"}:
        yield f"{len(again)} tasks that had finished ran again, such as {min(again)}"


def wrong_tasks(tasks: Sequence[Json], trace: bytes) -> Iterator[str]:
    """The tasks are the rows of the trace file."""
    rows = csv.DictReader(trace.decode().splitlines(), delimiter="\t")
    expected = sorted((row["hash"].replace("/", "-"), row["name"], row["status"], row["exit"]) for row in rows)
    found = sorted((task["task_id"], task["name"], task["status"], _exit(task)) for task in tasks)
    if not expected:
        yield "trace.txt has no rows"
    if len(found) != len(expected):
        yield f"there are {len(found)} tasks and {len(expected)} rows in trace.txt"
    for what, some in (
        ("tasks are", set(found) - set(expected)),
        ("rows of trace.txt are", set(expected) - set(found)),
    ):
        if some:
            other = "in trace.txt" if what == "tasks are" else "tasks"
            yield f"{len(some)} {what} not {other}, such as {sorted(some)[:_SHOWN]}"


def wrong_log(entries: Sequence[Json], served: bytes, file: bytes) -> Iterator[str]:
    """The log that is served is the file in the bucket, and each of its records is one entry."""
    if served != file:
        yield f"the log that is served ({len(served)} bytes) is not the one in the bucket ({len(file)} bytes)"
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


def _exit(task: Json) -> str:
    return "-" if task["exit_code"] is None else str(task["exit_code"])


def _same(entry: Json, record: str) -> bool:
    message = _COLOURS.sub("", record.partition(" - ")[2].removesuffix("\n"))
    time = datetime.fromisoformat(entry["timestamp"]).isoformat(timespec="milliseconds")
    return bool(entry["message"] == message) and record[_TIME_IN_RECORD] in time
