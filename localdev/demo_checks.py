"""What must be true of the demo's run, found out independently of the code that made it so.

Each check yields one clear sentence for each thing that is wrong.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from localdev.demo_client import Json, StreamedEvent

STATES = ["pending", "submitted", "running", "completed"]
_RECORD = re.compile(r"^(?=\w{3}-\d\d \d\d:\d\d:\d\d\.\d{3} \[)", re.MULTILINE)
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")  # of the banner that nf-core pipelines greet with
_TIME_IN_RECORD = slice(7, 19)  # 22:36:34.258 of "Nov-29 22:36:34.258 [main] …"
_SHOWN = 3


def wrong_states(run: Json, events: Iterable[StreamedEvent]) -> Iterator[str]:
    """The run ended well, and its journal holds each state once, in order, and one end."""
    if run["status"] != "completed":
        yield f"the run is {run['status']}, not completed: {run['error_message'] or 'no error message'}"
    told = list(events)
    states = [event.data["status"] for event in told if event.kind == "status"]
    if states != STATES:
        yield f"the journal's states are {', '.join(states)}; they should be {', '.join(STATES)}"
    if [event.kind for event in told].count("done") != 1 or told[-1].kind != "done":
        yield "the journal does not end with exactly one done"
    ids = [event.id for event in told]
    if len(set(ids)) != len(ids):
        yield "the stream repeated an event"


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
