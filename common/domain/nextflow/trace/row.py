"""One row of trace.txt, which describes a task attempt that ended or was reused."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import partial
from typing import TypeVar

from common.domain.nextflow import units
from common.domain.nextflow.trace.layout import HASH, STATUSES, UnreadableRow
from common.domain.tasks.name import hash_of_work_dir, split_task_name

_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceRow:
    """A task attempt; a value is None if its cell is `-` or the trace has no such column.

    Durations in ms, memory in bytes, percentages of one core or of the machine's memory, times in UTC. A CACHED row
    repeats the times and native id of the run that did the work. `status` is one of NEW, SUBMITTED, RUNNING, COMPLETED,
    FAILED, ABORTED, CACHED. Without a column for it, `hash` is derived from the work directory. `unread` lists the
    columns whose cells do not have the expected format.
    """

    name: str
    process: str
    tag: str | None
    task_id: int | None
    hash: str | None
    native_id: str | None
    status: str | None
    exit_code: int | None
    submit: datetime | None
    start: datetime | None
    complete: datetime | None
    duration_ms: int | None
    realtime_ms: int | None
    cpu_percent: float | None
    memory_percent: float | None
    rss: int | None
    vmem: int | None
    peak_rss: int | None
    peak_vmem: int | None
    rchar: int | None
    wchar: int | None
    read_bytes: int | None
    write_bytes: int | None
    attempt: int | None
    cpus: int | None
    memory: int | None
    disk: int | None
    time_ms: int | None
    work_dir: str | None
    container: str | None
    error_action: str | None
    unread: tuple[str, ...] = ()


class _Cells:
    """The cells of one line; `unread` collects the columns whose text does not have the expected format."""

    def __init__(self, cells: Mapping[str, str]) -> None:
        self._cells = cells
        self.unread: list[str] = []

    def has(self, column: str) -> bool:
        return column in self._cells

    def text(self, column: str) -> str | None:
        text = self._cells.get(column, "-").strip(" ")
        return None if text in ("-", "") else text

    def value(self, column: str, read: Callable[[str], _Value | None]) -> _Value | None:
        text = self.text(column)
        if text is None:
            return None
        try:
            return read(text)
        except ValueError:
            self.unread.append(column)
            return None


def row_of(line: Mapping[str, str], zone: tzinfo) -> TraceRow:
    """The row in the cells `line`, whose times are local to `zone`. Raises UnreadableRow if it identifies no task."""
    cells = _Cells(line)
    task_id, task_hash = _key_of(cells)
    name, process, tag = _names_of(cells)
    if not (name or task_hash or task_id):
        raise UnreadableRow("no task_id, no hash and no name")
    whole, memory = units.whole_number, units.memory_bytes
    moment = partial(_moment_reached, zone=zone)
    return TraceRow(
        name=name,
        process=process,
        tag=tag,
        task_id=task_id,
        hash=task_hash,
        native_id=cells.text("native_id"),
        status=_status_of(cells),
        exit_code=cells.value("exit", whole),
        submit=cells.value("submit", moment),
        start=cells.value("start", moment),
        complete=cells.value("complete", moment),
        duration_ms=cells.value("duration", units.duration_ms),
        realtime_ms=cells.value("realtime", units.duration_ms),
        cpu_percent=cells.value("%cpu", units.percent),
        memory_percent=cells.value("%mem", units.percent),
        rss=cells.value("rss", memory),
        vmem=cells.value("vmem", memory),
        peak_rss=cells.value("peak_rss", memory),
        peak_vmem=cells.value("peak_vmem", memory),
        rchar=cells.value("rchar", memory),
        wchar=cells.value("wchar", memory),
        read_bytes=cells.value("read_bytes", memory),
        write_bytes=cells.value("write_bytes", memory),
        attempt=cells.value("attempt", whole),
        cpus=cells.value("cpus", whole),
        memory=cells.value("memory", memory),
        disk=cells.value("disk", memory),
        time_ms=cells.value("time", units.duration_ms),
        work_dir=cells.text("workdir"),
        container=cells.text("container"),
        error_action=cells.text("error_action"),
        unread=tuple(cells.unread),
    )


def _moment_reached(text: str, zone: tzinfo) -> datetime | None:
    """The time in a cell; None for a raw 0, with which Nextflow says that a task was never submitted or never ran."""
    return None if text == "0" else units.moment(text, zone)


def _key_of(cells: _Cells) -> tuple[int | None, str | None]:
    """The task's number and hash. Raises UnreadableRow if one has another format: the cells are shifted."""
    task_id = cells.value("task_id", units.whole_number)
    if cells.unread:
        raise UnreadableRow(f"task_id is not a number: {cells.text('task_id')!r}")
    task_hash = cells.text("hash")
    if task_hash is None:
        work_dir = cells.text("workdir")
        return task_id, hash_of_work_dir(work_dir) if work_dir else None
    if not HASH.fullmatch(task_hash):
        raise UnreadableRow(f"not a task's hash: {task_hash!r}")
    return task_id, task_hash


def _names_of(cells: _Cells) -> tuple[str, str, str | None]:
    """Name, process and tag. Without their columns, process and tag come from the name, and the name from them."""
    process, tag = cells.text("process"), cells.text("tag")
    name = cells.text("name") or (f"{process} ({tag})" if process and tag else process or "")
    in_name = split_task_name(name)
    # with a column for tags, `PROCESS (1)` can be a task without a tag and a running number
    return name, process or in_name[0], tag if cells.has("tag") else in_name[1]


def _status_of(cells: _Cells) -> str | None:
    status = cells.text("status")
    if status is not None and status not in STATUSES:
        raise UnreadableRow(f"unknown status: {status!r}")
    return status
