"""Cursors, totals and search limits of the paged lists."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import BigInteger, DateTime, Engine, Float, Integer, SmallInteger, Text, column, func, select, text
from sqlalchemy.types import TypeEngine

from common.errors import UnavailableError, ValidationError
from common.services import paging
from common.services.paging import (
    COUNTED_AT_MOST,
    LONGEST_CURSOR,
    CursorCodec,
    Total,
    count_up_to_cap,
    fits_column,
    limit_search_time,
)
from tests.support.cursors import cursor_of, encoded
from tests.support.runs import NOON


class Position(NamedTuple):
    """A position with a field of every kind."""

    name: str
    number: int
    value: str | int | float | datetime | None


CODEC = CursorCodec(Position)
LIST = "list"
_TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=50)
_INTEGERS = st.integers(-(2**63) + 1, 2**63 - 1)
_TIMES = st.datetimes(
    datetime(1, 1, 2),  # noqa: DTZ001 Hypothesis adds the zone
    datetime(9999, 12, 30),  # noqa: DTZ001
    timezones=st.just(UTC),
)
_POSITIONS = st.builds(
    Position, _TEXTS, _INTEGERS, st.none() | _TEXTS | _INTEGERS | st.floats(allow_nan=False) | _TIMES
)


def is_refused(cursor: str) -> bool:
    try:
        CODEC.decode(cursor, of=LIST)
    except ValidationError as error:
        return [fault.field for fault in error.faults] == ["cursor"]
    return False


@given(_POSITIONS)
def test_decode_returns_the_position_that_was_encoded(position: Position) -> None:
    decoded = CODEC.decode(CODEC.encode(position, of=LIST), of=LIST)
    assert decoded == position
    assert [type(value) for value in decoded] == [type(value) for value in position]


@given(_POSITIONS)
def test_a_cursor_needs_no_escaping_in_a_url(position: Position) -> None:
    allowed = set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    assert set(CODEC.encode(position, of=LIST)) <= allowed


def test_a_time_in_any_zone_is_the_same_position() -> None:
    elsewhere = NOON.astimezone(timezone(timedelta(hours=5)))
    assert CODEC.encode(Position("", 0, elsewhere), of=LIST) == CODEC.encode(Position("", 0, NOON), of=LIST)


@given(st.text() | st.text().map(encoded) | st.binary().map(encoded))
def test_any_text_is_refused_unless_encode_returns_it(cursor: str) -> None:
    assert is_refused(cursor) or CODEC.encode(CODEC.decode(cursor, of=LIST), of=LIST) == cursor


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "é",
        "%%%",
        "AAAA",
        "\0",
        "\ud800",
        encoded("slist\0sa\0i1"),
        encoded("slist\0sa\0i1\0n\0n"),
        encoded("slist\0sa\0s1\0n"),
        encoded("slist\0i1\0i1\0n"),
        encoded("slist\0n\0i1\0n"),
        encoded("slist\0sa\0i1\0nx"),
        encoded("slist\0sa\0i1\0x"),
        encoded("slist\0sa\0i 1\0n"),
        encoded("slist\0sa\0i1_0\0n"),
        encoded("slist\0sa\0i01\0n"),
        encoded("slist\0sa\0i٣\0n"),
        encoded("slist\0sa\0i" + "9" * 1_000 + "\0n"),
        encoded(f"sa\0i{2**63}\0n"),
        encoded("slist\0sa\0iTrue\0n"),
        encoded("slist\0sa\0i1\0f1"),
        encoded("slist\0sa\0i1\0tnoon"),
        encoded("slist\0sa\0i1\0t2026-11-23"),
        encoded("slist\0sa\0i1\0t2026-11-23T12:00:00"),
        encoded("slist\0sa\0i1\0t2026-11-23T12:00:00+01:00"),
        encoded("slist\0sa\0i1\0t2026-11-23T12:00:00+99:00"),
        encoded("slist\0sa\0i1\0t0001-01-01T00:00:00+14:00"),
        encoded("slist\0sa\0i1\0t9999-12-31T23:59:59-14:00"),
        encoded("slist\0s\ud800\0i1\0n"),
        encoded(b"slist\0s\xff\0i1\0n"),
        encoded("slist\0sa\0i1\0n") + "=",
        encoded("slist\0sa\0i1\0n") + "\n",
        encoded("slist\0s" + "a" * LONGEST_CURSOR + "\0i1\0n"),
        encoded("[" * 100_000),
        encoded("9" * 100_000),
        encoded('["a", 1, null]'),
    ],
)
def test_a_text_that_encode_cannot_return_is_refused(cursor: str) -> None:
    assert is_refused(cursor)


@given(_POSITIONS, st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20))
def test_a_cursor_of_another_list_is_refused(position: Position, other: str) -> None:
    cursor = CODEC.encode(position, of=other)
    assert is_refused(cursor) == (other != LIST)


@pytest.mark.parametrize(
    ("kind", "value", "fits"),
    [
        (SmallInteger(), 2**15 - 1, True),
        (SmallInteger(), 2**15, False),
        (Integer(), -(2**31), True),
        (Integer(), 2**31, False),
        (BigInteger(), 2**63 - 1, True),
        (Integer(), "1", False),
        (Integer(), None, True),
        (Float(), 1.5, True),
        (Float(), float("inf"), False),
        (Float(), float("nan"), False),
        (Float(), 1, False),
        (Text(), "x", True),
        (DateTime(), NOON, True),
    ],
)
def test_a_value_fits_a_column_of_its_type_and_size(kind: TypeEngine[Any], value: object, *, fits: bool) -> None:
    assert fits_column(value, column("c", kind)) == fits


def test_the_longest_cursor_is_accepted() -> None:
    cursor = cursor_of("a" * (LONGEST_CURSOR // 4 * 3 - 12), 1, None, of=LIST)
    assert len(cursor) == LONGEST_CURSOR
    assert not is_refused(cursor)


@pytest.mark.parametrize(
    ("rows", "total"),
    [
        (0, Total(0, is_capped=False)),
        (7, Total(7, is_capped=False)),
        (COUNTED_AT_MOST, Total(COUNTED_AT_MOST, is_capped=False)),
        (COUNTED_AT_MOST + 1, Total(COUNTED_AT_MOST, is_capped=True)),
        (COUNTED_AT_MOST * 3, Total(COUNTED_AT_MOST, is_capped=True)),
    ],
)
def test_a_total_is_exact_up_to_the_cap(engine: Engine, rows: int, total: Total) -> None:
    matching = select(func.generate_series(1, rows).label("n")).order_by("n")

    with engine.connect() as connection:
        assert count_up_to_cap(connection, matching) == total


def test_a_limited_search_raises_unavailable_and_the_limit_ends_with_its_transaction(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paging, "_SEARCH_TIMEOUT_MS", 20)
    with engine.connect() as connection:
        limit_search_time(connection)
        with pytest.raises(UnavailableError, match="narrow the request"):
            connection.execute(text("SELECT pg_sleep(1)"))
        connection.rollback()
        connection.execute(text("SELECT pg_sleep(0.05)"))
