"""Connection failures are retried; errors say why Benchling does not answer without exposing it."""

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
from common.services.benchling.warehouse import RETRY_AFTER_S, Warehouse, WarehouseFailure, failure_of
from localdev.stack.ports import free_port
from localdev.stand_ins.benchling.address import reader_url
from tests.support.benchling import SharedWarehouse
from tests.support.clock import Clock

SECRETS = ("SELECT", "127.0.0.1", "benchling_reader", "ngs_run", "pg8000", "port")


class Probe:
    """A warehouse with its waits. The errors in `failing` are raised before a statement reaches Postgres."""

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
        """Close everything; pg8000 leaves the socket of a broken connection to the garbage collector."""
        self.engine.dispose()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            gc.collect()

    def failure_message(self, sql: str = "SELECT 1") -> str:
        with pytest.raises(BenchlingError) as refused:
            self.warehouse.rows(sql)
        assert not [secret for secret in SECRETS if secret in refused.value.message]
        return refused.value.message


@pytest.fixture
def probe(warehouse: SharedWarehouse) -> Iterator[Probe]:
    made = Probe(warehouse.reader)
    yield made
    made.close()


@pytest.fixture
def nowhere() -> Probe:
    return Probe(reader_url(free_port()))


def failure(state: str) -> DBAPIError:
    return DBAPIError("SELECT ngs_run", None, DatabaseError({"C": state, "M": "host 127.0.0.1"}))


def lost() -> DBAPIError:
    return DBAPIError("SELECT ngs_run", None, InterfaceError("network error"))


def test_values_are_bound(probe: Probe) -> None:
    sql = "SELECT CAST(:text AS text) AS value"
    hostile = '\'; DROP TABLE "ngs_run$raw"; --'
    assert [row["value"] for row in probe.warehouse.rows(sql, text=hostile)] == [hostile]


@pytest.mark.parametrize("fault", [lost(), failure("08006"), failure("57P01"), failure("57P03"), failure("53300")])
def test_a_connection_failure_is_retried(probe: Probe, fault: BaseException) -> None:
    probe.failing = [fault] * 3
    assert len(probe.warehouse.rows("SELECT 1")) == 1
    assert probe.waited == list(RETRY_AFTER_S)


def test_three_failed_retries_are_reported(probe: Probe) -> None:
    probe.failing = [lost()] * 4
    assert probe.failure_message() == "Benchling does not answer; try again in a minute"
    assert probe.statements == 4


def test_a_broken_connection_in_the_pool_is_replaced(probe: Probe, warehouse: SharedWarehouse) -> None:
    (pid,) = [row["pid"] for row in probe.warehouse.rows("SELECT pg_backend_pid() AS pid")]
    warehouse.values("SELECT pg_terminate_backend(:pid)", pid=pid)
    assert len(probe.warehouse.rows("SELECT 1")) == 1


@pytest.mark.parametrize(
    ("state", "message"),
    [
        ("57014", "Benchling took too long; narrow the filter"),
        ("28P01", "Benchling refuses Sluice's credentials"),
        ("28000", "Benchling refuses Sluice's credentials"),
        ("42P01", "tables do not match Sluice's mapping"),
        ("42501", "tables do not match Sluice's mapping"),
        ("22P02", "tables do not match Sluice's mapping"),
    ],
)
def test_other_failures_are_reported_at_once(probe: Probe, state: str, message: str) -> None:
    probe.failing = [failure(state)]
    assert message in probe.failure_message()
    assert (probe.statements, probe.waited) == (1, [])


def test_a_slow_statement_asks_for_a_narrower_filter(warehouse: SharedWarehouse) -> None:
    probe = Probe(warehouse.reader, statement_timeout_s=0.05)
    assert "narrow the filter" in probe.failure_message("SELECT pg_sleep(30)")
    probe.close()


def test_a_missing_table_is_not_retried(probe: Probe) -> None:
    assert "mapping" in probe.failure_message('SELECT * FROM "no such table"')


def test_a_refused_connection_is_retried_and_reported(nowhere: Probe) -> None:
    assert nowhere.failure_message() == "Benchling does not answer; try again in a minute"
    assert len(nowhere.waited) == 3


def test_an_open_circuit_fails_without_waiting(nowhere: Probe, probe: Probe) -> None:
    for _ in range(3):
        nowhere.failure_message()
    waited = len(nowhere.waited)
    assert "requests are paused" in nowhere.failure_message()
    assert len(nowhere.waited) == waited
    nowhere.clock.advance(seconds=30)
    assert "does not answer" in nowhere.failure_message()
    assert "requests are paused" in nowhere.failure_message()


