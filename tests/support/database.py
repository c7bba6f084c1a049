"""Databases for tests, and what tests read in them directly."""

import itertools
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, Row, event, make_url, select

from common.models.run_events import RunEventRow
from localdev.stack.postgres.schema import migrate
from localdev.stack.postgres.server import Postgres

_TEMPLATE = "template_newest"


class Databases:
    """Creates databases on one running Postgres, as copies of a template with the newest schema."""

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
    def copy_of(self, url: str) -> Iterator[str]:
        """The address of a new database with what the one at `url` has, to which nothing may be connected."""
        with self._one(str(make_url(url).database)) as copy:
            yield copy

    @contextmanager
    def _one(self, template: str) -> Iterator[str]:
        name = f"test_{next(self._numbers)}"
        self._postgres.create_database(name, template=template)
        try:
            yield self._postgres.url(name)
        finally:
            self._postgres.drop_database(name)


def journal_of(engine: Engine, run_id: str) -> Sequence[Row[Any]]:
    """The rows of a run's journal, oldest first."""
    rows = select(RunEventRow.__table__).where(RunEventRow.run_id == run_id).order_by(RunEventRow.seq)
    with engine.connect() as connection:
        return connection.execute(rows).all()


def events_of(engine: Engine, run_id: str) -> list[tuple[int, str, str | None]]:
    """Number, kind and status (None for an event without one) of each event in a run's journal."""
    return [(row.seq, row.event, row.data.get("status")) for row in journal_of(engine, run_id)]


@contextmanager
def sent_statements(engine: Engine) -> Iterator[list[str]]:
    """The statements that are sent to Postgres inside the context, in order.

    Those of other threads that are there before are left out: an earlier test of the same engine may still be reading.
    """
    sent: list[str] = []
    others = set(threading.enumerate()) - {threading.current_thread()}

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if threading.current_thread() not in others:
            sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)
