"""One statement reads checkpoints with their values and writes."""

import pytest
from sqlalchemy import Engine

from common.models.checkpoints import CheckpointRow
from common.services.checkpoints.reading import StoredCheckpoint, has_metadata, read_checkpoints
from common.services.checkpoints.store import CheckpointStore
from tests.support.checkpoints.graphs import thread
from tests.support.checkpoints.rows import id_of, save
from tests.support.database import sent_statements


@pytest.fixture
def store(emptied_engine: Engine) -> CheckpointStore:
    return CheckpointStore(emptied_engine)


def read(engine: Engine, *conditions: object, limit: int = 100) -> list[StoredCheckpoint]:
    with engine.connect() as connection:
        return list(read_checkpoints(connection, conditions, limit=limit))  # type: ignore[arg-type]


def test_checkpoints_come_newest_first_with_their_values_and_writes(
    store: CheckpointStore, emptied_engine: Engine
) -> None:
    first = save(store, thread(), {"shared": [0], "own": [1], "short": 5})
    second = save(store, first, {"shared": [0], "own": [2]}, {"shared": 1, "own": 2, "empty": 3})
    store.put_writes(first, [("ch", 1)], "task", "path")
    with sent_statements(emptied_engine) as sent:
        newer, older = read(emptied_engine)
        assert len(sent) == 1
    assert (newer.checkpoint_id, older.checkpoint_id) == (id_of(second), id_of(first))
    assert (newer.parent_checkpoint_id, older.parent_checkpoint_id) == (id_of(first), None)
    assert [set(one.values) for one in (newer, older)] == [{"shared", "own"}, {"shared", "own"}]
    assert newer.values["shared"] == older.values["shared"]
    assert newer.values["own"] != older.values["own"]
    assert older.document["channel_values"] == {"short": 5}
    assert newer.writes == []
    assert [(one.task_id, one.task_path, one.idx, one.channel) for one in older.writes] == [("task", "path", 0, "ch")]


def test_conversations_do_not_share_values(store: CheckpointStore, emptied_engine: Engine) -> None:
    save(store, thread("one"), {"a": [1]})
    store.copy_thread("one", "two")
    save(store, thread("two"), {"a": [2]}, {"a": 2})
    save(store, thread("one", checkpoint_ns="inner"), {"a": [3]})
    found = read(emptied_engine)
    assert [(one.thread_id, one.checkpoint_ns) for one in found] == [
        ("one", "inner"), ("two", ""), ("two", ""), ("one", ""),
    ]  # fmt: skip
    assert len({one.values["a"] for one in found}) == 3


def test_the_limit_is_respected(store: CheckpointStore, emptied_engine: Engine) -> None:
    configs = [save(store, thread(), {"a": [1]}, step=step) for step in range(3)]
    assert [one.checkpoint_id for one in read(emptied_engine, limit=1)] == [id_of(configs[2])]
    assert read(emptied_engine, CheckpointRow.thread_id == "other") == []


def test_metadata_values_are_compared_exactly(store: CheckpointStore, emptied_engine: Engine) -> None:
    save(store, thread(), step=1, note="it's")
    save(store, thread(), step=2)
    assert [one.metadata["step"] for one in read(emptied_engine, *has_metadata({"note": "it's"}))] == [1]
    assert [one.metadata["step"] for one in read(emptied_engine, *has_metadata({"note": None}))] == [2]
    assert len(read(emptied_engine, *has_metadata({}))) == 2
