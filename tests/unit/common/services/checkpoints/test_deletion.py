"""What goes with a checkpoint, and what stays for the others."""

import pytest
from sqlalchemy import ColumnElement, Engine, literal

from common.models.checkpoints import CheckpointRow
from common.services.checkpoints.deletion import delete_checkpoints, delete_threads, is_followed, needs_ancestors
from common.services.checkpoints.store import CheckpointStore
from tests.support.checkpoints.graphs import thread
from tests.support.checkpoints.rows import id_of, row_counts, save

ALL = literal(value=True)


@pytest.fixture
def store(emptied_engine: Engine) -> CheckpointStore:
    return CheckpointStore(emptied_engine)


def delete(engine: Engine, which: ColumnElement[bool], *thread_ids: str) -> int:
    with engine.begin() as connection:
        return delete_checkpoints(connection, thread_ids or ["chat-1"], which)


def left(store: CheckpointStore) -> list[str]:
    return [found.checkpoint["id"] for found in store.list(None)]


def test_values_go_when_nobody_needs_them_any_more(store: CheckpointStore, emptied_engine: Engine) -> None:
    first = save(store, thread(), {"kept": [1], "own": [1]})
    second = save(store, first, {"kept": [1], "own": [2]}, {"kept": 1, "own": 2})
    store.put_writes(first, [("ch", 1)], "task")
    store.put_writes(second, [("ch", 1)], "task")
    assert delete(emptied_engine, CheckpointRow.checkpoint_id == id_of(first)) == 1
    assert row_counts(emptied_engine) == (1, 1, 2, 1)
    found = store.get_tuple(thread())
    assert found is not None
    assert found.checkpoint["channel_values"] == {"kept": [1], "own": [2]}
    assert found.parent_config is None
    assert delete(emptied_engine, ALL) == 1
    assert row_counts(emptied_engine) == (0, 0, 0, 0)


def test_a_value_of_the_same_version_in_another_graph_does_not_count(
    store: CheckpointStore, emptied_engine: Engine
) -> None:
    outer = save(store, thread(), {"a": [1]})
    inner = save(store, thread(checkpoint_ns="inner"), {"a": [2]})
    delete(emptied_engine, CheckpointRow.checkpoint_id == id_of(outer))
    assert row_counts(emptied_engine) == (1, 1, 1, 0)
    assert left(store) == [id_of(inner)]


def test_other_conversations_are_left_alone(store: CheckpointStore, emptied_engine: Engine) -> None:
    for name in ("one", "two", "three"):
        store.put_writes(save(store, thread(name), {"a": [1]}), [("ch", 1)], "task")
    assert delete(emptied_engine, ALL, "one") == 1
    assert delete(emptied_engine, ALL, "none") == 0
    with emptied_engine.begin() as connection:
        delete_threads(connection, ["two"])
    assert [found.config["configurable"]["thread_id"] for found in store.list(None)] == ["three"]
    assert row_counts(emptied_engine) == (1, 1, 1, 1)


def test_only_the_newest_of_each_graph_is_not_followed(store: CheckpointStore, emptied_engine: Engine) -> None:
    save(store, thread())
    inner = save(store, thread(checkpoint_ns="inner"))
    branch = save(store, thread())
    assert delete(emptied_engine, is_followed()) == 1
    assert left(store) == [id_of(branch), id_of(inner)]


def test_a_conversation_says_when_its_checkpoints_need_each_other(
    store: CheckpointStore, emptied_engine: Engine
) -> None:
    save(store, thread())
    save(store, thread(), counters_since_delta_snapshot={"notes": (1, 2)})
    save(store, thread("other"))
    assert delete(emptied_engine, ~needs_ancestors(), "chat-1", "other") == 1
    assert len(left(store)) == 2
