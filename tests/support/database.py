"""A database of its own for each test, on one real Postgres: copies of a template that has the newest schema."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager

from localdev.stack.postgres.schema import migrate
from localdev.stack.postgres.server import Postgres

_TEMPLATE = "template_newest"


class Databases:
    """Hands out databases of one running Postgres."""

    def __init__(self, postgres: Postgres) -> None:
        self._postgres = postgres
        self._numbers = itertools.count(1)
        postgres.create_database(_TEMPLATE)
        migrate(postgres.url(_TEMPLATE))

    @contextmanager
    def newest(self) -> Iterator[str]:
        """The address of a new database with the newest schema and no rows."""
        with self._one(_TEMPLATE) as url:
            yield url

    @contextmanager
    def empty(self) -> Iterator[str]:
        """The address of a new database without any table."""
        with self._one("template1") as url:
            yield url

    @contextmanager
    def _one(self, template: str) -> Iterator[str]:
        name = f"test_{next(self._numbers)}"
        self._postgres.create_database(name, template=template)
        try:
            yield self._postgres.url(name)
        finally:
            self._postgres.drop_database(name)
