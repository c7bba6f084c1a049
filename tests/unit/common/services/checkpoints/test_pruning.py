"""Checkpoints are deleted after 30 days unless a younger one needs them."""

from datetime import timedelta

import pytest
from langchain_core.runnables import RunnableConfig
from langgraph.types import Command
from sqlalchemy import Engine, insert, update

from common.models.checkpoints import CheckpointRow, CheckpointWriteRow
from common.services.checkpoints.locks import lock_shared
from common.services.checkpoints.pruning import LIFETIME, CheckpointPruning
from common.services.checkpoints.store import CheckpointStore
from tests.support.checkpoints.graphs import delta_graph, nested_graph, steps_graph, thread
from tests.support.checkpoints.rows import age, id_of, row_counts, save
from tests.support.runs import NOON
from tools.pack_function.imports import third_party_modules

OLD = NOON - LIFETIME - timedelta(microseconds=1)
YOUNG = NOON - LIFETIME


@pytest.fixture
def store(emptied_engine: Engine) -> CheckpointStore:
    return CheckpointStore(emptied_engine)


@pytest.fixture
def pruning(emptied_engine: Engine) -> CheckpointPruning:
    return CheckpointPruning(emptied_engine)


def left(store: CheckpointStore, config: RunnableConfig | None = None) -> list[str]:
    return [found.checkpoint["id"] for found in store.list(config)]


def test_an_inactive_conversation_is_deleted_completely_after_30_days(
    store: CheckpointStore, pruning: CheckpointPruning, emptied_engine: Engine
) -> None:
    config = save(store, save(store, thread(), {"a": [1]}), {"a": [2]}, {"a": 2})
    store.put_writes(config, [("ch", 1)], "task")
    age(emptied_engine, made_at=YOUNG)
    assert pruning.delete_expired(at=NOON) == 0
    assert pruning.delete_expired(at=NOON + timedelta(microseconds=1)) == 2
    assert row_counts(emptied_engine) == (0, 0, 0, 0)


def test_old_checkpoints_of_an_active_conversation_are_deleted(
    store: CheckpointStore, pruning: CheckpointPruning, emptied_engine: Engine
) -> None:
    first = save(store, thread(), {"kept": [1], "own": [1]})
    second = save(store, first, {"kept": [1], "own": [2]}, {"kept": 1, "own": 2})
    age(emptied_engine, first, made_at=OLD)
    age(emptied_engine, second, made_at=YOUNG)
    assert pruning.delete_expired(at=NOON) == 1
    found = store.get_tuple(thread())
    assert found is not None
    assert (found.config, found.parent_config) == (second, None)
    assert found.checkpoint["channel_values"] == {"kept": [1], "own": [2]}
    assert row_counts(emptied_engine) == (1, 1, 2, 0)
    assert pruning.delete_expired(at=NOON) == 0


def test_young_conversations_are_kept(
    store: CheckpointStore, pruning: CheckpointPruning, emptied_engine: Engine
) -> None:
    old, young = save(store, thread("old"), {"a": [1]}), save(store, thread("young"), {"a": [1]})
    age(emptied_engine, old, made_at=OLD)
    age(emptied_engine, young, made_at=NOON)
    assert pruning.delete_expired(at=NOON) == 1
    assert left(store) == [id_of(young)]


def test_the_newest_checkpoint_of_an_inactive_subgraph_is_kept(
    store: CheckpointStore, pruning: CheckpointPruning, emptied_engine: Engine
) -> None:
    inner = [save(store, thread(checkpoint_ns="inner"), {"memory": [step]}, {"memory": step}) for step in range(3)]
    outer = save(store, thread(), {"a": [1]})
    age(emptied_engine, *inner, made_at=OLD)
    age(emptied_engine, outer, made_at=NOON)
    assert pruning.delete_expired(at=NOON) == 2
    found = store.get_tuple(thread(checkpoint_ns="inner"))
    assert found is not None
    assert found.checkpoint["channel_values"] == {"memory": [2]}


