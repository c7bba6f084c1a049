"""CheckpointStore: LangGraph's conversations in Postgres, so that any process can continue them.

It implements `BaseCheckpointSaver` of langgraph-checkpoint 4; where that is unspecific, it behaves like InMemorySaver.
LangGraph is an optional dependency: only code that runs a graph imports this module.
"""

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Self, cast

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import (
    WRITES_IDX_MAP,
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
    get_serializable_checkpoint_metadata,
    writes_sort_key,
)
from langgraph.checkpoint.serde.base import SerializerProtocol
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from sqlalchemy import ColumnElement, Engine, select, tuple_

from common.errors import ConflictError, Fault, ValidationError
from common.models.checkpoints import CheckpointNamespaceRow, CheckpointRow
from common.services.checkpoints.deletion import delete_checkpoints, delete_threads, has_newer, needs_ancestors
from common.services.checkpoints.encoding import escape, from_json, is_scalar, to_json, unescape
from common.services.checkpoints.locks import lock_exclusive, lock_shared
from common.services.checkpoints.reading import (
    StoredCheckpoint,
    StoredWrite,
    has_metadata,
    read_checkpoints,
)
from common.services.checkpoints.threaded_saver import ThreadedSaver
from common.services.checkpoints.writing import (
    NewCheckpoint,
    NewWrite,
    copy_thread_rows,
    save_checkpoint,
    save_writes,
)
from common.services.postgres.engine import read

_PAGE = 50  # checkpoints per statement of a list
_LONGEST_INLINE_TEXT = 500  # characters; a longer text is stored once instead of in each checkpoint that has it


@dataclass(frozen=True, slots=True, kw_only=True)
class _ConfigKey:
    """The escaped ids in a config; without `checkpoint_id` it means the newest checkpoint."""

    thread_id: str
    checkpoint_ns: str | None
    checkpoint_id: str | None

    @classmethod
    def of(cls, config: RunnableConfig) -> Self:
        ids = config["configurable"]
        namespace, checkpoint_id = ids.get("checkpoint_ns"), ids.get("checkpoint_id")
        return cls(
            thread_id=escape(str(ids["thread_id"])),
            checkpoint_ns=None if namespace is None else escape(namespace),
            checkpoint_id=escape(checkpoint_id) if checkpoint_id else None,
        )


