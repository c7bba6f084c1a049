"""CheckpointStore passes the library's conformance tests, and what those do not cover."""

import asyncio
import math
import threading
from collections.abc import AsyncGenerator, Iterator
from typing import Any

import pytest
from langchain_core.messages import HumanMessage
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.conformance import checkpointer_test, validate
from langgraph.checkpoint.conformance.capabilities import Capability
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.serde.types import ERROR, INTERRUPT, RESUME, SCHEDULED
from sqlalchemy import Engine, create_engine, text

from common.errors import ConflictError, ValidationError
from common.services.checkpoints.deletion import delete_threads
from common.services.checkpoints.locks import lock_exclusive
from common.services.checkpoints.store import CheckpointStore
from tests.support.checkpoints.graphs import thread
from tests.support.checkpoints.rows import id_of, row_counts, save
from tests.support.database import sent_statements
from tools.pack_function.imports import ROOT

ODD = "a\0b\ud800c\ue000d"


@pytest.fixture
def store(emptied_engine: Engine) -> CheckpointStore:
    return CheckpointStore(emptied_engine)


def steps(store: BaseCheckpointSaver[str], *args: Any, **arguments: Any) -> list[int]:  # noqa: ANN401 as in list
    return [found.metadata["step"] for found in store.list(*args, **arguments)]


def values(store: CheckpointStore, config: Any) -> dict[str, Any]:  # noqa: ANN401 a config, as the library has it
    found = store.get_tuple(config)
    assert found is not None
    return found.checkpoint["channel_values"]


def test_the_librarys_conformance_tests_pass(emptied_engine: Engine) -> None:
    @checkpointer_test(name="CheckpointStore")
    async def registered() -> AsyncGenerator[BaseCheckpointSaver[str], None]:
        yield CheckpointStore(emptied_engine)

    report = asyncio.run(validate(registered))
    assert {name: result.failures for name, result in report.results.items() if not result.passed} == {}
    assert set(report.results) == {capability.value for capability in Capability}


class _Sealed:
    """Writes values so that they cannot be read in the table, like an encrypting serializer."""

    def __init__(self) -> None:
        self._plain = JsonPlusSerializer()

    def dumps_typed(self, obj: object) -> tuple[str, bytes]:
        kind, written = self._plain.dumps_typed(obj)
        return f"sealed-{kind}", written[::-1]

    def loads_typed(self, data: tuple[str, bytes]) -> Any:  # noqa: ANN401 any value
        return self._plain.loads_typed((data[0].removeprefix("sealed-"), data[1][::-1]))


def test_values_are_written_and_read_by_the_given_serializer(emptied_engine: Engine) -> None:
    sealed = CheckpointStore(emptied_engine, serde=_Sealed())
    saved = save(sealed, thread(), {"messages": [HumanMessage("hi")]})
    assert values(sealed, saved) == {"messages": [HumanMessage("hi")]}
    with emptied_engine.connect() as connection:
        assert connection.execute(text("SELECT type FROM checkpoint_blobs")).scalars().all() == ["sealed-msgpack"]


