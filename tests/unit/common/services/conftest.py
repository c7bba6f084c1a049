"""Services on one database that is emptied for each test, which is faster than a new database for each."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from common.models.database import Base
from common.services.ingest.store import IngestStore
from common.services.postgres.engine import DatabaseSettings, make_engine
from common.services.runs.store import RunStoreService
from tests.support.database import Databases

_POOL_SIZE = 5


def address(url: str, *, pool_size: int = _POOL_SIZE) -> DatabaseSettings:
    """The settings of a database at `url`."""
    return DatabaseSettings(url=url, instance="", user="", name="", pool_size=pool_size)


@pytest.fixture(scope="session")
def shared_url(databases: Databases) -> Iterator[str]:
    with databases.newest() as url:
        yield url


@pytest.fixture(scope="session")
def shared_engine(shared_url: str) -> Iterator[Engine]:
    made = make_engine(address(shared_url))
    yield made
    made.dispose()


@pytest.fixture
def engine(shared_engine: Engine) -> Engine:
    """An engine on a database whose tables are empty."""
    with shared_engine.begin() as connection:
        for table in reversed(Base.metadata.sorted_tables):
            connection.execute(table.delete())
    return shared_engine


@pytest.fixture
def database_url(shared_url: str, engine: Engine) -> str:
    """The address of the database that `engine` has emptied."""
    return shared_url


@pytest.fixture
def runs(engine: Engine) -> RunStoreService:
    return RunStoreService(engine)


@pytest.fixture
def store(engine: Engine) -> IngestStore:
    return IngestStore(engine)
