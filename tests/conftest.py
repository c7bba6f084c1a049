"""Fixtures that any test may ask for; what starts something does so once, and only when it is asked for."""

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
from localdev.stack.ports import free_port, free_ports
from localdev.stack.postgres.server import Postgres
from localdev.stack.stack import Stack
from localdev.stand_ins.oidc import OidcSigner
from localdev.stand_ins.storage.api.signed_urls import create_signer
from localdev.stand_ins.storage.service import StorageStandIn
from localdev.stand_ins.tasks.service import TasksStandIn
from tests.support.benchling import SharedWarehouse
from tests.support.database import Databases

# How long an example takes is the machine's business; examples are the same every time. Before Python 3.12, the phase
# that explains failures traces every line of every example, and makes them take ten times as long.
settings.register_profile(
    "sluice",
    deadline=None,
    derandomize=True,
    phases=set(Phase) - {Phase.explain},
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("sluice")


# Those that take longest, of which none may be the last to begin.
_LONG = ("test_whole_stack.py", "test_launch.py", "test_deliveries.py", "test_read_file.py", "test_packages.py")


class _ByFile(LoadScopeScheduling):  # type: ignore[misc]  # pytest-xdist has no types
    """Tests of one file stay with one worker, and all that share the stack with the first.

    The groups of pytest-xdist itself go unheard since pytest 9.2, which keeps the ids of tests elsewhere.
    """

    def _split_scope(self, nodeid: str) -> str:
        path = Path(nodeid.partition("::")[0])
        return "stack" if "integration" in path.parts else str(path)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> _ByFile:
    return _ByFile(config, log)


@pytest.hookimpl(trylast=True)  # after they were put into a random order
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What waits most comes first, so that the rest fills the time: the stack, then the long ones."""
    items.sort(key=lambda item: (item.path.parent.name != "integration", item.path.name not in _LONG))


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    """A real Postgres for the whole session."""
    postgres = Postgres(tmp_path_factory.mktemp("postgres"), free_port())
    postgres.start()
    try:
        yield Databases(postgres)
    finally:
        postgres.stop()


@pytest.fixture
def database_url(databases: Databases) -> Iterator[str]:
    """The address of a database of the test's own, with the newest schema and no rows."""
    with databases.newest() as url:
        yield url


@pytest.fixture
def empty_database_url(databases: Databases) -> Iterator[str]:
    """The address of a database of the test's own, without any table."""
    with databases.empty() as url:
        yield url


@pytest.fixture(scope="session")
def warehouse(databases: Databases) -> Iterator[SharedWarehouse]:
    """A Benchling warehouse for the whole session, which nobody may change."""
    with databases.empty() as url:
        yield SharedWarehouse.create_in(url)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An engine on `database_url`."""
    made = make_engine(DatabaseSettings(url=database_url, instance="", user="", name="", pool_size=5))
    yield made
    made.dispose()


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The whole local stack, started once; tests share it and tell their runs apart by id."""
    with Stack(free_ports(), tmp_path_factory.mktemp("stack")) as started:
        yield started


@pytest.fixture(scope="session")
def made_keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the keys of stand-ins, made once: it takes longer than most tests."""
    folder = tmp_path_factory.mktemp("keys")
    create_signer(folder)
    OidcSigner(folder)
    return folder


@pytest.fixture
def keys(made_keys: Path, tmp_path: Path) -> Path:
    """`tmp_path / "keys"`, with the keys of stand-ins in it."""
    return shutil.copytree(made_keys, tmp_path / "keys")


@pytest.fixture
def storage_service(tmp_path: Path, keys: Path) -> Iterator[StorageStandIn]:
    """The Storage stand-in with its three buckets empty, announcing nothing."""
    service = StorageStandIn(0, tmp_path / "storage", keys=keys)
    service.start()
    for bucket in BUCKETS:
        requests.post(f"{service.url}/storage/v1/b?project={PROJECT}", json={"name": bucket}, timeout=10)
    yield service
    service.stop()


@pytest.fixture
def tasks_service(tmp_path: Path, keys: Path) -> Iterator[TasksStandIn]:
    """The Cloud Tasks stand-in with no queue."""
    service = TasksStandIn(0, tmp_path / "tasks", keys)
    service.start()
    yield service
    service.stop()
