"""Deleting checkpoints also deletes their writes and the values that no other checkpoint needs."""

import pytest
from sqlalchemy import ColumnElement, Engine, literal

from common.models.checkpoints import CheckpointRow
from common.services.checkpoints.deletion import delete_checkpoints, delete_threads, has_newer, needs_ancestors
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


def test_values_are_deleted_with_the_last_checkpoint_that_needs_them(
    store: CheckpointStore, emptied_engine: Engine
) -> None:
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


def test_a_value_is_not_kept_for_another_graph_with_the_same_version(
    store: CheckpointStore, emptied_engine: Engine
) -> None:
    outer = save(store, thread(), {"a": [1]})
    inner = save(store, thread(checkpoint_ns="inner"), {"a": [2]})
    delete(emptied_engine, CheckpointRow.checkpoint_id == id_of(outer))
    assert row_counts(emptied_engine) == (1, 1, 1, 0)
    assert left(store) == [id_of(inner)]


def test_other_conversations_are_not_deleted(store: CheckpointStore, emptied_engine: Engine) -> None:
    for name in ("one", "two", "three"):
        store.put_writes(save(store, thread(name), {"a": [1]}), [("ch", 1)], "task")
    assert delete(emptied_engine, ALL, "one") == 1
    assert delete(emptied_engine, ALL, "none") == 0
    with emptied_engine.begin() as connection:
        delete_threads(connection, ["two"])
    assert [found.config["configurable"]["thread_id"] for found in store.list(None)] == ["three"]
    assert row_counts(emptied_engine) == (1, 1, 1, 1)


def test_has_newer_matches_all_but_the_newest_checkpoint_of_each_graph(
    store: CheckpointStore, emptied_engine: Engine
) -> None:
    save(store, thread())
    inner = save(store, thread(checkpoint_ns="inner"))
    branch = save(store, thread())
    assert delete(emptied_engine, has_newer()) == 1
    assert left(store) == [id_of(branch), id_of(inner)]


def test_needs_ancestors_matches_conversations_with_delta_channels(
    store: CheckpointStore, emptied_engine: Engine
) -> None:
    save(store, thread())
    save(store, thread(), counters_since_delta_snapshot={"notes": (1, 2)})
    save(store, thread("other"))
    assert delete(emptied_engine, ~needs_ancestors(), "chat-1", "other") == 1
    assert len(left(store)) == 2
