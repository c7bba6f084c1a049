"""Services on one database that is emptied for each test, which is faster than a new database for each."""

import pytest
from sqlalchemy import Engine

from common.services.ingest.store import IngestStore
from common.services.postgres.engine import DatabaseSettings
from common.services.runs.store import RunStoreService

_POOL_SIZE = 5


def address(url: str, *, pool_size: int = _POOL_SIZE) -> DatabaseSettings:
    """The settings of a database at `url`."""
    return DatabaseSettings(url=url, instance="", user="", name="", pool_size=pool_size)


@pytest.fixture
def engine(emptied_engine: Engine) -> Engine:
    """An engine on a database whose tables are empty."""
    return emptied_engine


@pytest.fixture
def database_url(shared_database_url: str, engine: Engine) -> str:
    """The address of the database that `engine` has emptied."""
    return shared_database_url


@pytest.fixture
def runs(engine: Engine) -> RunStoreService:
    return RunStoreService(engine)


@pytest.fixture
def store(engine: Engine) -> IngestStore:
    return IngestStore(engine)
