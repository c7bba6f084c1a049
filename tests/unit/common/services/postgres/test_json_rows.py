"""Rows passed to Postgres as one parameter."""

import pytest
from sqlalchemy import Engine, select

from common.services.postgres.json_rows import json_rows

ROWS = [("null", 1), ("NULL", -2), ("", 0), ('a"b{,}\\', 2**31 - 1), ("é\u2028 ", 5)]


@pytest.mark.parametrize("rows", [ROWS, ROWS * 1000, []])
def test_json_rows_returns_the_given_rows(emptied_engine: Engine, rows: list[tuple[str, int]]) -> None:
    table = json_rows({"name": str, "number": int}, rows)
    with emptied_engine.connect() as connection:
        assert [tuple(row) for row in connection.execute(select(table.c.name, table.c.number))] == rows
