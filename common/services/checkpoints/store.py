"""CheckpointStore: LangGraph's conversations in Postgres, so that any process can go on with them.

The interface is `BaseCheckpointSaver` of the library langgraph-checkpoint 4; where that leaves something open, its
InMemorySaver is followed. LangGraph is an extra: nothing deployed imports this module but what runs a graph.
"""

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
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
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from sqlalchemy import ColumnElement, Engine, select, tuple_

from common.errors import ConflictError, Fault, ValidationError
from common.models.checkpoints import CheckpointNamespaceRow, CheckpointRow
from common.services.checkpoints.deletion import delete_checkpoints, delete_threads, is_followed, needs_ancestors
from common.services.checkpoints.encoding import escaped, from_json, is_scalar, to_json, unescaped
from common.services.checkpoints.locks import share_threads, take_threads
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
from common.services.postgres.engine import autocommit_connection

_PAGE = 50  # checkpoints that a list reads at once
_LONGEST_TEXT_IN_PLACE = 500  # characters; a longer one is stored once, and not in each checkpoint that has it


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """What a config points at, escaped; `checkpoint_id` None is the newest."""

    thread_id: str
    checkpoint_ns: str | None
    checkpoint_id: str | None

    @classmethod
    def of(cls, config: RunnableConfig) -> Self:
        told = config["configurable"]
        namespace, checkpoint_id = told.get("checkpoint_ns"), told.get("checkpoint_id")
        return cls(
            thread_id=escaped(str(told["thread_id"])),
            checkpoint_ns=None if namespace is None else escaped(namespace),
            checkpoint_id=escaped(checkpoint_id) if checkpoint_id else None,
        )


