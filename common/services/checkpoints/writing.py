"""Stores checkpoints and writes, encoded as in `encoding`; storing one again changes nothing."""

from base64 import b64encode
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, TableValuedAlias, func, literal, select
from sqlalchemy.dialects.postgresql import Insert
from sqlalchemy.dialects.postgresql import insert as upsert

from common.errors import ConflictError, Fault, ValidationError
from common.models.checkpoints import CheckpointBlobRow as Blob
from common.models.checkpoints import CheckpointNamespaceRow as Namespace
from common.models.checkpoints import CheckpointRow as Checkpoint
from common.models.checkpoints import CheckpointWriteRow as Write
from common.services.checkpoints.encoding import Typed
from common.services.postgres.json_rows import json_rows

_LONGEST_ID = 100  # characters, as in the columns of `checkpoints`
# Bytes; Postgres limits an index entry to 2,700.
_LONGEST_NAME = {"checkpoint_ns": 1000, "channel": 500, "version": 500, "task_id": 500}

Version = tuple[str, str]  # a channel and the version of its value


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCheckpoint:
    """A checkpoint to store; `versions` has the channels whose value is not in `document`."""

    thread_id: str
    checkpoint_ns: str
    checkpoint_id: str
    parent_checkpoint_id: str | None
    document: Mapping[str, Any]
    metadata: Mapping[str, Any]
    versions: Collection[Version]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewWrite:
    """A write to store. With a negative `idx` it replaces the stored write; otherwise the stored one stays."""

    task_id: str
    task_path: str
    idx: int
    channel: str
    value: Typed


def save_checkpoint(connection: Connection, new: NewCheckpoint, value_of: Callable[[str], Typed]) -> None:
    """Store a checkpoint, and those of its values that are not stored yet; `value_of` returns a channel's value.

    The caller holds the shared lock of the conversation. Raises ValidationError for a name that is too long, and
    ConflictError when another graph of the conversation has a checkpoint with this id.
    """
    _check_lengths(
        ("thread_id", new.thread_id),
        ("checkpoint_id", new.checkpoint_id),
        ("parent_checkpoint_id", new.parent_checkpoint_id or ""),
        ("checkpoint_ns", new.checkpoint_ns),
        *(("channel", channel) for channel, _ in new.versions),
        *(("version", version) for _, version in new.versions),
    )
    _save_values(connection, new, value_of)
    row = upsert(Checkpoint).values(
        {
            Checkpoint.thread_id: new.thread_id,
            Checkpoint.checkpoint_id: new.checkpoint_id,
            Checkpoint.parent_checkpoint_id: new.parent_checkpoint_id,
            Checkpoint.checkpoint: new.document,
            Checkpoint.checkpoint_metadata: new.metadata,
        }
    )
    key = [Checkpoint.thread_id, Checkpoint.checkpoint_id]
    changed = {name: row.excluded[name] for name in ("parent_checkpoint_id", "checkpoint", "metadata")}
    connection.execute(row.on_conflict_do_update(index_elements=key, set_=changed))
    _save_namespace(connection, new)


def save_writes(connection: Connection, thread_id: str, checkpoint_id: str, writes: Sequence[NewWrite]) -> None:
    """Store what a task wrote. Raises ValidationError for a name that is too long."""
    _check_lengths(
        ("thread_id", thread_id),
        ("checkpoint_id", checkpoint_id),
        *(("channel", write.channel) for write in writes),
        *(("task_id", write.task_id) for write in writes),
    )
    for replace, chosen in (
        (False, [write for write in writes if write.idx >= 0]),
        (True, [write for write in writes if write.idx < 0]),
    ):
        if chosen:
            connection.execute(_insert_writes(thread_id, checkpoint_id, chosen, replace=replace))


