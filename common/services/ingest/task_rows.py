"""Reads and writes rows of `tasks`. The statements are built once, as building one takes longer than sending it."""

from collections.abc import Collection, Sequence
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, String, any_, bindparam, false, func, select, union_all
from sqlalchemy.dialects.postgresql import insert as upsert

from common.domain.tasks.task import Task, TaskStatus
from common.models.tasks import TaskRow, has_more_digits, short_hash_of
from common.services.postgres.copy_rows import copy_rows
from common.services.postgres.json_rows import json_table, written_rows

KEY: ColumnElement[Any] = TaskRow.__table__.c.hash

_COLUMNS = {name: TaskRow.__table__.columns[name].type for name in Task._fields}
_FEW = 100


def is_among(column: ColumnElement[Any], lines: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether a column has one of the hashes in `lines`.

    They are sent as one text: a statement takes at most 65,535 values, and the driver encodes arrays slowly.
    """
    return column == any_(func.string_to_array(lines, "\n"))


def task_from(row: Any) -> Task:  # noqa: ANN401 a row has the attributes of its columns
    """The task in a row of `tasks`."""
    values = {name: getattr(row, name) for name in Task._fields}
    return Task(**values | {"status": TaskStatus(row.status)})


def known_tasks(connection: Connection, run_id: str, hashes: Collection[str]) -> list[Task]:
    """The tasks of a run with these short hashes."""
    if not hashes:
        return []
    return [task_from(row) for row in connection.execute(_known(), {"of_run": run_id, "hashes": "\n".join(hashes)})]


def write_tasks(connection: Connection, run_id: str, *, added: Sequence[Task], changed: Sequence[Task]) -> None:
    """Add tasks to a run, and replace those with the same keys as `changed`."""
    if len(added) > _FEW:  # COPY is half as fast again, but takes one more round trip
        rows = ((run_id, *task, True if task.status == TaskStatus.FAILED else None) for task in added)
        copy_rows(connection, "tasks", ("run_id", *_COLUMNS, "is_failed"), rows)
        added = ()
    if tasks := [*added, *changed]:
        connection.execute(_write(), {"of_run": run_id, "rows": written_rows(_COLUMNS, tasks)})


@cache
def _known() -> Any:  # noqa: ANN401 a SELECT of all columns
    of_run, hashes = TaskRow.run_id == bindparam("of_run", type_=String), bindparam("hashes", type_=String)
    every = select(TaskRow.__table__).where(of_run)
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