def test_wrong_statements_do_not_open_the_circuit(probe: Probe) -> None:
    for _ in range(5):
        assert "mapping" in probe.failure_message("SELECT no_such_column")
    assert len(probe.warehouse.rows("SELECT 1")) == 1


def test_slow_statements_do_not_close_benchling_to_other_callers(probe: Probe) -> None:
    probe.failing = [failure("57014")] * 3
    for _ in range(3):
        assert "narrow the filter" in probe.failure_message()
    assert len(probe.warehouse.rows("SELECT 1")) == 1


def test_a_slow_statement_shows_that_the_warehouse_is_back(probe: Probe) -> None:
    probe.failing = [failure("28000"), failure("28000"), failure("28000"), failure("57014")]
    for _ in range(3):
        probe.failure_message()
    probe.clock.advance(seconds=30)
    assert "narrow the filter" in probe.failure_message()
    assert len(probe.warehouse.rows("SELECT 1")) == 1


@pytest.fixture
def impatient(warehouse: SharedWarehouse, monkeypatch: pytest.MonkeyPatch) -> Iterator[Probe]:
    """A warehouse whose answers to statements must come within 0.2 s."""
    probe = Probe(warehouse.reader, statement_timeout_s=30)
    probe.warehouse.check_ready()  # the first connection sends further statements, which may take longer
    probe.engine.dispose()
    monkeypatch.setattr(engines, "_SOCKET_GRACE_S", -29.8)
    yield probe
    probe.close()


def test_answers_that_never_come_open_the_circuit(impatient: Probe) -> None:
    for _ in range(3):
        assert "does not answer" in impatient.failure_message("SELECT pg_sleep(60)")
    assert "requests are paused" in impatient.failure_message()


def test_an_exhausted_pool_is_reported(warehouse: SharedWarehouse) -> None:
    probe = Probe(warehouse.reader)
    probe.engine.pool._timeout = 0.01  # type: ignore[attr-defined]
    held = [probe.engine.connect() for _ in range(engines.POOL_SIZE)]
    for _ in range(4):
        assert probe.failure_message() == "every connection to Benchling is in use; try again"
    for connection in held:
        connection.close()
    assert len(probe.warehouse.rows("SELECT 1")) == 1
    probe.close()


# pg8000 leaves the socket of an unanswered handshake to the garbage collector, which this test runs itself.
@pytest.mark.filterwarnings("ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning")
def test_a_server_that_accepts_but_never_answers_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "_CONNECT_TIMEOUT_S", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        probe = Probe(reader_url(silent.getsockname()[1]))
        assert "does not answer" in probe.failure_message()
        probe.close()
    gc.collect()


def test_an_answer_that_never_comes_times_out(impatient: Probe) -> None:
    assert "does not answer" in impatient.failure_message("SELECT pg_sleep(60)")
    assert impatient.waited == []


def test_readiness_means_the_warehouse_answers(probe: Probe, nowhere: Probe) -> None:
    probe.warehouse.check_ready()
    with pytest.raises(UnavailableError, match="does not answer"):
        nowhere.warehouse.check_ready()


def test_socket_errors_are_connection_failures(warehouse: SharedWarehouse) -> None:
    raised: list[Any] = [ConnectionResetError(), InterfaceError("Can't create a connection"), ValueError()]
    assert [failure_of(error) for error in raised] == [
        WarehouseFailure.AWAY,
        WarehouseFailure.AWAY,
        WarehouseFailure.WRONG,
    ]


def test_telemetry_has_neither_the_statement_nor_the_address(probe: Probe, caplog: pytest.LogCaptureFixture) -> None:
    probe.failing = [failure("28P01")]
    with caplog.at_level("WARNING"):
        probe.failure_message()
    (record,) = [record for record in caplog.records if record.name == "sluice.benchling"]
    assert vars(record).items() >= {"action": "benchling_failed", "trouble": "refused", "state": "28P01"}.items()
    assert "127.0.0.1" not in str(vars(record))


def test_the_shared_warehouse_has_rows(warehouse: SharedWarehouse) -> None:
    engine: Engine = create_engine(warehouse.url)
    with engine.connect() as connection:
        assert connection.execute(text('SELECT count(*) FROM "ngs_run$raw"')).scalar_one() > 0
    engine.dispose()
