"""Prepared statements: read once by Postgres for each connection, forgotten after an error, and at most so many."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import BigInteger, Connection, Engine, Text, bindparam, literal, select, text
from sqlalchemy.exc import DBAPIError

from common.services.paging import limit_search_time
from common.services.postgres.engine import make_engine, read
from common.services.postgres.one_flush import MOST_PREPARED, Prepared
from common.services.postgres.prepared import PreparedStatement
from tests.support.round_trips import counted_round_trips
from tests.unit.common.services.conftest import address

ADD = PreparedStatement(
    select((bindparam("number", type_=BigInteger) + 1).label("next"), bindparam("word", type_=Text).label("word"))
)
QUOTIENT = PreparedStatement(select((literal(100) / bindparam("number", type_=BigInteger)).label("quotient")))
NAMES = text("SELECT name, generic_plans + custom_plans FROM pg_prepared_statements ORDER BY name")


@pytest.fixture
def connection(shared_database_url: str) -> Iterator[Connection]:
    engine = make_engine(address(shared_database_url, pool_size=1))
    with engine.connect() as connection:
        connection.connection.dbapi_connection.autocommit = True  # type: ignore[union-attr]
        yield connection
    engine.dispose()


def test_each_execution_takes_one_round_trip_and_postgres_reads_the_text_once(connection: Connection) -> None:
    connection.execute(NAMES)  # connects
    with counted_round_trips() as trips:
        found = [ADD.execute(connection, {"number": number, "word": "é"}).one() for number in range(7)]

    assert [row.next for row in found] == list(range(1, 8))
    assert {row.word for row in found} == {"é"}
    assert trips.count == 7, trips
    assert connection.execute(NAMES).all() == [("s0", 7)]


def test_values_may_be_missing_in_postgres_but_not_in_the_call(connection: Connection) -> None:
    assert ADD.execute(connection, {"number": None, "word": None, "other": 1}).one() == (None, None)
    with pytest.raises(KeyError, match="word"):
        ADD.execute(connection, {"number": 1})


def test_a_statement_that_failed_is_prepared_again(connection: Connection) -> None:
    for number in (0, 0, 4):
        if number:
            assert QUOTIENT.execute(connection, {"number": number}).scalar_one() == 25
        else:
            with pytest.raises(DBAPIError, match="division by zero"):
                QUOTIENT.execute(connection, {"number": number})
    assert ADD.execute(connection, {"number": 1, "word": ""}).one().next == 2
    assert [name for name, _ in connection.execute(NAMES)] == ["s0", "s1"]


def test_the_statement_that_was_used_least_recently_makes_room(connection: Connection) -> None:
    texts = [Prepared(f"SELECT {number} + %s :: bigint") for number in range(MOST_PREPARED + 1)]
    for statement in (*texts[:-1], texts[0], texts[-1], texts[0]):
        assert connection.exec_driver_sql(statement, (1,)).scalar_one() == texts.index(statement) + 1

    kept = {row[0] for row in connection.execute(text("SELECT statement FROM pg_prepared_statements"))}

    assert len(kept) == MOST_PREPARED
    assert [f"SELECT {number} + $1 :: bigint" in kept for number in (0, 1, 2)] == [True, False, True]


def test_a_prepared_statement_begins_a_transaction_with_its_settings(engine: Engine) -> None:
    shown = PreparedStatement(select(text("current_setting('statement_timeout')")).where(bindparam("number") == 1))

    def timeouts(connection: Connection) -> list[Any]:
        limit_search_time(connection)
        return [shown.execute(connection, {"number": 1}).scalar_one() for _ in range(2)]

    assert read(engine, timeouts) == ["5s", "5s"]
    assert read(engine, lambda connection: shown.execute(connection, {"number": 1}).scalar_one()) == "0"


def test_a_statement_is_usable_again_after_its_table_has_changed(connection: Connection) -> None:
    connection.exec_driver_sql("CREATE TEMPORARY TABLE things AS SELECT 1 AS number")
    things = PreparedStatement(text("SELECT number FROM things WHERE number = :number").columns())
    assert things.execute(connection, {"number": 1}).scalar_one() == 1

    connection.exec_driver_sql("ALTER TABLE things ALTER number TYPE text")
    with pytest.raises(DBAPIError):
        things.execute(connection, {"number": 1})

    assert things.execute(connection, {"number": "1"}).scalar_one() == "1"
