"""Log entries that are copied in binary are read back unchanged, except for text that Postgres cannot store."""

from datetime import UTC, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, delete, func, select

from common.domain.nextflow.log.records import LogRecord
from common.domain.runs.log_key import LogKey
from common.models.log_entries import LEVELS, EntrySourceRow, LogEntryRow, entries_of, level_name
from common.services.ingest.entry_rows import ENTRY_COLUMNS, entry_rows
from common.services.ingest.entry_sources import source_ids
from common.services.postgres.copy_rows import copy_binary_rows
from tests.support.runs import NOON

KEY = LogKey.of("run-9a2b3c4d", NOON)

_PLACES = st.integers(0, 2**63 - 1)
_WORDS = st.none() | st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
_MOMENTS = st.none() | st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001
_LEVELS = st.none() | st.sampled_from(LEVELS)
_TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40).map(str.encode)
_RECORDS = st.builds(LogRecord, _PLACES, _PLACES, _MOMENTS, _LEVELS, _WORDS, _WORDS, _TEXTS)


def storable(text: str | None) -> str | None:
    return text and text.replace("\0", "\ufffd").encode(errors="replace").decode()


def copied(connection: Connection, records: list[LogRecord], first: int) -> list[tuple[Any, ...]]:
    """Copy the records into an empty table and read them back."""
    connection.execute(select(func.make_entry_month(KEY.month)))
    connection.execute(delete(LogEntryRow))
    sources = source_ids(connection, {(record.thread, record.logger) for record in records})
    rows = entry_rows(records, KEY, sources=sources, first_number=first)
    copy_binary_rows(connection, "entries", ENTRY_COLUMNS, rows)
    columns = (
        LogEntryRow.number,
        LogEntryRow.byte_end,
        LogEntryRow.timestamp,
        level_name(LogEntryRow.__table__.c.level),
    )
    found = select(*columns, EntrySourceRow.thread, EntrySourceRow.logger, LogEntryRow.message)
    found = found.join(EntrySourceRow, EntrySourceRow.id == LogEntryRow.source).where(entries_of(KEY))
    return [tuple(row) for row in connection.execute(found.order_by(LogEntryRow.number))]


@settings(max_examples=100, deadline=None)
@given(st.lists(_RECORDS, max_size=4), st.integers(0, 2**30))
def test_any_record_is_copied_unchanged(shared_engine: Engine, records: list[LogRecord], first: int) -> None:
    with shared_engine.connect() as connection:
        found = copied(connection, records, first)
    assert found == [
        (
            first + place,
            each.end,
            each.timestamp,
            each.level,
            storable(each.thread) or "",
            storable(each.logger) or "",
            each.message,
        )
        for place, each in enumerate(records)
    ]


def test_many_rows_are_copied_in_order(shared_engine: Engine) -> None:
    records = [LogRecord(0, 1, None, None, None, None, b"x")] * 2500
    with shared_engine.connect() as connection:
        found = copied(connection, records, 7)
    assert [number for number, *_ in found] == list(range(7, 2507))
