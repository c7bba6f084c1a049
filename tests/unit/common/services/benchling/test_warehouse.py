"""Why Benchling does not answer is said in our words, once the connection's own faults have been tried again."""

import gc
import socket
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
from pg8000.exceptions import DatabaseError, InterfaceError
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError

from common.errors import BenchlingError, UnavailableError
from common.services.benchling import engine as engines
from common.services.benchling.circuit_breaker import CircuitBreaker
from common.services.benchling.engine import benchling_engine
from common.services.benchling.warehouse import RETRY_AFTER_S, Trouble, Warehouse, trouble_of
from localdev.stack.ports import free_port
from localdev.stand_ins.benchling.address import reader_url
from tests.support.benchling import SharedWarehouse
from tests.support.clock import Clock

SECRETS = ("SELECT", "127.0.0.1", "benchling_reader", "ngs_run", "pg8000", "port")


class Asked:
    """A warehouse, and what it has waited for. Statements of `failing` raise before they reach Postgres."""

    def __init__(self, address: str, *, statement_timeout_s: float = 30) -> None:
        self.clock, self.waited = Clock(), list[float]()
        self.engine = benchling_engine(address, statement_timeout_s=statement_timeout_s)
        self.warehouse = Warehouse(self.engine, CircuitBreaker(self.clock), pause=self.waited.append)
        self.failing: list[BaseException] = []
        self.statements = 0
        event.listen(self.engine, "before_cursor_execute", self._before)

    def _before(self, *_arguments: object) -> None:
        self.statements += 1
        if self.failing:
            raise self.failing.pop(0)

    def close(self) -> None:
        """Close everything; pg8000 leaves the socket of a connection that broke to the garbage collector."""
        self.engine.dispose()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            gc.collect()

    def why_not(self, sql: str = "SELECT 1") -> str:
        with pytest.raises(BenchlingError) as refused:
            self.warehouse.rows(sql)
        assert not [secret for secret in SECRETS if secret in refused.value.message]
        return refused.value.message


@pytest.fixture
def asked(warehouse: SharedWarehouse) -> Iterator[Asked]:
    made = Asked(warehouse.reader)
    yield made
    made.close()


@pytest.fixture
def nowhere() -> Asked:
    return Asked(reader_url(free_port()))


def failure(state: str) -> DBAPIError:
    return DBAPIError("SELECT ngs_run", None, DatabaseError({"C": state, "M": "host 127.0.0.1"}))


def lost() -> DBAPIError:
    return DBAPIError("SELECT ngs_run", None, InterfaceError("network error"))


def test_values_are_bound(asked: Asked) -> None:
    sql = "SELECT CAST(:text AS text) AS told"
    hostile = '\'; DROP TABLE "ngs_run$raw"; --'
    assert [row["told"] for row in asked.warehouse.rows(sql, text=hostile)] == [hostile]


@pytest.mark.parametrize("fault", [lost(), failure("08006"), failure("57P01"), failure("57P03"), failure("53300")])
def test_a_fault_of_the_connection_is_tried_again(asked: Asked, fault: BaseException) -> None:
    asked.failing = [fault] * 3
    assert len(asked.warehouse.rows("SELECT 1")) == 1
    assert asked.waited == list(RETRY_AFTER_S)


def test_after_three_times_it_is_away(asked: Asked) -> None:
    asked.failing = [lost()] * 4
    assert asked.why_not() == "Benchling does not answer; try again in a minute"
    assert asked.statements == 4


def test_a_connection_that_died_in_the_pool_is_replaced_unseen(asked: Asked, warehouse: SharedWarehouse) -> None:
    (pid,) = [row["pid"] for row in asked.warehouse.rows("SELECT pg_backend_pid() AS pid")]
    warehouse.values("SELECT pg_terminate_backend(:pid)", pid=pid)
    assert len(asked.warehouse.rows("SELECT 1")) == 1


@pytest.mark.parametrize(
    ("state", "told"),
    [
        ("57014", "Benchling took too long over this; narrow the filter"),
        ("28P01", "Benchling refuses Sluice's sign-in"),
        ("28000", "Benchling refuses Sluice's sign-in"),
        ("42P01", "its tables are not as Sluice's mapping says"),
        ("42501", "its tables are not as Sluice's mapping says"),
        ("22P02", "its tables are not as Sluice's mapping says"),
    ],
)
def test_any_other_fault_is_told_at_once(asked: Asked, state: str, told: str) -> None:
    asked.failing = [failure(state)]
    assert told in asked.why_not()
    assert (asked.statements, asked.waited) == (1, [])