class CheckpointStore(ThreadedSaver):
    """Stores checkpoints, channel values and pending writes; each call that writes is one transaction.

    Numbers, booleans and short texts are JSON in the table `checkpoints`; other values are written by `serde`, by
    default the library's JsonPlusSerializer, without pickle. docs/checkpoints.md shows its use. Every method raises
    UnavailableError while the database cannot be reached.
    """

    def __init__(self, engine: Engine, *, serde: SerializerProtocol | None = None) -> None:
        super().__init__(serde=serde or JsonPlusSerializer())
        self._engine = engine

    def get_next_version(self, current: str | int | None, channel: None) -> str:  # noqa: ARG002 the library's
        """The version after `current`; a random part keeps it different from those of other branches."""
        number = 0 if current is None else int(str(current).partition(".")[0])
        return f"{number + 1:032}.{secrets.token_hex(8)}"

    def get_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """The checkpoint that `config` names, or the newest of its graph; None if there is none. One statement."""
        key = _ConfigKey.of(config)
        conditions = [
            CheckpointNamespaceRow.thread_id == key.thread_id,
            CheckpointNamespaceRow.checkpoint_ns == (key.checkpoint_ns or ""),
        ]
        if key.checkpoint_id:
            conditions.append(CheckpointNamespaceRow.checkpoint_id == key.checkpoint_id)
        found = read(self._engine, lambda connection: read_checkpoints(connection, conditions, limit=1))
        return self._as_tuple(found[0]) if found else None

    def list(
        self,
        config: RunnableConfig | None,
        *,
        filter: dict[str, Any] | None = None,  # noqa: A002 the library's name
        before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> Iterator[CheckpointTuple]:
        """Checkpoints, newest first, read lazily: one statement per 50.

        `config` selects a conversation (None: all) and, with `checkpoint_ns`, one of its graphs. `filter` has values
        that the metadata must have; `before` is a checkpoint that the result must be older than.
        """
        conditions = list(self._conditions(config, filter, before))
        after: list[ColumnElement[bool]] = []
        left = limit
        while left is None or left > 0:
            size = _PAGE if left is None else min(left, _PAGE)
            page = read(self._engine, partial(read_checkpoints, conditions=[*conditions, *after], limit=size))
            yield from map(self._as_tuple, page)
            if len(page) < size:
                return
            last, sort_key = page[-1], tuple_(CheckpointRow.checkpoint_id, CheckpointRow.thread_id)
            after = [sort_key < (last.checkpoint_id, last.thread_id)]
            left = None if left is None else left - size

    def put(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,  # noqa: ARG002 the database knows which are new, even after pruning
    ) -> RunnableConfig:
        """Store a checkpoint as the child of the one that `config` names, and return its own config.

        Raises ValidationError when an id or a name is too long, ConflictError when another graph of the conversation
        has a checkpoint with this id, and whatever the serializer raises for a value that it cannot write.
        """
        key, values = _ConfigKey.of(config), checkpoint["channel_values"]
        inline = {name: value for name, value in values.items() if _is_inline(value)}
        versions = {
            escape(name): escape(str(version))
            for name, version in checkpoint["channel_versions"].items()
            if name in values and name not in inline
        }
        new = NewCheckpoint(
            thread_id=key.thread_id,
            checkpoint_ns=key.checkpoint_ns or "",
            checkpoint_id=escape(checkpoint["id"]),
            parent_checkpoint_id=key.checkpoint_id,
            document=self._as_json({**checkpoint, "channel_values": inline}),
            metadata=self._as_json(_whole_metadata(config, metadata)),
            versions=versions.items(),
        )
        with self._engine.begin() as connection:
            lock_shared(connection, [new.thread_id])
            save_checkpoint(connection, new, lambda name: self.serde.dumps_typed(values[unescape(name)]))
        return _config(new.thread_id, new.checkpoint_ns, new.checkpoint_id)

    def put_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        """Store what a task wrote after the checkpoint that `config` names; repeating it changes nothing.

        An error, an interrupt or a resumption, of which a task has at most one, replaces the stored one. Raises
        ValidationError when an id or a name is too long.
        """
        key = _ConfigKey.of(config)
        by_index = {
            WRITES_IDX_MAP.get(channel, index): (channel, value) for index, (channel, value) in enumerate(writes)
        }
        rows = [
            NewWrite(
                task_id=escape(task_id),
                task_path=escape(task_path),
                idx=index,
                channel=escape(channel),
                value=self.serde.dumps_typed(value),
            )
            for index, (channel, value) in by_index.items()
        ]
        with self._engine.begin() as connection:
            save_writes(connection, key.thread_id, key.checkpoint_id or "", rows)

    def delete_thread(self, thread_id: str) -> None:
        """Delete a conversation completely."""
        self.prune([thread_id], strategy="delete")

    def delete_for_runs(self, run_ids: Sequence[str]) -> None:
        """Delete the checkpoints that these runs of a graph made, in all conversations; this scans the whole table.

        A DeltaChannel that builds its value from one of them is incomplete afterwards.
        """
        made_by_runs = CheckpointRow.checkpoint_metadata["run_id"].astext.in_([escape(str(run)) for run in run_ids])
        with self._engine.begin() as connection:
            threads = connection.scalars(select(CheckpointRow.thread_id).where(made_by_runs).distinct()).all()
            lock_exclusive(connection, threads)
            delete_checkpoints(connection, threads, made_by_runs)

    def copy_thread(self, source_thread_id: str, target_thread_id: str) -> None:
        """Copy a conversation to another thread id. Raises ValidationError when the id is too long."""
        source, target = escape(str(source_thread_id)), escape(str(target_thread_id))
        with self._engine.begin() as connection:
            lock_shared(connection, [source, target])
            copy_thread_rows(connection, source, target)

    def prune(self, thread_ids: Sequence[str], *, strategy: str = "keep_latest") -> None:
        """Delete these conversations (`delete`), or all but the newest checkpoint of each graph (`keep_latest`).

        Raises ConflictError when a kept checkpoint has a DeltaChannel that needs earlier ones, and ValidationError for
        another strategy.
        """
        if strategy not in {"keep_latest", "delete"}:
            raise ValidationError([Fault(field="strategy", message="must be keep_latest or delete")])
        threads = [escape(str(thread)) for thread in thread_ids]
        with self._engine.begin() as connection:
            lock_exclusive(connection, threads)
            if strategy == "delete":
                delete_threads(connection, threads)
                return
            dependent = select(CheckpointRow.thread_id).where(CheckpointRow.thread_id.in_(threads), needs_ancestors())
            if thread := connection.scalars(dependent.limit(1)).first():
                raise ConflictError(f"conversation {thread} has a DeltaChannel, which needs its earlier checkpoints")
            delete_checkpoints(connection, threads, has_newer())

    def _conditions(
        self, config: RunnableConfig | None, metadata: dict[str, Any] | None, before: RunnableConfig | None
    ) -> Iterator[ColumnElement[bool]]:
        if config:
            key = _ConfigKey.of(config)
            yield CheckpointRow.thread_id == key.thread_id
            if key.checkpoint_ns is not None:
                yield CheckpointNamespaceRow.checkpoint_ns == key.checkpoint_ns
            if key.checkpoint_id:
                yield CheckpointRow.checkpoint_id == key.checkpoint_id
        if before and (end := before["configurable"].get("checkpoint_id")):
            yield CheckpointRow.checkpoint_id < escape(end)
        yield from has_metadata(self._as_json(metadata or {}))

    def _as_json(self, value: object) -> dict[str, Any]:
        return cast("dict[str, Any]", to_json(value, self.serde.dumps_typed))

    def _as_tuple(self, stored: StoredCheckpoint) -> CheckpointTuple:
        document = cast("Any", from_json(stored.document, self.serde.loads_typed))
        values = {unescape(name): self.serde.loads_typed(value) for name, value in stored.values.items()}
        document["channel_values"] |= values
        parent = stored.parent_checkpoint_id
        return CheckpointTuple(
            config=_config(stored.thread_id, stored.checkpoint_ns, stored.checkpoint_id),
            checkpoint=document,
            metadata=cast("Any", from_json(stored.metadata, self.serde.loads_typed)),
            parent_config=_config(stored.thread_id, stored.checkpoint_ns, parent) if parent else None,
            pending_writes=[
                (unescape(write.task_id), unescape(write.channel), self.serde.loads_typed(write.value))
                for write in sorted(stored.writes, key=_write_order)
            ],
        )


def _is_inline(value: object) -> bool:
    return is_scalar(value) and not (isinstance(value, str) and len(value) > _LONGEST_INLINE_TEXT)


def _write_order(write: StoredWrite) -> tuple[str, str, int]:
    return writes_sort_key(unescape(write.task_path), unescape(write.task_id), write.idx)


def _whole_metadata(config: RunnableConfig, metadata: CheckpointMetadata) -> dict[str, Any]:
    """The metadata that the library saves, but with the NULs that it removes from texts: we can store them."""
    given: dict[str, Any] = {**config["configurable"], **config.get("metadata", {}), **metadata}
    saved: dict[str, Any] = {**get_serializable_checkpoint_metadata(config, metadata)}
    return saved | {name: given[name] for name, value in saved.items() if _differs_in_nul(value, given[name])}


def _differs_in_nul(saved: object, given: object) -> bool:
    return isinstance(given, str) and "\0" in given and given.replace("\0", "") == saved


def _config(thread_id: str, checkpoint_ns: str, checkpoint_id: str) -> RunnableConfig:
    return {
        "configurable": {
            "thread_id": unescape(thread_id),
            "checkpoint_ns": unescape(checkpoint_ns),
            "checkpoint_id": unescape(checkpoint_id),
        }
    }
