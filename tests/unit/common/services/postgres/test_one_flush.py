"""Statements in one round trip: the same answers and errors as pg8000 gives, and how often it waits."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import count

import pg8000
import pytest
from sqlalchemy import Connection, Engine, select, text
from sqlalchemy.exc import DBAPIError

from common.models.users.users import UserRow
from common.services.postgres.copy_rows import copy_rows
from common.services.postgres.engine import autocommit_connection, make_engine, read
from common.services.postgres.one_flush import PG8000_VERSION, _moment
from tests.support.round_trips import RoundTrips, counted_round_trips
from tests.unit.common.services.conftest import address

_ADD_USER = text("INSERT INTO users (email, display_name) VALUES (:email, 'ana')")
_ADD_ONE = text("SELECT :number + 1")


@pytest.fixture
def trips(engine: Engine) -> Iterator[RoundTrips]:
    read(engine, lambda connection: connection.execute(text("SELECT 1")))  # connects
    with counted_round_trips() as counted:
        yield counted


def add_one(connection: Connection, number: int = 1) -> int:
    return int(connection.execute(_ADD_ONE, {"number": number}).scalar_one())


def test_the_installed_pg8000_is_the_one_that_was_read() -> None:
    assert version("pg8000") == PG8000_VERSION, "compare execute, execute_unnamed and send_* with one_flush.py"


def test_a_read_takes_one_round_trip(engine: Engine, trips: RoundTrips) -> None:
    assert read(engine, add_one) == 2
    assert trips.count == 1, trips


def test_a_single_write_takes_one_round_trip(engine: Engine, trips: RoundTrips) -> None:
    with autocommit_connection(engine) as connection:
        connection.execute(_ADD_USER, {"email": "ana@lab.example"})

    assert trips.count == 1, trips


def test_a_transaction_takes_one_round_trip_for_each_statement_and_one_for_its_end(
    engine: Engine, trips: RoundTrips
) -> None:
    with engine.begin() as connection:
        assert [add_one(connection), add_one(connection, 2)] == [2, 3]

    assert trips.count == 3, trips


def test_an_idle_connection_is_checked_before_it_writes(shared_database_url: str, engine: Engine) -> None:
    idle = make_engine(address(shared_database_url, pool_size=1), clock=count(step=60).__next__)
    read(idle, add_one)
    with counted_round_trips(idle_connections=True) as trips, idle.begin() as connection:
        add_one(connection)
    idle.dispose()

    assert trips.count == 3, trips


def test_a_statement_without_parameters_begins_a_transaction_too(engine: Engine, trips: RoundTrips) -> None:
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL statement_timeout = 7000"))
        assert connection.execute(text("SHOW statement_timeout")).scalar_one() == "7s"

    assert read(engine, lambda connection: connection.execute(text("SHOW statement_timeout")).scalar_one()) == "0"
    assert trips.count == 4, trips


def test_a_transaction_that_fails_at_its_first_statement_leaves_nothing(engine: Engine) -> None:
    with pytest.raises(DBAPIError), engine.begin() as connection:
        connection.execute(text("SELECT 1 / CAST(:number AS INTEGER)"), {"number": 0})
    twice = text("INSERT INTO users (email, display_name) VALUES (:email, 'ana'), (:email, 'ana')")
    with pytest.raises(DBAPIError), engine.begin() as connection:
        connection.execute(twice, {"email": "ana@lab.example"})

    assert read(engine, lambda connection: connection.execute(select(UserRow.email)).all()) == []


def test_a_failed_statement_leaves_its_connection_usable(engine: Engine) -> None:
    with engine.connect() as connection:
        for _ in range(2):
            with pytest.raises(DBAPIError):
                connection.execute(text("SELECT CAST(:value AS INTEGER)"), {"value": "x"})
            connection.rollback()

        assert add_one(connection) == 2


def test_copy_as_the_first_statement_of_a_transaction_can_be_taken_back(engine: Engine) -> None:
    with engine.connect() as connection:
        copy_rows(connection, "users", ("email", "display_name", "preferences"), [("ana@lab.example", "ana", "{}")])
        assert connection.execute(select(UserRow.email)).scalar_one() == "ana@lab.example"
        connection.rollback()

        assert connection.execute(select(UserRow.email)).all() == []


def test_a_long_statement_with_many_rows_is_answered(engine: Engine) -> None:
    rows = text("SELECT n, CASE mod(n, 1000) WHEN 1 THEN CAST(:word AS text) END FROM generate_series(1, 5000) AS n")

    answered = read(engine, lambda connection: connection.execute(rows, {"word": "é\\" * 100_000}).all())

    assert [row.n for row in answered] == list(range(1, 5001))
    assert [row[1] for row in answered if row[1]] == ["é\\" * 100_000] * 5


def test_a_closed_connection_says_so(engine: Engine) -> None:
    with closing(engine.raw_connection()) as borrowed:
        cursor = borrowed.cursor()
        borrowed.dbapi_connection.close()  # type: ignore[union-attr]

        for statement, values in (("SELECT %s", (1,)), ("SELECT 1", ())):
            with pytest.raises(pg8000.InterfaceError, match="connection is closed"):
                cursor.execute(statement, values)
        borrowed.invalidate()


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2026-11-23 12:00:00+00", datetime(2026, 11, 23, 12, tzinfo=UTC)),
        ("2026-11-23 12:00:00.1135+00", datetime(2026, 11, 23, 12, 0, 0, 113_500, UTC)),
        ("2026-11-23 17:30:00.000001+05:30", datetime(2026, 11, 23, 12, 0, 0, 1, UTC)),
        ("infinity", "infinity"),
        ("20261-11-23 12:00:00+00", "20261-11-23 12:00:00+00"),
    ],
)
def test_times_are_read_as_pg8000_reads_them(written: str, moment: object) -> None:
    assert _moment(written) == moment