def test_a_statement_that_takes_too_long_asks_for_a_narrower_filter(warehouse: SharedWarehouse) -> None:
    asked = Asked(warehouse.reader, statement_timeout_s=0.05)
    assert "narrow the filter" in asked.why_not("SELECT pg_sleep(30)")
    asked.close()


def test_a_table_that_is_not_there_is_no_matter_of_trying_again(asked: Asked) -> None:
    assert "mapping" in asked.why_not('SELECT * FROM "no such table"')


def test_nobody_listening_is_away(nowhere: Asked) -> None:
    assert nowhere.why_not() == "Benchling does not answer; try again in a minute"
    assert len(nowhere.waited) == 3


def test_while_the_circuit_is_open_nobody_waits(nowhere: Asked, asked: Asked) -> None:
    for _ in range(3):
        nowhere.why_not()
    waited = len(nowhere.waited)
    assert "left alone" in nowhere.why_not()
    assert len(nowhere.waited) == waited
    nowhere.clock.advance(seconds=30)
    assert "does not answer" in nowhere.why_not()
    assert "left alone" in nowhere.why_not()


def test_statements_that_are_wrong_do_not_open_the_circuit(asked: Asked) -> None:
    for _ in range(5):
        assert "mapping" in asked.why_not("SELECT no_such_column")
    assert len(asked.warehouse.rows("SELECT 1")) == 1


def test_slowness_opens_the_circuit(asked: Asked) -> None:
    asked.failing = [failure("57014")] * 3
    for _ in range(3):
        asked.why_not()
    assert "left alone" in asked.why_not()


def test_who_finds_every_connection_in_use_is_told_so(warehouse: SharedWarehouse) -> None:
    asked = Asked(warehouse.reader)
    asked.engine.pool._timeout = 0.01  # type: ignore[attr-defined]
    held = [asked.engine.connect() for _ in range(engines.POOL_SIZE)]
    for _ in range(4):
        assert asked.why_not() == "every connection to Benchling is in use; try again"
    for connection in held:
        connection.close()
    assert len(asked.warehouse.rows("SELECT 1")) == 1
    asked.close()


# pg8000 leaves the socket of a handshake without an answer to the garbage collector, which is asked here and now.
@pytest.mark.filterwarnings("ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning")
def test_one_who_takes_connections_and_says_nothing_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "_CONNECT_TIMEOUT_S", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        asked = Asked(reader_url(silent.getsockname()[1]))
        assert "does not answer" in asked.why_not()
        asked.close()
    gc.collect()


def test_an_answer_that_never_comes_is_given_up(warehouse: SharedWarehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "_LOST_AFTER_S", -29.8)
    asked = Asked(warehouse.reader, statement_timeout_s=30)
    assert "took too long" in asked.why_not("SELECT pg_sleep(5)")
    assert asked.waited == []
    asked.close()


def test_readiness_is_whether_it_answers(asked: Asked, nowhere: Asked) -> None:
    asked.warehouse.check_ready()
    with pytest.raises(UnavailableError, match="does not answer"):
        nowhere.warehouse.check_ready()


def test_an_error_of_the_socket_is_one_of_the_connection(warehouse: SharedWarehouse) -> None:
    raised: list[Any] = [ConnectionResetError(), InterfaceError("Can't create a connection"), ValueError()]
    assert [trouble_of(error) for error in raised] == [Trouble.AWAY, Trouble.AWAY, Trouble.WRONG]


def test_telemetry_has_neither_statement_nor_address(asked: Asked, caplog: pytest.LogCaptureFixture) -> None:
    asked.failing = [failure("28P01")]
    with caplog.at_level("WARNING"):
        asked.why_not()
    (record,) = caplog.records
    assert vars(record).items() >= {"action": "benchling_failed", "trouble": "refused", "state": "28P01"}.items()
    assert "127.0.0.1" not in str(vars(record))


def test_the_warehouse_itself_is_there_all_the_while(warehouse: SharedWarehouse) -> None:
    engine: Engine = create_engine(warehouse.url)
    with engine.connect() as connection:
        assert connection.execute(text('SELECT count(*) FROM "ngs_run$raw"')).scalar_one() > 0
    engine.dispose()
