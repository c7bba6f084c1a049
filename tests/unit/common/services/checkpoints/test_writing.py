"""Repeated saves, replaced writes and refused names."""

import pytest
from sqlalchemy import Engine

from common.errors import ConflictError, ValidationError
from common.services.checkpoints.encoding import Typed
from common.services.checkpoints.reading import StoredCheckpoint, read_checkpoints
from common.services.checkpoints.writing import (
    NewCheckpoint,
    NewWrite,
    copy_thread_rows,
    save_checkpoint,
    save_writes,
)
from tests.support.checkpoints.rows import row_counts


def make(
    checkpoint_id: str = "c1",
    *,
    thread_id: str = "chat",
    checkpoint_ns: str = "",
    parent: str | None = None,
    versions: dict[str, str] | None = None,
) -> NewCheckpoint:
    stored_apart = versions or {}
    return NewCheckpoint(
        thread_id=thread_id,
        checkpoint_ns=checkpoint_ns,
        checkpoint_id=checkpoint_id,
        parent_checkpoint_id=parent,
        document={"channel_versions": stored_apart, "channel_values": {}},
        metadata={"step": 1},
        versions=stored_apart.items(),
    )


def save(engine: Engine, new: NewCheckpoint, values: dict[str, bytes] | None = None) -> list[str]:
    """Save, and return the channels whose value was requested."""
    requested: list[str] = []

    def value_of(channel: str) -> Typed:
        requested.append(channel)
        return "bytes", (values or {}).get(channel, channel.encode())

    with engine.begin() as connection:
        save_checkpoint(connection, new, value_of)
    return requested


def write(
    idx: int, value: bytes = b"x", *, channel: str = "messages", task_id: str = "t1", task_path: str = "p"
) -> NewWrite:
    return NewWrite(task_id=task_id, task_path=task_path, idx=idx, channel=channel, value=("bytes", value))


def save_some(engine: Engine, *writes: NewWrite, checkpoint_id: str = "c1") -> None:
    with engine.begin() as connection:
        save_writes(connection, "chat", checkpoint_id, writes)


def stored(engine: Engine) -> list[StoredCheckpoint]:
    with engine.connect() as connection:
        return list(read_checkpoints(connection, [], limit=100))


def writes_of(engine: Engine) -> dict[int, bytes]:
    (found,) = stored(engine)
    return {one.idx: one.value[1] for one in found.writes}


def test_a_stored_value_is_not_requested_again(emptied_engine: Engine) -> None:
    assert save(emptied_engine, make("c1", versions={"a": "1", "b": "1"})) == ["a", "b"]
    assert save(emptied_engine, make("c2", versions={"a": "1", "b": "2"})) == ["b"]
    assert save(emptied_engine, make("c3", versions={"a": "1"}, checkpoint_ns="inner")) == ["a"]
    assert row_counts(emptied_engine)[2] == 4


def test_saving_a_checkpoint_twice_stores_it_once(emptied_engine: Engine) -> None:
    for _ in range(2):
        save(emptied_engine, make(versions={"a": "1"}))
    assert row_counts(emptied_engine) == (1, 1, 1, 0)


def test_another_graph_cannot_reuse_a_checkpoint_id(emptied_engine: Engine) -> None:
    save(emptied_engine, make(versions={"a": "1"}))
    with pytest.raises(ConflictError, match="c1"):
        save(emptied_engine, make(checkpoint_ns="inner", versions={"b": "1"}))
    (found,) = stored(emptied_engine)
    assert (found.checkpoint_ns, set(found.values)) == ("", {"a"})


def test_a_repeated_write_keeps_the_first_value(emptied_engine: Engine) -> None:
    save(emptied_engine, make())
    save_some(emptied_engine, write(0, b"first"), write(1, b"first"))
    save_some(emptied_engine, write(0, b"second"), write(2, b"second"))
    assert writes_of(emptied_engine) == {0: b"first", 1: b"first", 2: b"second"}