def _insert_writes(thread_id: str, checkpoint_id: str, writes: Sequence[NewWrite], *, replace: bool) -> Insert:
    """`replace` says whether a stored write with the same key is replaced or stays."""
    columns = {"task_id": str, "task_path": str, "idx": int, "channel": str, "type": str, "blob": str}
    rows = json_rows(
        columns,
        (
            (
                write.task_id,
                write.task_path,
                write.idx,
                write.channel,
                write.value[0],
                b64encode(write.value[1]).decode(),
            )
            for write in writes
        ),
    )
    statement = upsert(Write).from_select(
        ["thread_id", "checkpoint_id", *columns],
        select(literal(thread_id), literal(checkpoint_id), *_decode_blob(rows)),
    )
    if not replace:
        return statement.on_conflict_do_nothing()
    key = ["thread_id", "checkpoint_id", "task_id", "idx"]
    changed = {name: statement.excluded[name] for name in ("task_path", "channel", "type", "blob")}
    return statement.on_conflict_do_update(index_elements=key, set_=changed)


def _save_values(connection: Connection, new: NewCheckpoint, value_of: Callable[[str], Typed]) -> None:
    """Store missing values. Those of earlier checkpoints may have been deleted since, so the database is asked."""
    stored = _stored_versions(connection, new) if new.versions else set[Version]()
    missing = [version for version in new.versions if version not in stored]
    if not missing:
        return
    values = ((channel, version, *value_of(channel)) for channel, version in missing)
    columns = {"channel": str, "version": str, "type": str, "blob": str}
    rows = json_rows(
        columns, ((channel, version, kind, b64encode(blob).decode()) for channel, version, kind, blob in values)
    )
    statement = upsert(Blob).from_select(
        ["thread_id", "checkpoint_ns", *columns],
        select(literal(new.thread_id), literal(new.checkpoint_ns), *_decode_blob(rows)),
    )
    connection.execute(statement.on_conflict_do_nothing())


def _stored_versions(connection: Connection, new: NewCheckpoint) -> set[Version]:
    needed = json_rows({"channel": str, "version": str}, new.versions)
    found = (
        select(Blob.channel, Blob.version)
        .join(needed, (Blob.channel == needed.c.channel) & (Blob.version == needed.c.version))
        .where(Blob.thread_id == new.thread_id, Blob.checkpoint_ns == new.checkpoint_ns)
    )
    return {(row.channel, row.version) for row in connection.execute(found)}


def _save_namespace(connection: Connection, new: NewCheckpoint) -> None:
    row = upsert(Namespace).values(
        thread_id=new.thread_id, checkpoint_id=new.checkpoint_id, checkpoint_ns=new.checkpoint_ns
    )
    key = [Namespace.thread_id, Namespace.checkpoint_id]
    kept = row.on_conflict_do_update(index_elements=key, set_={"checkpoint_ns": Namespace.checkpoint_ns})
    found = connection.execute(kept.returning(Namespace.checkpoint_ns)).scalar_one()
    if found != new.checkpoint_ns:
        raise ConflictError(
            f"checkpoint {new.checkpoint_id} belongs to the graph {found!r}, so {new.checkpoint_ns!r} cannot save it"
        )


def copy_thread_rows(connection: Connection, source: str, target: str) -> None:
    """Copy all rows of the conversation `source` to `target`; rows that `target` has already stay as they are.

    Raises ValidationError when the id `target` is too long.
    """
    _check_lengths(("thread_id", target))
    for table in (Blob, Checkpoint, Namespace, Write):
        columns = [column for column in table.__table__.columns if column.name not in {"thread_id", "created_at"}]
        rows = select(literal(target), *columns).where(table.thread_id == source)
        names = ["thread_id", *(column.name for column in columns)]
        connection.execute(upsert(table).from_select(names, rows).on_conflict_do_nothing())


def _check_lengths(*names: tuple[str, str]) -> None:
    faults = [Fault(field=field, message=fault) for field, name in names if (fault := _length_fault(field, name))]
    if faults:
        raise ValidationError(faults)


def _length_fault(field: str, name: str) -> str | None:
    if field not in _LONGEST_NAME:
        return f"has {len(name)} characters; at most {_LONGEST_ID} are allowed" if len(name) > _LONGEST_ID else None
    size, longest = len(name.encode()), _LONGEST_NAME[field]
    return f"has {size} bytes; at most {longest} are allowed" if size > longest else None


def _decode_blob(rows: TableValuedAlias) -> list[ColumnElement[Any]]:
    *others, blob = rows.c
    return [*others, func.decode(blob, "base64")]
