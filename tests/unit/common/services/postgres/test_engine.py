"""The connection pool: the errors it raises, and the lost connections it replaces."""

import gc
import socket
from collections.abc import Iterator
from contextlib import closing
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, literal, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DatabaseError

from common.errors import UnavailableError
from common.services.postgres import engine as database
from common.services.postgres.engine import autocommit_connection, check_ready, make_engine, read
from localdev.stack.ports import free_port
from tests.support.database import sent_statements
from tests.unit.common.services.conftest import address


@pytest.fixture
def small(shared_database_url: str) -> Iterator[Engine]:
    """An engine with one connection, which an hour passes between any two uses of."""
    made = make_engine(address(shared_database_url, pool_size=1), clock=count(step=3600).__next__)
    yield made
    made.dispose()


def backend_of(connection: Connection) -> int:
    return int(connection.execute(text("SELECT pg_backend_pid()")).scalar_one())


def cut(engine: Engine, pid: int) -> None:
    """Terminate a connection as a restart of Postgres does, and wait until it has ended."""
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})


def test_make_engine_opens_no_connection() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        make_engine(address(f"postgresql+pg8000://app@127.0.0.1:{server.getsockname()[1]}/none"))
        server.setblocking(False)
        with pytest.raises(BlockingIOError):
            server.accept()


def test_a_closed_port_raises_unavailable() -> None:
    engine = make_engine(address(f"postgresql+pg8000://app@127.0.0.1:{free_port()}/none"))

    with pytest.raises(UnavailableError):
        check_ready(engine)


def test_a_server_that_closes_the_connection_raises_unavailable() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        engine = make_engine(address(f"postgresql+pg8000://app@127.0.0.1:{server.getsockname()[1]}/none"))
        server.shutdown(socket.SHUT_RDWR)

        with pytest.raises(UnavailableError):
            check_ready(engine)


@pytest.mark.filterwarnings("ignore:unclosed <socket")  # pg8000 leaves it to the garbage collector
def test_a_server_that_does_not_respond_raises_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "_CONNECT_TIMEOUT_S", 0.1)
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        engine = make_engine(address(f"postgresql+pg8000://app@127.0.0.1:{server.getsockname()[1]}/none"))

        with pytest.raises(UnavailableError):
            check_ready(engine)
    gc.collect()


def test_check_ready_passes_when_the_database_answers(small: Engine) -> None:
    check_ready(small)


def test_an_exhausted_pool_raises_unavailable(shared_database_url: str) -> None:
    engine = make_engine(address(shared_database_url, pool_size=1))
    engine.pool._timeout = 0.01  # type: ignore[attr-defined]

    with engine.connect(), pytest.raises(UnavailableError, match="every connection"):
        engine.connect()
    engine.dispose()


def test_a_connection_lost_in_use_raises_unavailable(small: Engine, shared_engine: Engine) -> None:
    with small.connect() as connection:
        cut(shared_engine, backend_of(connection))

        with pytest.raises(UnavailableError):
            connection.execute(text("SELECT 1"))


def test_a_connection_lost_in_use_is_replaced_for_the_next_caller(small: Engine, shared_engine: Engine) -> None:
    with small.connect() as connection:
        cut(shared_engine, backend_of(connection))
        with pytest.raises(UnavailableError):
            connection.execute(text("SELECT 1"))

    check_ready(small)


def test_an_idle_connection_that_was_lost_is_replaced(small: Engine, shared_engine: Engine) -> None:
    with small.connect() as connection:
        pid = backend_of(connection)
    cut(shared_engine, pid)

    with small.connect() as connection:
        assert backend_of(connection) != pid


def test_a_connection_that_was_used_a_moment_ago_is_not_checked(
    shared_database_url: str, shared_engine: Engine
) -> None:
    engine = make_engine(address(shared_database_url, pool_size=1), clock=lambda: 7)
    with engine.connect() as connection:
        pid = backend_of(connection)
    cut(shared_engine, pid)

    with engine.connect() as connection, pytest.raises(UnavailableError):
        backend_of(connection)
    check_ready(engine)
    engine.dispose()


def test_the_connection_that_was_used_last_is_used_next(shared_database_url: str) -> None:
    engine = make_engine(address(shared_database_url, pool_size=2))
    with engine.connect() as first, engine.connect() as last:
        backends = [backend_of(first), backend_of(last)]
        last.close()
        first.close()
    with engine.connect() as connection:
        assert backend_of(connection) == backends[0]
    engine.dispose()


