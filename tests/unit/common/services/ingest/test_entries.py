"""Log entries are stored under numbers that continue, in the partition of their run's month."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, Row, select

from common.domain.nextflow.log.records import LogRecord
from common.domain.runs.run import Run
from common.errors import NotFoundError
from common.models.log_entries import EntrySourceRow, LogEntryRow
from common.services.ingest.store import IngestStore
from common.services.logs.listing import EntryFilter, entry_page
from common.services.runs.store import RunStoreService
from tests.support.logs.entries import entries_on
from tests.support.runs import NOON, make_run

RUN_ID = make_run().run_id
NASTY = "a\ufffdb\\u0000\n\t\\.\\N"


@pytest.fixture(autouse=True)
def run(runs: RunStoreService) -> Run:
    runs.create_run(make_run())
    return make_run()


def record(message: str) -> LogRecord:
    return LogRecord(0, len(message), NOON, "INFO", "main", "nextflow.Session", message.encode())


def add(store: IngestStore, *messages: str, first_number: int) -> None:
    with store.writing(RUN_ID) as writer:
        writer.add_entries([record(message) for message in messages], first_number=first_number)


def entries(engine: Engine) -> Sequence[Row[Any]]:
    with engine.connect() as connection:
        return connection.execute(select(LogEntryRow.__table__).order_by(LogEntryRow.number)).all()


def test_entry_numbers_continue(store: IngestStore, engine: Engine) -> None:
    add(store, "one", "two", first_number=0)
    add(store, "three", first_number=2)

    assert [(entry.number, entry.message) for entry in entries(engine)] == [(0, "one"), (1, "two"), (2, "three")]


def test_an_entry_has_all_fields_of_its_record(store: IngestStore, engine: Engine) -> None:
    whole = LogRecord(10, 2**40, NOON, "ERROR", "Task monitor", "nextflow.Session", b"a\nb")
    headless = LogRecord(0, 10, None, None, None, None, NASTY.encode())

    with store.writing(RUN_ID) as writer:
        writer.add_entries([headless, whole], first_number=0)

    with engine.connect() as connection:
        rows = entries_on(entry_page(connection, make_run(run_id=RUN_ID), EntryFilter()))
    assert [(row.number, row.timestamp, row.level, row.thread, row.logger, row.message) for row in rows] == [
        (0, None, None, None, None, NASTY),
        (1, NOON, "ERROR", "Task monitor", "nextflow.Session", "a\nb"),
    ]
    assert [entry.byte_end for entry in entries(engine)] == [10, 2**40]


def test_the_first_entry_makes_the_partition_of_its_month(
    store: IngestStore, runs: RunStoreService, engine: Engine
) -> None:
    march = datetime(2031, 3, 31, 23, 59, tzinfo=UTC)
    runs.create_run(make_run(run_id="run-f0000001", created_at=march))

    with store.writing("run-f0000001") as writer:
        writer.add_entries([record("one")], first_number=0)

    with engine.connect() as connection:
        partition = connection.exec_driver_sql("SELECT tableoid::regclass::text, run_number FROM entries").one()
    assert tuple(partition) == ("entries_2031_03", 0xF0000001 - 2**32)


def test_the_entries_of_an_unknown_run_are_refused(store: IngestStore) -> None:
    with pytest.raises(NotFoundError), store.writing("run-00000009") as writer:
        writer.add_entries([record("one")], first_number=0)


def test_equal_sources_of_different_logs_are_stored_once(store: IngestStore, engine: Engine) -> None:
    add(store, "one", first_number=0)
    add(store, "two", first_number=1)

    with engine.connect() as connection:
        assert connection.execute(select(EntrySourceRow.thread, EntrySourceRow.logger)).all() == [
            ("main", "nextflow.Session")
        ]


def test_the_open_entry_is_replaced_when_it_has_grown(store: IngestStore, engine: Engine) -> None:
    add(store, "one", "tw", first_number=0)

    add(store, "two", "thr", first_number=1)

    assert [entry.message for entry in entries(engine)] == ["one", "two", "thr"]


def test_the_same_entries_may_be_added_again(store: IngestStore, engine: Engine) -> None:
    for _ in range(2):
        add(store, "one", "two", first_number=0)

    assert [entry.message for entry in entries(engine)] == ["one", "two"]