def test_the_program_of_the_documentation_continues_its_conversation(
    emptied_engine: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = (ROOT / "docs" / "checkpoints.md").read_text(encoding="utf-8")
    program = page.partition("```python\n")[2].partition("```")[0]
    monkeypatch.setenv("DATABASE_URL", emptied_engine.url.render_as_string(hide_password=False))
    names: dict[str, Any] = {"__name__": "example"}
    exec(compile(program, "docs/checkpoints.md", "exec"), names)  # noqa: S102 our own page
    names["engine"].dispose()
    assert capsys.readouterr().out == "I have read 3 messages.\n"


def test_the_table_checkpoints_holds_readable_json(store: CheckpointStore, emptied_engine: Engine) -> None:
    first = save(store, thread(), {"pipeline": "rnaseq", "count": 3, "messages": [HumanMessage("hi")]}, source="input")
    second = save(store, first)
    with emptied_engine.connect() as connection:
        newest, oldest = connection.execute(text("SELECT * FROM checkpoints ORDER BY checkpoint_id DESC"))
    assert (newest.thread_id, newest.checkpoint_id, newest.parent_checkpoint_id) == (
        "chat-1", id_of(second), id_of(first),
    )  # fmt: skip
    assert oldest.parent_checkpoint_id is None
    assert oldest.checkpoint["channel_values"] == {"pipeline": "rnaseq", "count": 3}
    assert oldest.checkpoint["channel_versions"] == {"pipeline": 1, "count": 1, "messages": 1}
    assert oldest.metadata == {"source": "input", "step": 0, "parents": {}}


KINDS: list[Any] = [
    None,
    True,
    0,
    1.5,
    1e300,
    math.inf,
    "",
    "short",
    "long" * 1000,
    ODD[:3],
    b"\0\xff",
    [],
    [1, [2]],
    {"a": {"b": None}},
    {1: 2},
    frozenset({1}),
    HumanMessage("hi\0", id="1"),
]


@pytest.mark.parametrize("value", KINDS)
def test_a_saved_value_is_read_unchanged(store: CheckpointStore, value: object) -> None:
    config = save(store, thread(), {"value": value})
    read = values(store, config)["value"]
    assert (type(read), read) == (type(value), value)


@pytest.fixture(params=["ours", "plain"])
def any_engine(request: pytest.FixtureRequest, emptied_engine: Engine) -> Iterator[Engine]:
    """Our engine, and one without our JSON settings."""
    plain = create_engine(emptied_engine.url)
    yield emptied_engine if request.param == "ours" else plain
    plain.dispose()


def test_names_may_have_characters_that_postgres_cannot_store(any_engine: Engine) -> None:
    store = CheckpointStore(any_engine)
    place = thread(ODD, checkpoint_ns=ODD)
    config = save(
        store, place, {ODD: [ODD[:3]], "short": ODD[:3]}, {ODD: ODD, "short": 1}, note=ODD, nested={ODD: [ODD]}
    )
    store.put_writes(config, [(ODD, ODD[:3])], ODD, ODD)
    found = store.get_tuple(place)
    assert found is not None
    assert found.checkpoint["channel_values"] == {ODD: [ODD[:3]], "short": ODD[:3]}
    assert found.metadata == {"source": "loop", "step": 0, "parents": {}, "note": ODD, "nested": {ODD: [ODD]}}
    assert found.pending_writes == [(ODD, ODD, ODD[:3])]
    assert found.config == config
    assert len(list(store.list(place, filter={"note": ODD}))) == 1


def test_texts_of_the_config_are_stored_in_the_metadata_unchanged(store: CheckpointStore) -> None:
    config = thread("chat-1", user="ana\0", checkpoint_ns="") | {"metadata": {"team": "a\0b", "tries": 2, "user": "x"}}
    save(store, config)
    (found,) = store.list(thread())
    assert found.metadata == {"source": "loop", "step": 0, "parents": {}, "team": "a\0b", "tries": 2, "user": "x"}


def test_an_empty_channel_has_no_value(store: CheckpointStore) -> None:
    first = save(store, thread(), {"task": [1]}, {"task": 1})
    second = save(store, first, {}, {"task": 2})
    assert (values(store, first), values(store, second)) == ({"task": [1]}, {})


def test_values_deleted_in_the_meantime_are_stored_again(store: CheckpointStore, emptied_engine: Engine) -> None:
    first = save(store, thread(), {"messages": ["hi"], "answer": [1]})
    store.delete_thread("chat-1")
    second = save(store, first, {"messages": ["hi"], "answer": [2]}, {"messages": 1, "answer": 2})
    assert values(store, second) == {"messages": ["hi"], "answer": [2]}


def test_saving_waits_for_a_deletion(store: CheckpointStore, emptied_engine: Engine) -> None:
    first = save(store, thread(), {"messages": ["hi"]})
    saver = threading.Thread(target=save, args=(store, first, {"messages": ["hi"]}))
    with emptied_engine.begin() as deleter:
        lock_exclusive(deleter, ["chat-1"])
        saver.start()
        saver.join(0.2)
        delete_threads(deleter, ["chat-1"])
    saver.join(60)
    assert [found.checkpoint["channel_values"] for found in store.list(thread())] == [{"messages": ["hi"]}]


def test_branches_get_different_versions(store: CheckpointStore) -> None:
    one, other = store.get_next_version("0" * 31 + "7.x", None), store.get_next_version(7, None)
    assert one != other
    assert "0" * 31 + "7.f" < one < store.get_next_version(one, None)
    assert store.get_next_version(None, None).startswith("0" * 31 + "1.")


def test_special_writes_are_replaced_and_others_kept(store: CheckpointStore) -> None:
    config = save(store, thread())
    special = [ERROR, SCHEDULED, INTERRUPT, RESUME]
    for turn in ("first", "second"):
        store.put_writes(config, [("a", turn), *((name, turn) for name in special), ("b", turn)], "task")
    found = store.get_tuple(config)
    assert found is not None
    assert sorted(found.pending_writes or []) == sorted(
        [("task", name, "second") for name in special] + [("task", "a", "first"), ("task", "b", "first")]
    )


def test_writes_come_in_the_order_in_which_langgraph_applies_them(store: CheckpointStore) -> None:
    config = save(store, thread())
    store.put_writes(config, [("ch", 1), ("ch", 2)], "z", "~a, 2")
    store.put_writes(config, [("ch", 3), (RESUME, 4)], "a", "~b, 1")
    store.put_writes(config, [("ch", 5)], "b")
    store.put_writes(config, [("ch", 6)], "A", "~a, 10")
    found = store.get_tuple(config)
    assert found is not None
    assert [value for _, _, value in found.pending_writes or []] == [5, 6, 1, 2, 4, 3]


def test_writes_may_be_saved_before_their_checkpoint(store: CheckpointStore) -> None:
    early = thread(checkpoint_ns="", checkpoint_id="1f0")
    store.put_writes(early, [("ch", "value")], "task")
    assert store.get_tuple(early) is None
    store.put(thread(), {"id": "1f0", "channel_values": {}, "channel_versions": {}}, {}, {})  # type: ignore[typeddict-item]
    found = store.get_tuple(early)
    assert found is not None
    assert found.pending_writes == [("task", "ch", "value")]


def test_a_checkpoint_belongs_to_one_graph(store: CheckpointStore) -> None:
    outer = save(store, thread(), {"a": [1]})
    inner = save(store, thread(checkpoint_ns="inner:1"), {"a": [2]})
    assert (values(store, outer), values(store, inner)) == ({"a": [1]}, {"a": [2]})
    assert store.get_tuple(thread(checkpoint_ns="inner:1", checkpoint_id=id_of(outer))) is None
    same_id: Any = {"id": id_of(outer), "channel_values": {}, "channel_versions": {}}
    with pytest.raises(ConflictError):
        store.put(thread(checkpoint_ns="inner:1"), same_id, {}, {})


def test_a_list_without_a_namespace_has_all_graphs(store: CheckpointStore) -> None:
    save(store, thread(), step=1)
    save(store, thread(checkpoint_ns="inner"), step=2)
    save(store, thread("other"), step=3)
    assert steps(store, thread()) == [2, 1]
    assert steps(store, thread(checkpoint_ns="")) == [1]
    assert steps(store, None) == [3, 2, 1]
    assert steps(store, None, before=thread(checkpoint_id="0")) == []


@pytest.mark.parametrize(
    ("filter_values", "found"),
    [
        ({}, [2, 1, 0]),
        ({"source": "input"}, [0]),
        ({"nested": {"a": 1}}, [1]),
        ({"nested": {"a": 1, "b": [2]}}, [2]),
        ({"nested": None}, [0]),
        ({"step": 1, "source": "loop"}, [1]),
        ({"step": "1"}, []),
        ({"score": math.nan}, [2]),
        ({"missing'; --": 1}, []),
    ],
)
def test_a_filter_matches_exact_values(store: CheckpointStore, filter_values: Any, found: list[int]) -> None:  # noqa: ANN401 any JSON
    save(store, thread(), step=0, source="input")
    save(store, thread(), step=1, nested={"a": 1})
    save(store, thread(), step=2, nested={"b": [2], "a": 1}, score=math.nan)
    assert steps(store, thread(), filter=filter_values) == found


def test_a_list_is_read_lazily_with_one_statement_per_fifty(store: CheckpointStore, emptied_engine: Engine) -> None:
    config = thread()
    for step in range(120):
        config = save(store, config, {"shared": ["x"], "own": [step]}, {"shared": 1, "own": step}, step=step)
    with sent_statements(emptied_engine) as sent:
        found = list(store.list(thread()))
        assert (len(found), len(sent)) == (120, 3)
    assert [one.checkpoint["channel_values"]["own"] for one in found] == [[step] for step in reversed(range(120))]
    with sent_statements(emptied_engine) as sent:
        assert next(store.list(thread())).metadata["step"] == 119
        assert steps(store, thread(), limit=2, before=config) == [118, 117]
        assert steps(store, thread(), limit=60)[-1] == 60
        assert steps(store, thread(), limit=0) == []
        assert len(sent) == 4


def test_a_changed_value_does_not_change_other_results(store: CheckpointStore) -> None:
    first = save(store, thread(), {"shared": ["x"]})
    save(store, first, {"shared": ["x"]})
    newer, older = (found.checkpoint["channel_values"] for found in store.list(thread()))
    newer["shared"].append("y")
    assert older == {"shared": ["x"]}


def test_one_checkpoint_is_read_by_one_statement(store: CheckpointStore, emptied_engine: Engine) -> None:
    config = save(store, thread(), {f"channel {number}": [number] for number in range(20)})
    store.put_writes(config, [("ch", number) for number in range(20)], "task")
    with sent_statements(emptied_engine) as sent:
        assert len(values(store, thread())) == 20
        assert len(sent) == 1


def test_a_checkpoint_that_cannot_be_saved_leaves_no_rows(store: CheckpointStore, emptied_engine: Engine) -> None:
    with pytest.raises(ValidationError, match="thread_id"):
        save(store, thread("t" * 101), {"a": [1]})
    with pytest.raises(TypeError):
        save(store, thread(), {"a": [1], "b": object()})
    assert row_counts(emptied_engine) == (0, 0, 0, 0)


def test_a_deleted_conversation_leaves_no_rows(store: CheckpointStore, emptied_engine: Engine) -> None:
    for name in ("chat-1", "chat-2"):
        config = save(store, thread(name, checkpoint_ns="inner"), {"a": [1]})
        store.put_writes(config, [("ch", 1)], "task")
    store.delete_thread("chat-1")
    assert row_counts(emptied_engine) == (1, 1, 1, 1)
    store.prune(["chat-2", "chat-3"], strategy="delete")
    assert row_counts(emptied_engine) == (0, 0, 0, 0)


def test_deleting_a_run_keeps_shared_values(store: CheckpointStore, emptied_engine: Engine) -> None:
    first = save(store, thread(), {"kept": [1], "own": [1]}, run_id="run-1")
    second = save(store, first, {"kept": [1], "own": [2]}, {"kept": 1, "own": 2}, run_id="run-2")
    store.delete_for_runs(["run-1"])
    found = store.get_tuple(thread())
    assert found is not None
    assert (found.config, found.parent_config) == (second, None)
    assert found.checkpoint["channel_values"] == {"kept": [1], "own": [2]}
    assert row_counts(emptied_engine) == (1, 1, 2, 0)


def test_pruning_keeps_the_newest_checkpoint_of_each_graph(store: CheckpointStore, emptied_engine: Engine) -> None:
    for namespace in ("", "inner"):
        first = save(store, thread(checkpoint_ns=namespace), {"kept": [1], "own": [1]}, step=1)
        save(store, first, {"kept": [1], "own": [2]}, {"kept": 1, "own": 2}, step=2)
    store.prune(["chat-1"])
    assert [found.checkpoint["channel_values"] for found in store.list(thread())] == [{"kept": [1], "own": [2]}] * 2
    assert row_counts(emptied_engine) == (2, 2, 4, 0)


def test_an_unknown_pruning_strategy_is_refused(store: CheckpointStore) -> None:
    save(store, thread())
    with pytest.raises(ValidationError, match="strategy"):
        store.prune(["chat-1"], strategy="delete_all")
    assert len(list(store.list(thread()))) == 1


def test_a_copy_is_independent(store: CheckpointStore) -> None:
    first = save(store, thread(), {"a": [1]})
    store.copy_thread("chat-1", "chat-2")
    store.delete_thread("chat-1")
    save(store, thread("chat-2", checkpoint_id=id_of(first)), {"a": [1], "b": [2]})
    assert [found.checkpoint["channel_values"] for found in store.list(thread("chat-2"))] == [
        {"a": [1], "b": [2]},
        {"a": [1]},
    ]


def test_an_id_may_be_a_number(store: CheckpointStore) -> None:
    config = {"configurable": {"thread_id": 7, "checkpoint_ns": ""}}
    save(store, config)  # type: ignore[arg-type]
    assert len(list(store.list(thread("7")))) == 1
