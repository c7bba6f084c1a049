"""Encoded values pass through Postgres unchanged."""

import json
import math
from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from sqlalchemy import Engine, text

from common.services.checkpoints.encoding import escape, from_json, is_scalar, to_json, unescape

SERDE = JsonPlusSerializer()
TEXTS = st.text(st.characters(exclude_categories=()) | st.sampled_from("\0\ue000\ud800\udfff"))
NUMBERS = st.integers(-(2**70), 2**70).filter(lambda number: abs(number) < 2**63) | st.floats(allow_nan=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS | st.binary(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=10,
)


class Colour(StrEnum):
    RED = "red"


def stored(engine: Engine, value: object) -> object:
    """The value that Postgres returns for a JSONB value."""
    with engine.connect() as connection:
        return connection.execute(text("SELECT CAST(:value AS jsonb)"), {"value": json.dumps(value)}).scalar_one()


@given(VALUES)
def test_any_value_survives_json(value: object) -> None:
    written = json.loads(json.dumps(to_json(value, SERDE.dumps_typed), allow_nan=False))
    assert from_json(written, SERDE.loads_typed) == value


def test_values_survive_postgres(emptied_engine: Engine) -> None:
    numbers = [0, -1, 2**62, 0.1, 1e-7, 1e14, 1e16, 1.5e300, math.inf]
    values = {
        "a\0b": ["\0", "\ud800", "\ue000", "\ue0000000", "plain", ""],
        "numbers": numbers,
        "\ue000": {"": None, "yes": True},
        "others": [b"\0\xff", {1: "a"}, frozenset({1})],
    }
    written = stored(emptied_engine, to_json(values, SERDE.dumps_typed))
    read = from_json(written, SERDE.loads_typed)
    assert read == values
    assert isinstance(read, dict)
    # 1e16 must stay a float
    assert [type(number) for number in read["numbers"]] == [type(number) for number in numbers]


def test_not_a_number_survives_postgres(emptied_engine: Engine) -> None:
    written = stored(emptied_engine, to_json({"score": math.nan}, SERDE.dumps_typed))
    read = from_json(written, SERDE.loads_typed)
    assert isinstance(read, dict)
    assert math.isnan(read["score"])


def test_plain_json_is_not_changed() -> None:
    plain = {"step": 3, "source": "loop", "parents": {"": "a"}, "list": [1, None, "é"]}
    assert to_json(plain, SERDE.dumps_typed) == plain


def test_tuples_become_lists() -> None:
    assert to_json({"counts": (1, 2)}, SERDE.dumps_typed) == {"counts": [1, 2]}


@given(TEXTS, TEXTS)
def test_different_texts_are_escaped_differently(one: str, other: str) -> None:
    assert (escape(one) == escape(other)) == (one == other)
    assert unescape(escape(one)) == one
    assert "\0" not in escape(one)


@pytest.mark.parametrize("value", [None, True, 0, -5, 1.5, "", "text"])
def test_values_that_json_stores_exactly_are_scalar(value: object) -> None:
    assert is_scalar(value)


@pytest.mark.parametrize("value", [math.nan, math.inf, 1e15, 2**63, Colour.RED, b"", [], {}, ()])
def test_values_that_json_would_change_are_not_scalar(value: object) -> None:
    assert not is_scalar(value)
