"""Rows copied into Postgres come back unchanged, except for text that Postgres cannot store."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pg8000
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, text

from common.errors import UnavailableError
from common.services.postgres.copy_rows import copy_rows
from tests.support.runs import NOON

COLUMNS = ("number", "words", "at", "big", "portion", "flag")


@pytest.fixture(scope="module")
def connection(shared_engine: Engine) -> Iterator[Connection]:
    with shared_engine.connect() as connection:
        connection.execute(
            text(
                "CREATE TEMPORARY TABLE copied (number int, words text, at timestamptz, big bigint,"
                " portion double precision, flag boolean)"
            )
        )
        yield connection
        connection.rollback()


def copied(connection: Connection, rows: Sequence[Sequence[Any]]) -> list[tuple[Any, ...]]:
    """`rows` as Postgres returns them, in the order of their numbers."""
    connection.execute(text("DELETE FROM copied"))
    copy_rows(connection, "copied", COLUMNS, rows)
    return [tuple(row) for row in connection.execute(text("SELECT * FROM copied ORDER BY number"))]


_TEXTS = st.text(st.characters(exclude_categories=["Cs"])) | st.text("\\\n\r\t\0\b\f\v.N/bn x", max_size=12)
_ROWS = st.lists(
    st.tuples(
        st.none() | _TEXTS,
        st.none() | st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC)),  # noqa: DTZ001
        st.none() | st.integers(-(2**63), 2**63 - 1),
        st.none() | st.floats(allow_nan=False),
        st.none() | st.booleans(),
    ),
    max_size=5,
)


@settings(max_examples=150, deadline=None)
@given(_ROWS)
def test_copied_rows_come_back_with_nul_replaced(connection: Connection, rows: list[tuple[Any, ...]]) -> None:
    numbered = [(number, *row) for number, row in enumerate(rows)]

    found = copied(connection, numbered)

    assert found == [
        (number, words.replace("\0", "\ufffd") if words else words, *others) for number, words, *others in numbered
    ]


@pytest.mark.parametrize("words", ["\\N", "\\.", "\\", "\\\\n", "a\tb", "a\nb\r\n", "", "\x7f\x1b[0m", "𝄞 é"])
def test_special_characters_of_copy_are_stored_as_text(connection: Connection, words: str) -> None:
    assert copied(connection, [(1, words, None, None, None, None)]) == [(1, words, None, None, None, None)]


def test_an_unpaired_surrogate_is_replaced(connection: Connection) -> None:
    ((_, words, *_others),) = copied(connection, [(1, "a\ud800b", None, None, None, None)])

    assert words == "a?b"


def test_a_time_in_any_zone_is_stored_as_the_same_moment(connection: Connection) -> None:
    elsewhere = NOON.astimezone(timezone(timedelta(hours=-3, minutes=-30)))

    ((_, _, at, *_others),) = copied(connection, [(1, "", elsewhere, None, None, None)])

    assert at == NOON


@pytest.mark.parametrize("count", [0, 1, 999, 1000, 1001, 2500])
def test_no_row_is_lost_between_blocks(connection: Connection, count: int) -> None:
    rows = [(number, str(number), None, number, None, None) for number in range(count)]

    assert copied(connection, rows) == rows


def test_rows_are_read_from_a_generator(connection: Connection) -> None:
    made = ((number, None, None, None, None, None) for number in range(1500))

    copy_rows(connection, "copied", COLUMNS, made)

    assert next(made, None) is None


def test_a_row_that_postgres_rejects_is_not_reported_as_unavailable(shared_engine: Engine) -> None:
    with pytest.raises(pg8000.DatabaseError), shared_engine.begin() as connection:
        copy_rows(connection, "users", ("email", "display_name"), [("x" * 300, "ana")])


def test_copied_rows_are_part_of_the_transaction(engine: Engine) -> None:
    with engine.connect() as connection:
        copy_rows(connection, "users", ("email", "display_name"), [("ana@lab.example", "ana")])
        connection.rollback()

    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM users")).scalar_one() == 0


def test_a_connection_lost_while_copying_raises_unavailable(engine: Engine) -> None:
    def rows() -> Iterator[tuple[str, str]]:
        for number in range(200_000):
            if number == 2000:
                with engine.connect() as other:
                    other.execute(text(f"SELECT pg_terminate_backend({pid})"))
            yield f"{number}@lab.example", "ana"

    with engine.connect() as connection:
        pid = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
        with pytest.raises(UnavailableError):
            copy_rows(connection, "users", ("email", "display_name"), rows())

    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM users")).scalar_one() == 0
