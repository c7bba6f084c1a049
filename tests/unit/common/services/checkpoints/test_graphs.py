"""Real LangGraph graphs on the store: other processes continue them; branches and subgraphs stay separate."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from langchain_core.messages import HumanMessage
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command
from sqlalchemy import Engine

from common.services.checkpoints.store import CheckpointStore
from tests.support.checkpoints.graphs import approval_graph, delta_graph, nested_graph, state_of, steps_graph, thread
from tests.support.checkpoints.rows import id_of
from tests.support.threads import all_at_once
from tools.pack_function.imports import ROOT

PROCESS = """
import json, sys
from sqlalchemy import create_engine
from langgraph.types import Command
from common.services.checkpoints.store import CheckpointStore
from tests.support.checkpoints.graphs import approval_graph, state_of, thread
graph = approval_graph(CheckpointStore(create_engine(sys.argv[1])))
given = json.loads(sys.argv[2])
graph.invoke(Command(resume=given) if isinstance(given, str) else given, thread())
state = graph.get_state(thread())
asked = [interrupt.value for interrupt in state.interrupts]
print(json.dumps({"state": state_of(graph, thread()), "next": state.next, "asked": asked}))
"""
QUESTION = "shall I run rnaseq?"


@pytest.fixture
def store(emptied_engine: Engine) -> CheckpointStore:
    return CheckpointStore(emptied_engine)


def in_another_process(database_url: str, given: object) -> dict[str, Any]:
    """The state after a separate process has continued the conversation until it ended or waited for input."""
    process = subprocess.run(
        [sys.executable, "-c", PROCESS, database_url, json.dumps(given)],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    state: dict[str, Any] = json.loads(process.stdout)
    return state


def test_a_process_continues_what_another_began(database_url: str) -> None:
    begun = in_another_process(database_url, {"pipeline": "rnaseq", "messages": ["hi\0"]})
    assert begun == {
        "state": {"pipeline": "rnaseq", "messages": ["hi\0", QUESTION]},
        "next": ["ask"],
        "asked": [{"question": "run it?"}],
    }
    ended = in_another_process(database_url, "yes")
    assert ended == {
        "state": {"pipeline": "rnaseq", "messages": ["hi\0", QUESTION, "submitted"], "is_agreed": True},
        "next": [],
        "asked": [],
    }


def test_a_past_question_can_be_answered_differently(store: CheckpointStore) -> None:
    graph = approval_graph(store)
    graph.invoke({"pipeline": "rnaseq"}, thread())
    asked = graph.get_state(thread())
    graph.invoke(Command(resume="yes"), thread())
    agreed = graph.get_state(thread()).config

    assert graph.invoke(None, asked.config)["__interrupt__"][0].value == {"question": "run it?"}
    graph.invoke(Command(resume="no"), thread())

    assert state_of(graph, thread())["messages"] == [QUESTION, "not submitted"]
    assert state_of(graph, agreed)["messages"] == [QUESTION, "submitted"]
    history = list(graph.get_state_history(thread()))
    branches = [one.metadata for one in history if id_of(one.parent_config) == id_of(asked.config)]
    assert [branch["source"] for branch in branches if branch] == ["fork", "loop"]


def test_the_history_has_every_step_and_each_can_be_read(store: CheckpointStore) -> None:
    graph = steps_graph(store, "one", "two", "three")
    graph.invoke({"steps": []}, thread())
    history = list(graph.get_state_history(thread()))
    assert [len(one.values.get("steps", [])) for one in history] == [3, 2, 1, 0, 0]
    assert [one.next for one in history] == [(), ("three",), ("two",), ("one",), ("__start__",)]
    parents = [id_of(one.parent_config) for one in history]
    assert parents == [*(id_of(one.config) for one in history[1:]), ""]
    assert graph.get_state(history[2].config).values == {"steps": ["one"]}
    found = graph.get_state_history(thread(), filter={"step": 1}, before=history[0].config, limit=5)
    assert [one.values for one in found] == [{"steps": ["one"]}]


def test_a_changed_state_becomes_a_branch(store: CheckpointStore) -> None:
    graph = steps_graph(store, "one", "two", "three")
    graph.invoke({"steps": []}, thread())
    ended = graph.get_state(thread()).config
    after_one = next(one.config for one in graph.get_state_history(thread()) if one.next == ("two",))
    changed = graph.update_state(after_one, {"steps": ["changed"]})
    assert graph.invoke(None, changed) == {"steps": ["one", "changed", "two", "three"]}
    assert graph.get_state(ended).values == {"steps": ["one", "two", "three"]}
    assert graph.get_state(thread()).values == {"steps": ["one", "changed", "two", "three"]}


def test_a_past_step_can_be_repeated(store: CheckpointStore) -> None:
    graph = steps_graph(store, "one", "two")
    graph.invoke({"steps": []}, thread())
    past = next(one.config for one in graph.get_state_history(thread()) if one.next == ("two",))
    assert graph.invoke(None, past) == {"steps": ["one", "two"]}
    sources = [one.metadata["source"] for one in store.list(thread())]
    assert sources.count("fork") == 1


def test_a_subgraph_waits_and_continues(store: CheckpointStore) -> None:
    graph = nested_graph(store)
    graph.invoke({"steps": []}, thread())
    (task,) = graph.get_state(thread(), subgraphs=True).tasks
    assert task.state is not None
    assert not isinstance(task.state, dict)
    assert task.state.values == {"steps": ["begin", "look"]}
    assert graph.invoke(Command(resume=4), thread())["steps"] == ["begin", "begin", "look", "told 4", "end"]
    graphs: dict[str, set[str]] = {}
    for found in store.list(thread()):
        graphs.setdefault(found.config["configurable"]["checkpoint_ns"], set()).add(id_of(found.config))
    outer, inner = graphs.pop(""), next(iter(graphs.values()))
    assert (len(outer), len(inner), len(graphs)) == (5, 4, 1)
    assert outer & inner == set()


def test_many_graphs_can_save_at_the_same_time(store: CheckpointStore) -> None:
    graph = steps_graph(store, "one", "two", "three")
    calls = [partial(graph.invoke, {"steps": []}, thread(f"chat-{number}")) for number in range(4)]
    calls += [partial(graph.invoke, {"steps": []}, thread("same")) for _ in range(4)]
    all_at_once(calls)
    for number in range(4):
        assert graph.get_state(thread(f"chat-{number}")).values == {"steps": ["one", "two", "three"]}
    assert all(found.checkpoint["channel_versions"] for found in store.list(thread("same")))


def test_only_the_failed_node_is_retried(store: CheckpointStore) -> None:
    graph = approval_graph(store)
    graph.invoke({"pipeline": "rnaseq", "messages": [HumanMessage("hi")]}, thread())
    with pytest.raises(KeyError):
        graph.invoke({"messages": []}, thread("without pipeline"))
    (failed,) = graph.get_state(thread("without pipeline")).tasks
    assert "KeyError" in str(failed.error)
    graph.update_state(thread("without pipeline"), {"pipeline": "sarek"})
    graph.invoke(None, thread("without pipeline"))
    assert state_of(graph, thread("without pipeline"))["messages"] == ["shall I run sarek?"]


def talk_in_deltas(saver: BaseCheckpointSaver[str]) -> list[Any]:
    graph = delta_graph(saver, snapshot_frequency=3)
    for number in range(5):
        graph.invoke({"notes": [f"ask {number}"]}, thread())
    past = list(graph.get_state_history(thread()))[4].config
    graph.invoke({"notes": ["on a branch"]}, past)
    return [one.values for one in graph.get_state_history(thread())]


def talk_with_interrupts(saver: BaseCheckpointSaver[str]) -> list[Any]:
    graph = nested_graph(saver)
    graph.invoke({"steps": []}, thread(), durability="exit")
    graph.invoke(Command(resume="x"), thread(), durability="exit")
    graph.invoke({"steps": ["again"]}, thread(), durability="sync")
    graph.invoke(Command(resume="y"), thread(), durability="sync")
    return [(one.values, one.next, one.metadata) for one in graph.get_state_history(thread())]


@pytest.mark.parametrize("talk", [talk_in_deltas, talk_with_interrupts])
def test_the_history_equals_that_of_the_librarys_in_memory_saver(
    store: CheckpointStore, talk: Callable[[BaseCheckpointSaver[str]], list[Any]]
) -> None:
    assert talk(store) == talk(InMemorySaver())