def test_a_graph_continues_after_its_history_was_pruned(
    store: CheckpointStore, pruning: CheckpointPruning, emptied_engine: Engine
) -> None:
    graph = steps_graph(store, "one", "two", "three")
    graph.invoke({"steps": []}, thread())
    newest = store.get_tuple(thread())
    assert newest is not None
    age(emptied_engine, made_at=OLD)
    age(emptied_engine, newest.config, made_at=NOON)
    assert pruning.delete_expired(at=NOON) == 4
    assert graph.get_state(thread()).values == {"steps": ["one", "two", "three"]}
    assert graph.invoke({"steps": ["again"]}, thread())["steps"] == [
        "one",
        "two",
        "three",
        "again",
        "one",
        "two",
        "three",
    ]


def test_a_question_can_be_answered_after_30_days_in_an_active_conversation(
    store: CheckpointStore, pruning: CheckpointPruning, emptied_engine: Engine
) -> None:
    graph = nested_graph(store)
    graph.invoke({"steps": []}, thread())
    age(emptied_engine, made_at=OLD)
    save(store, thread(checkpoint_ns="other"))
    assert pruning.delete_expired(at=NOON) > 0
    answer = graph.invoke(Command(resume=4), thread())
    assert answer["steps"] == ["begin", "begin", "look", "told 4", "end"]


def test_checkpoints_with_a_delta_channel_are_kept_together(
    store: CheckpointStore, pruning: CheckpointPruning, emptied_engine: Engine
) -> None:
    graph = delta_graph(store, snapshot_frequency=100)
    for question in ("a", "b"):
        graph.invoke({"notes": [question]}, thread())
    before = graph.get_state(thread()).values
    newest = store.get_tuple(thread())
    assert newest is not None
    age(emptied_engine, made_at=OLD)
    age(emptied_engine, newest.config, made_at=NOON)
    assert pruning.delete_expired(at=NOON) == 0
    assert graph.get_state(thread()).values == before == {"notes": ["a", "reply 1", "b", "reply 3"]}
    age(emptied_engine, made_at=OLD)
    assert pruning.delete_expired(at=NOON) == 6


def test_a_conversation_that_is_being_saved_is_left_for_the_next_call(
    store: CheckpointStore, pruning: CheckpointPruning, emptied_engine: Engine
) -> None:
    busy, still = save(store, thread("busy")), save(store, thread("still"))
    age(emptied_engine, made_at=OLD)
    with emptied_engine.begin() as saver:
        lock_shared(saver, ["busy"])
        assert pruning.delete_expired(at=NOON) == 1
    assert left(store) == [id_of(busy)]
    assert id_of(still) not in left(store)
    assert pruning.delete_expired(at=NOON) == 1


def test_many_conversations_are_deleted_in_batches(
    store: CheckpointStore, pruning: CheckpointPruning, emptied_engine: Engine
) -> None:
    for number in range(45):
        save(store, thread(f"chat-{number}"), {"a": [1]})
    age(emptied_engine, made_at=OLD)
    assert pruning.delete_expired(at=NOON) == 45
    assert row_counts(emptied_engine) == (0, 0, 0, 0)


def test_writes_without_a_checkpoint_are_deleted_after_30_days(
    store: CheckpointStore, pruning: CheckpointPruning, emptied_engine: Engine
) -> None:
    kept = save(store, thread())
    age(emptied_engine, made_at=NOON)
    store.put_writes(kept, [("ch", 1)], "task")
    store.put_writes(thread(checkpoint_id="never", checkpoint_ns=""), [("ch", 1)], "task")
    with emptied_engine.begin() as connection:
        connection.execute(update(CheckpointWriteRow).values(created_at=YOUNG))
    pruning.delete_expired(at=NOON)
    assert row_counts(emptied_engine)[3] == 2
    pruning.delete_expired(at=NOON + timedelta(microseconds=1))
    assert row_counts(emptied_engine)[3] == 1


def test_a_checkpoint_without_namespace_values_or_writes_is_deleted(
    pruning: CheckpointPruning, emptied_engine: Engine
) -> None:
    bare = insert(CheckpointRow).values(thread_id="chat", checkpoint_id="1", checkpoint={}, created_at=OLD)
    with emptied_engine.begin() as connection:
        connection.execute(bare)
    assert pruning.delete_expired(at=NOON) == 1


def test_pruning_needs_no_langgraph() -> None:
    loaded = third_party_modules("common.services.checkpoints.pruning")
    assert "sqlalchemy" in loaded
    assert not any(name.startswith("lang") for name in loaded)