class CheckpointStore(ThreadedSaver):
    """Keeps checkpoints, channel values and pending writes; one transaction for each call that stores or deletes.

    Numbers, truth values and short texts are in the table `checkpoints`, as JSON; other values are as the library's
    JsonPlusSerializer writes them, without pickle. Every method raises UnavailableError while the database is away.
    """

    def __init__(self, engine: Engine) -> None:
        super().__init__(serde=JsonPlusSerializer())
        self._engine = engine

    def get_next_version(self, current: str | int | None, channel: None) -> str:  # noqa: ARG002 the library's
        """A version after `current`, that no other branch of the conversation gives to a value of its own."""
        number = 0 if current is None else int(str(current).partition(".")[0])
        return f"{number + 1:032}.{secrets.token_hex(8)}"

    def get_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """The checkpoint that `config` names, or the newest of its graph; None when there is none. One statement."""
        place = _Place.of(config)
        wanted = [
            CheckpointNamespaceRow.thread_id == place.thread_id,
            CheckpointNamespaceRow.checkpoint_ns == (place.checkpoint_ns or ""),
        ]
        if place.checkpoint_id:
            wanted.append(CheckpointNamespaceRow.checkpoint_id == place.checkpoint_id)
        with autocommit_connection(self._engine) as connection:
            found = read_checkpoints(connection, wanted, limit=1)
        return self._as_tuple(found[0]) if found else None

    def list(
        self,
        config: RunnableConfig | None,
        *,
        filter: dict[str, Any] | None = None,  # noqa: A002 the library's name
        before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> Iterator[CheckpointTuple]:
        """Checkpoints, newest first; one statement for every 50 of them, made when they are asked for.

        `config` names a conversation, or all when it is None; all its graphs, unless `checkpoint_ns` is in it. `filter`
        gives values that the metadata must have, `before` a checkpoint that they must be older than.
        """
        wanted = list(self._conditions(config, filter, before))
        after: list[ColumnElement[bool]] = []
        left = limit
        while left is None or left > 0:
            size = _PAGE if left is None else min(left, _PAGE)
            with autocommit_connection(self._engine) as connection:
                page = read_checkpoints(connection, [*wanted, *after], limit=size)
            yield from map(self._as_tuple, page)
            if len(page) < size:
                return
            last, key = page[-1], tuple_(CheckpointRow.checkpoint_id, CheckpointRow.thread_id)
            after = [key < (last.checkpoint_id, last.thread_id)]
            left = None if left is None else left - size

    def put(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,  # noqa: ARG002 the database knows which are new, also after some were pruned
    ) -> RunnableConfig:
        """Store a checkpoint as the child of the one that `config` names; its own config comes back.

        Raises ValidationError when an id or a name is too long, ConflictError when another graph of the conversation
        has a checkpoint with this id, and what the serializer raises for a value that it cannot write.
        """
        place, values = _Place.of(config), checkpoint["channel_values"]
        in_place = {name: value for name, value in values.items() if _is_kept_in_place(value)}
        versions = {
            escaped(name): escaped(str(version))
            for name, version in checkpoint["channel_versions"].items()
            if name in values and name not in in_place
        }
        new = NewCheckpoint(
            thread_id=place.thread_id,
            checkpoint_ns=place.checkpoint_ns or "",
            checkpoint_id=escaped(checkpoint["id"]),
            parent_checkpoint_id=place.checkpoint_id,
            document=self._as_json({**checkpoint, "channel_values": in_place}),
            metadata=self._as_json(_whole_metadata(config, metadata)),
            versions=versions.items(),
        )
        with self._engine.begin() as connection:
            share_threads(connection, [new.thread_id])
            save_checkpoint(connection, new, lambda name: self.serde.dumps_typed(values[unescaped(name)]))
        return _config(new.thread_id, new.checkpoint_ns, new.checkpoint_id)

    def put_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        """Store what a task wrote after the checkpoint that `config` names; the second time changes nothing.

        What a task has one of at most (an error, an interrupt, a resumption) is replaced instead. Raises
        ValidationError when an id or a name is too long.
        """
        place = _Place.of(config)
        by_index = {
            WRITES_IDX_MAP.get(channel, index): (channel, value) for index, (channel, value) in enumerate(writes)
        }
        rows = [
            NewWrite(
                task_id=escaped(task_id),
                task_path=escaped(task_path),
                idx=index,
                channel=escaped(channel),
                value=self.serde.dumps_typed(value),
            )
            for index, (channel, value) in by_index.items()
        ]
        with self._engine.begin() as connection:
            save_writes(connection, place.thread_id, place.checkpoint_id or "", rows)

    def delete_thread(self, thread_id: str) -> None:
        """Delete all of a conversation."""
        self.prune([thread_id], strategy="delete")

    def delete_for_runs(self, run_ids: Sequence[str]) -> None:
        """Delete the checkpoints that these runs of a graph made, in all conversations; each is looked through.

        A DeltaChannel that puts its value together from one of them is not whole afterwards.
        """
        made_by_them = CheckpointRow.checkpoint_metadata["run_id"].astext.in_([escaped(str(run)) for run in run_ids])
        with self._engine.begin() as connection:
            threads = connection.scalars(select(CheckpointRow.thread_id).where(made_by_them).distinct()).all()
            take_threads(connection, threads)
            delete_checkpoints(connection, threads, made_by_them)

    def copy_thread(self, source_thread_id: str, target_thread_id: str) -> None:
        """Store all of a conversation under another name as well. Raises ValidationError when that is too long."""
        source, target = escaped(str(source_thread_id)), escaped(str(target_thread_id))
        with self._engine.begin() as connection:
            share_threads(connection, [source, target])
            copy_thread_rows(connection, source, target)

    def prune(self, thread_ids: Sequence[str], *, strategy: str = "keep_latest") -> None:
        """Delete all of these conversations (`delete`), or all but the newest checkpoint of each graph (`keep_latest`).

        Raises ConflictError when one is to be kept whose DeltaChannel needs earlier checkpoints, ValidationError for
        another strategy.
        """
        if strategy not in {"keep_latest", "delete"}:
            raise ValidationError([Fault(field="strategy", message="is neither keep_latest nor delete")])
        threads = [escaped(str(thread)) for thread in thread_ids]
        with self._engine.begin() as connection:
            take_threads(connection, threads)
            if strategy == "delete":
                delete_threads(connection, threads)
                return
            dependent = select(CheckpointRow.thread_id).where(CheckpointRow.thread_id.in_(threads), needs_ancestors())
            if thread := connection.scalars(dependent.limit(1)).first():
                raise ConflictError(f"a DeltaChannel of conversation {thread} needs its earlier checkpoints")
            delete_checkpoints(connection, threads, is_followed())

    def _conditions(
        self, config: RunnableConfig | None, metadata: dict[str, Any] | None, before: RunnableConfig | None
    ) -> Iterator[ColumnElement[bool]]:
        if config:
            place = _Place.of(config)
            yield CheckpointRow.thread_id == place.thread_id
            if place.checkpoint_ns is not None:
                yield CheckpointNamespaceRow.checkpoint_ns == place.checkpoint_ns
            if place.checkpoint_id:
                yield CheckpointRow.checkpoint_id == place.checkpoint_id
        if before and (end := before["configurable"].get("checkpoint_id")):
            yield CheckpointRow.checkpoint_id < escaped(end)
        yield from has_metadata(self._as_json(metadata or {}))

    def _as_json(self, value: object) -> dict[str, Any]:
        return cast("dict[str, Any]", to_json(value, self.serde.dumps_typed))

    def _as_tuple(self, stored: StoredCheckpoint) -> CheckpointTuple:
        document = cast("Any", from_json(stored.document, self.serde.loads_typed))
        values = {unescaped(name): self.serde.loads_typed(value) for name, value in stored.values.items()}
        document["channel_values"] |= values
        parent = stored.parent_checkpoint_id
        return CheckpointTuple(
            config=_config(stored.thread_id, stored.checkpoint_ns, stored.checkpoint_id),
            checkpoint=document,
            metadata=cast("Any", from_json(stored.metadata, self.serde.loads_typed)),
            parent_config=_config(stored.thread_id, stored.checkpoint_ns, parent) if parent else None,
            pending_writes=[
                (unescaped(write.task_id), unescaped(write.channel), self.serde.loads_typed(write.value))
                for write in sorted(stored.writes, key=_turn)
            ],
        )


def _is_kept_in_place(value: object) -> bool:
    return is_scalar(value) and not (isinstance(value, str) and len(value) > _LONGEST_TEXT_IN_PLACE)


def _turn(write: StoredWrite) -> tuple[str, str, int]:
    return writes_sort_key(unescaped(write.task_path), unescaped(write.task_id), write.idx)


def _whole_metadata(config: RunnableConfig, metadata: CheckpointMetadata) -> dict[str, Any]:
    """What the library saves as metadata, with the NULs that it takes out of texts, since we can store them."""
    told: dict[str, Any] = {**config["configurable"], **config.get("metadata", {}), **metadata}
    saved: dict[str, Any] = {**get_serializable_checkpoint_metadata(config, metadata)}
    return saved | {name: told[name] for name, value in saved.items() if _differs_in_nul(value, told[name])}


def _differs_in_nul(saved: object, told: object) -> bool:
    return isinstance(told, str) and "\0" in told and told.replace("\0", "") == saved


def _config(thread_id: str, checkpoint_ns: str, checkpoint_id: str) -> RunnableConfig:
    return {
        "configurable": {
            "thread_id": unescaped(thread_id),
            "checkpoint_ns": unescaped(checkpoint_ns),
            "checkpoint_id": unescaped(checkpoint_id),
        }
    }
