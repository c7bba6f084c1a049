"""Rows passed to Postgres as one parameter."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import BigInteger, Boolean, DateTime, Double, Engine, Text, select

from common.services.postgres.json_rows import json_rows

ROWS = [("null", 1), ("NULL", -2), ("", 0), ('a"b{,}\\', 2**31 - 1), ("é\u2028 \U0001f9ec \ud7a3", 5)]
MOMENT = datetime(2026, 11, 23, 12, 0, 0, 123456, tzinfo=UTC)


@pytest.mark.parametrize("rows", [ROWS, ROWS * 1000, []])
def test_json_rows_returns_the_given_rows(emptied_engine: Engine, rows: list[tuple[str, int]]) -> None:
    table = json_rows({"name": str, "number": int}, rows)
    with emptied_engine.connect() as connection:
        assert [tuple(row) for row in connection.execute(select(table.c.name, table.c.number))] == rows


@pytest.mark.parametrize("row", [(True, 2**62, 1e30, MOMENT, "a"), (False, -1, 0.1, MOMENT, "\\u0000"), (None,) * 5])
def test_any_type_of_a_column_can_be_passed(emptied_engine: Engine, row: tuple[object, ...]) -> None:
    table = json_rows(
        {"a": Boolean(), "b": BigInteger(), "c": Double(), "d": DateTime(timezone=True), "e": Text()}, [row]
    )
    with emptied_engine.connect() as connection:
        assert [tuple(found) for found in connection.execute(select(table))] == [row]


@pytest.mark.parametrize(("text", "stored"), [("a\0\ud800\U0001f9ec", "a\ufffd?\U0001f9ec"), ("\\u0000", "\\u0000")])
def test_text_that_postgres_cannot_store_is_cleaned(emptied_engine: Engine, text: str, stored: str) -> None:
    table = json_rows({"name": str}, [(text,)])
    with emptied_engine.connect() as connection:
        assert connection.execute(select(table.c.name)).scalar_one() == stored
