"""Reads and writes rows of `tasks`. The statements are built once, as building one takes longer than sending it."""

from collections.abc import Collection, Mapping, Sequence
from functools import cache
from operator import attrgetter
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, String, any_, bindparam, false, func, select, union_all
from sqlalchemy.dialects.postgresql import insert as upsert

from common.domain.tasks.task import Task, TaskRequest, TaskStatus
from common.models.tasks import TaskRequestRow, TaskRow, has_more_digits, short_hash_of
from common.services.ingest.task_requests import request_from, request_ids
from common.services.postgres.copy_rows import copy_rows
from common.services.postgres.json_rows import json_table, written_rows

KEY: ColumnElement[Any] = TaskRow.__table__.c.hash

_VALUES = Task._fields[:-1]  # the last field, its request, has a table of its own
_values_of = attrgetter(*_VALUES)
_COLUMNS = {name: TaskRow.__table__.columns[name].type for name in (*_VALUES, "request_id")}
_FEW = 100


def is_among(column: ColumnElement[Any], lines: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether a column has one of the hashes in `lines`.

    They are sent as one text: a statement takes at most 65,535 values, and the driver encodes arrays slowly.
    """
    return column == any_(func.string_to_array(lines, "\n"))


def task_from(row: Any) -> Task:  # noqa: ANN401 a row has the attributes of its columns
    """The task in a row of `stored_tasks`."""
    key, name, process, status, *others = _values_of(row)
    request = request_from(row.request) if row.request else None
    return Task._make((key, name, process, TaskStatus(status), *others, request))


@cache
def stored_tasks() -> Select[Any]:
    """All columns of `tasks`, with the `request` of each task."""
    is_its = TaskRequestRow.id == TaskRow.request_id
    return select(TaskRow.__table__, TaskRequestRow.request).outerjoin_from(TaskRow, TaskRequestRow, is_its)


def known_tasks(connection: Connection, run_id: str, hashes: Collection[str]) -> list[Task]:
    """The tasks of a run with these short hashes."""
    if not hashes:
        return []
    return [task_from(row) for row in connection.execute(_known(), {"of_run": run_id, "hashes": "\n".join(hashes)})]


def write_tasks(connection: Connection, run_id: str, *, added: Sequence[Task], changed: Sequence[Task]) -> None:
    """Add tasks to a run, and replace those with the same keys as `changed`."""
    requests = {task.request for task in (*added, *changed) if task.request}
    ids = request_ids(connection, requests) if requests else {}
    if len(added) > _FEW:  # COPY is half as fast again, but takes one more round trip
        rows = ((run_id, *_stored(task, ids), True if task.status == TaskStatus.FAILED else None) for task in added)
        copy_rows(connection, "tasks", ("run_id", *_COLUMNS, "is_failed"), rows)
        added = ()
    if tasks := [_stored(task, ids) for task in (*added, *changed)]:
        connection.execute(_write(), {"of_run": run_id, "rows": written_rows(_COLUMNS, tasks)})


def _stored(task: Task, ids: Mapping[TaskRequest, int]) -> Sequence[Any]:
    """The values of _COLUMNS."""
    return task if task.request is None else (*task[:-1], ids[task.request])


@cache
def _known() -> Any:  # noqa: ANN401 a SELECT of all columns
    of_run, hashes = TaskRow.run_id == bindparam("of_run", type_=String), bindparam("hashes", type_=String)
    every = stored_tasks().where(of_run)
    return union_all(
        every.where(is_among(KEY, hashes)), every.where(has_more_digits(KEY), is_among(short_hash_of(KEY), hashes))
    )


@cache
def _write() -> Any:  # noqa: ANN401 an INSERT
    rows = json_table(_COLUMNS, bindparam("rows", type_=String))
    of_run = bindparam("of_run", type_=String)
    is_failed = func.nullif(rows.c.status == TaskStatus.FAILED.value, false())
    columns = (*_COLUMNS, "is_failed")
    added = upsert(TaskRow).from_select(["run_id", *columns], select(of_run, *rows.c, is_failed))
    replaced = {name: added.excluded[name] for name in columns if name != "hash"}
    return added.on_conflict_do_update(index_elements=[TaskRow.run_id, TaskRow.hash], set_=replaced)