def test_a_write_with_negative_index_is_replaced(emptied_engine: Engine) -> None:
    save(emptied_engine, make())
    save_some(emptied_engine, write(-3, b"first", channel="__interrupt__"), write(0, b"first"))
    save_some(emptied_engine, write(-3, b"second", channel="__interrupt__"))
    assert writes_of(emptied_engine) == {-3: b"second", 0: b"first"}


def test_thousands_of_writes_are_stored_at_once(emptied_engine: Engine) -> None:
    save(emptied_engine, make())
    save_some(emptied_engine, *(write(number) for number in range(10_001)))
    assert row_counts(emptied_engine)[3] == 10_001


def test_saving_no_writes_stores_nothing(emptied_engine: Engine) -> None:
    save_some(emptied_engine)
    assert row_counts(emptied_engine) == (0, 0, 0, 0)


@pytest.mark.parametrize("odd", ["null", "", 'a"b', "{}", "\\", "a,b c", "\x7f\u2028"])
def test_names_with_special_characters_are_stored_unchanged(emptied_engine: Engine, odd: str) -> None:
    save(emptied_engine, make(odd or "id", thread_id="chat", versions={odd: odd}, checkpoint_ns=odd))
    save_some(emptied_engine, write(0, channel=odd, task_id=odd, task_path=odd), checkpoint_id=odd or "id")
    (found,) = stored(emptied_engine)
    (written,) = found.writes
    assert (found.checkpoint_ns, set(found.values)) == (odd, {odd})
    assert (written.channel, written.task_id, written.task_path) == (odd, odd, odd)


LONGEST = "é" * 100


def test_ids_may_fill_their_columns(emptied_engine: Engine) -> None:
    longest = make(
        LONGEST,
        thread_id=LONGEST,
        parent=LONGEST,
        checkpoint_ns="n" * 1000,
        versions={"c" * 500: "v" * 500},
    )
    save(emptied_engine, longest)
    assert row_counts(emptied_engine) == (1, 1, 1, 0)


@pytest.mark.parametrize(
    ("new", "field"),
    [
        (make("c" * 101), "checkpoint_id: has 101 characters; at most 100 are allowed"),
        (make(thread_id="t" * 101), "thread_id"),
        (make(parent="p" * 101), "parent_checkpoint_id"),
        (make(checkpoint_ns="é" * 501), "checkpoint_ns: has 1002 bytes; at most 1000 are allowed"),
        (make(versions={"c" * 501: "1"}), "channel"),
        (make(versions={"c": "1" * 501}), "version"),
    ],
)
def test_a_name_that_is_too_long_is_refused(emptied_engine: Engine, new: NewCheckpoint, field: str) -> None:
    with pytest.raises(ValidationError, match=field):
        save(emptied_engine, new)
    assert row_counts(emptied_engine) == (0, 0, 0, 0)


def test_writes_with_a_name_that_is_too_long_are_refused(emptied_engine: Engine) -> None:
    for too_long in (write(0, channel="c" * 501), write(0, task_id="t" * 501)):
        with pytest.raises(ValidationError):
            save_some(emptied_engine, write(1), too_long)
    assert row_counts(emptied_engine)[3] == 0


def test_a_copy_is_complete_and_can_be_repeated(emptied_engine: Engine) -> None:
    save(emptied_engine, make("c1", versions={"a": "1"}))
    save(emptied_engine, make("c2", versions={"a": "1"}, parent="c1", checkpoint_ns="inner"))
    save_some(emptied_engine, write(0))
    for _ in range(2):
        with emptied_engine.begin() as connection:
            copy_thread_rows(connection, "chat", "copy")
    assert row_counts(emptied_engine) == (4, 4, 4, 2)
    copied = [one for one in stored(emptied_engine) if one.thread_id == "copy"]
    assert [(one.checkpoint_id, one.checkpoint_ns, one.parent_checkpoint_id) for one in copied] == [
        ("c2", "inner", "c1"),
        ("c1", "", None),
    ]
    assert [set(one.values) for one in copied] == [{"a"}, {"a"}]
