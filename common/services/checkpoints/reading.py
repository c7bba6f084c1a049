"""Reads checkpoints with their values and pending writes, each page in one statement."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Connection,
    Integer,
    LargeBinary,
    Row,
    Select,
    String,
    cast,
    func,
    literal,
    null,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import JSONB

from common.models.checkpoints import CheckpointBlobRow as Blob
from common.models.checkpoints import CheckpointNamespaceRow as Namespace
from common.models.checkpoints import CheckpointRow as Checkpoint
from common.models.checkpoints import CheckpointWriteRow as Write
from common.services.checkpoints.encoding import Typed


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredWrite:
    """A pending write; `value` is what the serializer wrote."""

    task_id: str
    task_path: str
    idx: int
    channel: str
    value: Typed


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCheckpoint:
    """A checkpoint as stored: texts are escaped and JSON is encoded as in `encoding`.

    `values` has the channels whose value is not in `document`; `writes` are in no particular order.
    """

    thread_id: str
    checkpoint_ns: str
    checkpoint_id: str
    parent_checkpoint_id: str | None
    document: Mapping[str, Any]
    metadata: Mapping[str, Any]
    values: Mapping[str, Typed]
    writes: Sequence[StoredWrite]


def read_checkpoints(
    connection: Connection, conditions: Sequence[ColumnElement[bool]], *, limit: int
) -> Sequence[StoredCheckpoint]:
    """The newest `limit` checkpoints that meet the conditions on `Checkpoint` and `Namespace`, newest first.

    It is one statement, so that no value can be deleted after its checkpoint was read.
    """
    chosen = (
        select(Checkpoint.__table__, Namespace.checkpoint_ns)
        .join(
            Namespace,
            (Namespace.thread_id == Checkpoint.thread_id) & (Namespace.checkpoint_id == Checkpoint.checkpoint_id),
        )
        .where(*conditions)
        .order_by(Checkpoint.checkpoint_id.desc(), Checkpoint.thread_id.desc())
        .limit(limit)
        .cte("chosen")
    )
    rows = connection.execute(union_all(_checkpoints(chosen), _values(chosen), _writes(chosen))).all()
    parts: defaultdict[str, list[Row[Any]]] = defaultdict(list)
    for row in rows:
        parts[row.part].append(row)
    newest_first = sorted(parts["checkpoint"], key=lambda row: (row.checkpoint_id, row.thread_id), reverse=True)
    return list(_assembled(newest_first, parts["value"], parts["write"]))


def has_metadata(filter_values: Mapping[str, Any]) -> Iterator[ColumnElement[bool]]:
    """Conditions: each metadata key has exactly this value; None also matches a missing key."""
    json_null = cast(literal("null", String), JSONB)
    for key, value in filter_values.items():
        stored = func.coalesce(Checkpoint.checkpoint_metadata[key], json_null)
        yield stored == cast(literal(json.dumps(value), String), JSONB)


def _checkpoints(chosen: CTE) -> Select[*tuple[Any, ...]]:
    return select(
        literal("checkpoint", String).label("part"),
        chosen.c.thread_id,
        chosen.c.checkpoint_ns,
        chosen.c.checkpoint_id,
        chosen.c.parent_checkpoint_id.label("name"),
        cast(null(), String).label("version"),
        cast(null(), String).label("task_id"),
        cast(null(), String).label("task_path"),
        cast(null(), Integer).label("idx"),
        cast(null(), String).label("type"),
        cast(null(), LargeBinary).label("blob"),
        chosen.c.checkpoint.label("document"),
        chosen.c.metadata.label("metadata"),
    )


def _values(chosen: CTE) -> Select[*tuple[Any, ...]]:
    """Each value once, even if several chosen checkpoints share it."""
    versions = func.jsonb_each_text(chosen.c.checkpoint["channel_versions"]).table_valued("key", "value")
    needed = (
        select(chosen.c.thread_id, chosen.c.checkpoint_ns, versions.c.key, versions.c.value)
        .select_from(chosen.join(versions, literal(value=True)))
        .distinct()
        .subquery("needed")
    )
    return select(
        literal("value", String),
        Blob.thread_id,
        Blob.checkpoint_ns,
        null(),
        Blob.channel,
        Blob.version,
        null(),
        null(),
        null(),
        Blob.type,
        Blob.blob,
        null(),
        null(),
    ).join(
        needed,
        (Blob.thread_id == needed.c.thread_id)
        & (Blob.checkpoint_ns == needed.c.checkpoint_ns)
        & (Blob.channel == needed.c.key)
        & (Blob.version == needed.c.value),
    )


def _writes(chosen: CTE) -> Select[*tuple[Any, ...]]:
    return select(
        literal("write", String),
        Write.thread_id,
        null(),
        Write.checkpoint_id,
        Write.channel,
        null(),
        Write.task_id,
        Write.task_path,
        Write.idx,
        Write.type,
        Write.blob,
        null(),
        null(),
    ).join(chosen, (Write.thread_id == chosen.c.thread_id) & (Write.checkpoint_id == chosen.c.checkpoint_id))


def _assembled(
    checkpoints: Sequence[Row[Any]], values: Sequence[Row[Any]], writes: Sequence[Row[Any]]
) -> Iterator[StoredCheckpoint]:
    values_by_version = {(row.thread_id, row.checkpoint_ns, row.name, row.version): row for row in values}
    writes_by_id: defaultdict[tuple[str, str], list[StoredWrite]] = defaultdict(list)
    for row in writes:
        write = StoredWrite(
            task_id=row.task_id,
            task_path=row.task_path,
            idx=row.idx,
            channel=row.name,
            value=(row.type, row.blob),
        )
        writes_by_id[row.thread_id, row.checkpoint_id].append(write)
    for row in checkpoints:
        versions = row.document.get("channel_versions", {})
        keys = {name: (row.thread_id, row.checkpoint_ns, name, str(version)) for name, version in versions.items()}
        found = {name: values_by_version[key] for name, key in keys.items() if key in values_by_version}
        yield StoredCheckpoint(
            thread_id=row.thread_id,
            checkpoint_ns=row.checkpoint_ns,
            checkpoint_id=row.checkpoint_id,
            parent_checkpoint_id=row.name,
            document=row.document,
            metadata=row.metadata or {},
            values={name: (value.type, value.blob) for name, value in found.items()},
            writes=writes_by_id[row.thread_id, row.checkpoint_id],
        )
