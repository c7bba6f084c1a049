"""Connections to the warehouse are read-only, limited in time, and encrypted by default."""

import ssl

import pytest
from sqlalchemy import Engine, create_engine, event, make_url, text
from sqlalchemy.exc import DBAPIError

from common.services.benchling.engine import POOL_SIZE, benchling_engine
from common.services.postgres.failures import sqlstate
from localdev.stand_ins.benchling.address import READER
from tests.support.benchling import SharedWarehouse

WRITES = {
    "INSERT": """INSERT INTO "project_tag$raw" SELECT 'x', 'x', now(), now(), false""",
    "UPDATE": """UPDATE "ngs_run$raw" SET "name$" = 'x'""",
    "DELETE": """DELETE FROM "ngs_run$raw" """,
    "TRUNCATE": """TRUNCATE "ngs_run$raw" """,
    "DROP": """DROP TABLE "ngs_run$raw" """,
    "CREATE": "CREATE TABLE mine (id text)",
    "CREATE AS": """CREATE TABLE mine AS SELECT * FROM "ngs_run$raw" """,
    "CTE": """WITH gone AS (DELETE FROM "ngs_run$raw" RETURNING 1) SELECT count(*) FROM gone""",
    "lock": """SELECT * FROM "ngs_run$raw" FOR UPDATE""",
    "sequence": "CREATE SEQUENCE mine",
}
READ_ONLY, NOT_ALLOWED = "25006", "42501"


def state_of(engine: Engine, sql: str) -> str:
    with pytest.raises(DBAPIError) as refused, engine.connect() as connection:
        connection.execute(text(sql))
    return sqlstate(refused.value.orig)


def as_owner(warehouse: SharedWarehouse) -> str:
    """The URL of a role that may write."""
    return f"{warehouse.url}?sslmode=disable"


@pytest.mark.parametrize("sql", WRITES.values(), ids=WRITES)
def test_postgres_refuses_writes_even_from_a_role_that_may_write(warehouse: SharedWarehouse, sql: str) -> None:
    engine = benchling_engine(as_owner(warehouse))
    assert state_of(engine, sql) == READ_ONLY
    engine.dispose()


@pytest.mark.parametrize("sql", WRITES.values(), ids=WRITES)
def test_postgres_refuses_writes_from_the_reader_even_if_the_session_allows_them(
    warehouse: SharedWarehouse, sql: str
) -> None:
    reader = make_url(warehouse.reader).difference_update_query(["sslmode"])
    engine = create_engine(reader, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("SET default_transaction_read_only = off"))
        with pytest.raises(DBAPIError) as refused:
            connection.execute(text(sql))
    assert sqlstate(refused.value.orig) == NOT_ALLOWED
    engine.dispose()


def test_a_session_has_its_name_limits_and_time_zone(warehouse: SharedWarehouse) -> None:
    engine = benchling_engine(warehouse.reader, statement_timeout_s=1.5)
    with engine.connect() as connection:
        shown = {
            name: connection.execute(text(f"SHOW {name}")).scalar_one()
            for name in ("default_transaction_read_only", "statement_timeout", "TimeZone", "application_name")
        }
        user = connection.execute(text("SELECT current_user")).scalar_one()
    engine.dispose()
    assert (shown["default_transaction_read_only"], shown["statement_timeout"]) == ("on", "1500ms")
    assert (shown["TimeZone"], shown["application_name"], user) == ("UTC", "sluice", READER)


def test_postgres_ends_a_statement_that_takes_too_long(warehouse: SharedWarehouse) -> None:
    engine = benchling_engine(warehouse.reader, statement_timeout_s=0.05)
    assert state_of(engine, "SELECT pg_sleep(30)") == "57014"
    engine.dispose()


def test_the_pool_has_at_most_five_connections(warehouse: SharedWarehouse) -> None:
    engine = benchling_engine(warehouse.reader)
    held = [engine.connect() for _ in range(POOL_SIZE)]
    assert "Current Overflow: 0 " in engine.pool.status()
    assert f"Current Checked out connections: {POOL_SIZE}" in engine.pool.status()
    for connection in held:
        connection.close()
    engine.dispose()


def encryption_of(query: str) -> object:
    """The ssl_context that a connection would use."""
    engine = benchling_engine(f"postgresql://u:p@warehouse.example/w{query}")
    found: list[object] = []

    def connect(_dialect: object, _record: object, _args: object, options: dict[str, object]) -> object:
        found.append(options["ssl_context"])
        raise ConnectionError

    event.listen(engine, "do_connect", connect)
    with pytest.raises(ConnectionError):
        engine.connect()
    return found[0]


@pytest.mark.parametrize(
    ("query", "checks_host", "verifies"),
    [
        ("", True, ssl.CERT_REQUIRED),
        ("?sslmode=verify-full", True, ssl.CERT_REQUIRED),
        ("?sslmode=verify-ca", False, ssl.CERT_REQUIRED),
        ("?sslmode=require", False, ssl.CERT_NONE),
    ],
)
def test_sslmode_selects_the_encryption(query: str, checks_host: bool, verifies: ssl.VerifyMode) -> None:
    context = encryption_of(query)
    assert isinstance(context, ssl.SSLContext)
    assert (context.check_hostname, context.verify_mode) == (checks_host, verifies)


def test_only_sslmode_disable_turns_encryption_off() -> None:
    assert encryption_of("?sslmode=disable") is False


@pytest.mark.parametrize("mode", ["allow", "prefer", "verify", "x"])
def test_an_unsafe_sslmode_is_refused_without_repeating_the_password(mode: str) -> None:
    with pytest.raises(ValueError, match="sslmode in BENCHLING_URL must be") as refused:
        benchling_engine(f"postgresql://u:password@warehouse.example/w?sslmode={mode}")
    assert "u:password" not in str(refused.value)


@pytest.mark.parametrize("address", ["", "warehouse", "postgresql://u:password@h/w?connect_timeout=10"])
def test_an_invalid_url_is_refused_without_repeating_the_password(address: str) -> None:
    with pytest.raises(ValueError, match="BENCHLING_URL") as refused:
        benchling_engine(address)
    assert "u:password" not in str(refused.value)
