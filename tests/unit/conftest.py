"""Fixtures for unit tests, on one database that is emptied for each test, because that is faster than a new one."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import Engine

from common import startup
from common.models import checkpoints, ingest_cursors, log_entries, run_events, runs, tasks, users
from common.models.database import Base
from common.services.postgres.engine import DatabaseSettings, make_engine
from localdev.stack.layout import PROJECT
from localdev.stand_ins.logging.service import LoggingStandIn
from localdev.stand_ins.storage.api.signed_urls import SIGNER_FILE
from localdev.stand_ins.storage.service import StorageStandIn
from tests.support.actions.stage import Stage
from tests.support.database import Databases
from tests.support.logs.sources import LogSources

_MODELS = (checkpoints, ingest_cursors, log_entries, run_events, runs, tasks, users)  # imported to fill Base.metadata


@pytest.fixture(autouse=True, scope="session")
def _collect_garbage() -> None:
    """As after the first answer. Otherwise it depends on the order of the tests which of them turns collecting on."""
    startup.finish()


@pytest.fixture(autouse=True, scope="session")
def _no_background_requests_of_the_storage_client() -> Iterator[None]:
    """Otherwise the client requests bucket metadata in a thread that outlives its test and uses up random numbers."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DISABLE_GCS_PYTHON_CLIENT_OTEL_BUCKET_METADATA", "true")
        yield


@pytest.fixture(scope="session")
def shared_database_url(databases: Databases) -> Iterator[str]:
    """The URL of the database of `emptied_engine`."""
    with databases.newest() as url:
        yield url


@pytest.fixture(scope="session")
def shared_engine(shared_database_url: str) -> Iterator[Engine]:
    created = make_engine(DatabaseSettings(url=shared_database_url, instance="", user="", name="", pool_size=5))
    yield created
    created.dispose()


@pytest.fixture
def emptied_engine(shared_engine: Engine) -> Engine:
    """An engine on a database with the newest schema and no rows."""
    with shared_engine.begin() as connection:
        connection.exec_driver_sql(_emptying())
    return shared_engine


@cache
def _emptying() -> str:
    """All deletions as one statement, because each of a dozen would take as long as all of them.

    Without looking for rows that refer to a deleted one, which for the ten thousand runs of a test takes seconds.
    """
    deletions = "".join(f"DELETE FROM {table.name};" for table in reversed(Base.metadata.sorted_tables))  # noqa: S608
    return f"DO $$ BEGIN SET LOCAL session_replication_role = replica; {deletions} END $$"


@pytest.fixture
def stage(emptied_engine: Engine) -> Stage:
    """All actions, on an empty database."""
    return Stage(emptied_engine)


@pytest.fixture
def logging_service(tmp_path: Path) -> Iterator[LoggingStandIn]:
    """The Cloud Logging stand-in without entries."""
    service = LoggingStandIn(0, tmp_path / "logging")
    service.start()
    yield service
    service.stop()


@pytest.fixture
def sources(
    emptied_engine: Engine,
    storage_service: StorageStandIn,
    logging_service: LoggingStandIn,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> LogSources:
    """A stored run without logs."""
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", storage_service.url)
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", PROJECT)
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "keys" / SIGNER_FILE))
    return LogSources(emptied_engine, logging_service)
