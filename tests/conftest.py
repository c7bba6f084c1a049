"""Fixtures for all tests. Expensive ones start once per session, when a test first uses them."""

import gc
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from hypothesis import HealthCheck, Phase, settings
from sqlalchemy import Engine
from xdist.scheduler import LoadScopeScheduling

from common.services.postgres.engine import DatabaseSettings, make_engine
from localdev.stack.layout import BUCKETS, PROJECT
from localdev.stack.ports import free_port
from localdev.stack.postgres.server import Postgres
from localdev.stand_ins.oidc import OidcSigner
from localdev.stand_ins.storage.api.signed_urls import create_signer
from localdev.stand_ins.storage.service import StorageStandIn
from localdev.stand_ins.tasks.service import TasksStandIn
from tests.support.benchling import SharedWarehouse
from tests.support.database import Databases
from tests.support.stacks import OF_FAST_RUNS

# No deadline, because the speed of the machine varies; derandomized, so that examples are the same every time. Without
# the explain phase, because before Python 3.12 it traces every line, which takes ten times as long. For more examples,
# and others each time: make test ARGS="-m hypothesis --hypothesis-profile=long".
settings.register_profile(
    "sluice",
    max_examples=50,
    deadline=None,
    derandomize=True,
    phases=set(Phase) - {Phase.explain},
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("long", settings.get_profile("sluice"), derandomize=False, max_examples=1000, print_blob=True)
settings.load_profile("sluice")


# The slowest files; they start first.
_SLOW = ("test_whole_stack.py", "test_launch.py", "test_deliveries.py", "test_read_file.py", "test_packages.py")


class _ByFile(LoadScopeScheduling):  # type: ignore[misc]  # pytest-xdist has no types
    """Runs the tests of a file on one worker, and all tests that share a stack on another.

    The xdist_group marks of pytest-xdist have no effect since pytest 9.2, which stores test ids elsewhere.
    """

    def _split_scope(self, nodeid: str) -> str:
        path = Path(nodeid.partition("::")[0])
        if "integration" not in path.parts:
            return str(path)
        return "stack with fast runs" if path.name in OF_FAST_RUNS else "stack"


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> _ByFile:
    return _ByFile(config, log)


@pytest.hookimpl(trylast=True)  # after pytest-randomly
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start the tests that wait most first, so that the others fill the time: integration tests, then slow files."""
    items.sort(key=lambda item: (item.path.parent.name != "integration", item.path.name not in _SLOW))


def pytest_collection_finish() -> None:
    """Let garbage collections leave out what lives until the end, and come as seldom as in functions."""
    gc.freeze()
    gc.set_threshold(20_000)


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    """A Postgres server for the session."""
    postgres = Postgres(tmp_path_factory.mktemp("postgres"), free_port())
    postgres.start()
    try:
        yield Databases(postgres)
    finally:
        postgres.stop()


@pytest.fixture
def database_url(databases: Databases) -> Iterator[str]:
    """The URL of a new database with the newest schema and no rows."""
    with databases.newest() as url:
        yield url


@pytest.fixture
def empty_database_url(databases: Databases) -> Iterator[str]:
    """The URL of a new database without tables."""
    with databases.empty() as url:
        yield url


@pytest.fixture(scope="session")
def warehouse(databases: Databases) -> Iterator[SharedWarehouse]:
    """A Benchling warehouse for the session; tests must not change it."""
    with databases.empty() as url:
        yield SharedWarehouse.create_in(url)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An engine on `database_url`."""
    created = make_engine(DatabaseSettings(url=database_url, instance="", user="", name="", pool_size=5))
    yield created
    created.dispose()


@pytest.fixture(scope="session")
def made_keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the keys of the stand-ins, created once because that is slow."""
    folder = tmp_path_factory.mktemp("keys")
    create_signer(folder)
    OidcSigner(folder)
    return folder


@pytest.fixture
def keys(made_keys: Path, tmp_path: Path) -> Path:
    """`tmp_path / "keys"` with the keys of the stand-ins."""
    return shutil.copytree(made_keys, tmp_path / "keys")


@pytest.fixture
def storage_service(tmp_path: Path, keys: Path) -> Iterator[StorageStandIn]:
    """The Storage stand-in with three empty buckets; it sends no events."""
    service = StorageStandIn(0, tmp_path / "storage", keys=keys)
    service.start()
    with requests.Session() as session:  # each connection of its own would cost as much as the request
        for bucket in BUCKETS:
            session.post(f"{service.url}/storage/v1/b?project={PROJECT}", json={"name": bucket}, timeout=10)
    yield service
    service.stop()


@pytest.fixture
def tasks_service(tmp_path: Path, keys: Path) -> Iterator[TasksStandIn]:
    """The Cloud Tasks stand-in without queues."""
    service = TasksStandIn(0, tmp_path / "tasks", keys)
    service.start()
    yield service
    service.stop()