def test_a_read_replaces_a_connection_that_was_lost(small: Engine, shared_engine: Engine) -> None:
    pid = read(small, backend_of)
    cut(shared_engine, pid)

    assert read(small, backend_of) != pid


def test_a_read_that_fails_is_repeated_once(small: Engine) -> None:
    tries = []

    def lose(connection: Connection) -> None:
        tries.append(connection)
        connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid(), 5000)"))

    with pytest.raises(UnavailableError):
        read(small, lose)

    assert len(tries) == 2


def test_a_write_that_fails_is_not_repeated(small: Engine) -> None:
    lose = text("SELECT pg_terminate_backend(pg_backend_pid(), 5000)")

    with sent_statements(small) as sent, pytest.raises(UnavailableError), autocommit_connection(small) as connection:
        connection.execute(lose)

    assert len(sent) == 1


def test_an_autocommit_connection_begins_no_transaction(small: Engine) -> None:
    with autocommit_connection(small) as connection:
        ids = [connection.execute(text("SELECT pg_current_xact_id()")).scalar_one() for _ in range(2)]

    assert ids[0] != ids[1]


def test_a_connection_used_with_autocommit_has_transactions_again(small: Engine, engine: Engine) -> None:
    with autocommit_connection(small) as connection:
        connection.execute(text("SELECT 1"))

    with small.connect() as connection:
        connection.execute(text("INSERT INTO users (email, display_name) VALUES ('ana@lab.example', 'ana')"))

    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM users")).scalar_one() == 0


def test_an_idle_connection_that_was_lost_is_replaced_for_autocommit(small: Engine, shared_engine: Engine) -> None:
    with small.connect() as connection:
        pid = backend_of(connection)
    cut(shared_engine, pid)

    with autocommit_connection(small) as connection:
        assert backend_of(connection) != pid


def test_a_wrong_statement_is_not_reported_as_unavailable(small: Engine) -> None:
    with small.connect() as connection, pytest.raises(DatabaseError):
        connection.execute(text("SELECT * FROM no_such_table"))


def test_a_lock_that_is_not_available_raises_unavailable(small: Engine, engine: Engine) -> None:
    with engine.connect() as holder, small.connect() as connection:
        holder.execute(text("LOCK TABLE users"))

        with pytest.raises(UnavailableError):
            connection.execute(text("LOCK TABLE users NOWAIT"))

        connection.rollback()
        connection.execute(text("SELECT 1"))


def test_the_connect_timeout_does_not_abort_long_statements(small: Engine) -> None:
    with small.connect() as connection:
        own = connection.connection.dbapi_connection._usock  # type: ignore[union-attr]

        assert own.gettimeout() is None


def test_a_server_that_vanished_is_detected_within_a_minute(small: Engine) -> None:
    with small.connect() as connection:
        own = connection.connection.dbapi_connection._usock  # type: ignore[union-attr]
        assert own.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        idle, interval, count = (
            own.getsockopt(socket.IPPROTO_TCP, option)
            for option in (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT)
        )
        assert idle + interval * count <= 60


def test_statements_are_sent_without_delay(small: Engine) -> None:
    with small.connect() as connection:
        own = connection.connection.dbapi_connection._usock  # type: ignore[union-attr]

        assert own.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


_TEXTS = st.text() | st.text("\\u0\0\ud800\udc00\"'n", max_size=12)
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | _TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXTS, inner, max_size=3),
    max_leaves=6,
)


def _cleaned(value: object) -> object:
    """`value` as Postgres returns it: text that it cannot store is replaced."""
    match value:
        case str():
            return value.replace("\0", "\ufffd").encode(errors="replace").decode()
        case list():
            return [_cleaned(item) for item in value]
        case dict():
            return {_cleaned(key): _cleaned(item) for key, item in value.items()}
        case _:
            return value


@settings(max_examples=150, deadline=None)
@given(_VALUES)
def test_any_json_can_be_stored_with_its_text_cleaned(shared_engine: Engine, value: object) -> None:
    same = select(literal(value, JSONB))

    with shared_engine.connect() as connection:
        found = connection.execute(same).scalar_one()

    assert found == _cleaned(value)
