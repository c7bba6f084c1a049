"""A Postgres server for benches, and databases on it with a given number of runs."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine

from bench.harness.seeding import THREE_YEARS, seed_runs
from common.services.postgres.engine import DatabaseSettings, make_engine
from localdev.stack.ports import free_port
from localdev.stack.postgres.schema import migrate
from localdev.stack.postgres.server import Postgres


@contextmanager
def running_postgres() -> Iterator[Postgres]:
    """A running server in a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="sluice-bench-") as folder:
        postgres = Postgres(Path(folder), free_port())
        postgres.start()
        try:
            yield postgres
        finally:
            postgres.stop()


def database_with_runs(postgres: Postgres, count: int, *, days: int = THREE_YEARS) -> str:
    """The URL of a new database with the newest schema and `count` runs of the last `days`."""
    name = f"runs_{count}"
    postgres.create_database(name)
    url = postgres.url(name)
    migrate(url)
    if count:
        seed_runs(url, count, days=days)
    return url


def engine_on(url: str) -> Engine:
    """An engine as functions create it."""
    return make_engine(DatabaseSettings(url=url, instance="", user="", name="", pool_size=5))
