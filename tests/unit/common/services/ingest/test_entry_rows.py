"""Log entries that are copied in binary are read back unchanged, except for text that Postgres cannot store."""

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, select

from common.domain.nextflow.log.records import LogRecord
from common.models.log_entries import LogEntryRow
from common.services.ingest.entry_rows import ENTRY_COLUMNS, entry_rows
from common.services.postgres.copy_rows import copy_binary_rows

RUN = "run-1a2b3c4d"

_PLACES = st.integers(0, 2**63 - 1)
_WORDS = st.none() | st.text(max_size=20)
_MOMENTS = st.none() | st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001
_LEVELS = st.none() | st.sampled_from(["TRACE", "ERROR"])
_RECORDS = st.builds(LogRecord, _PLACES, _PLACES, _MOMENTS, _LEVELS, _WORDS, _WORDS, st.text(max_size=40))


def storable(text: str | None) -> str | None:
    return text and text.replace("\0", "\ufffd").encode(errors="replace").decode()


@settings(max_examples=100, deadline=None)
@given(st.lists(_RECORDS, max_size=4), st.integers(0, 2**31 - 1), st.integers(0, 2**62))
def test_any_record_is_copied_unchanged(shared_engine: Engine, records: list[LogRecord], part: int, first: int) -> None:
    columns = [column for column in LogEntryRow.__table__.columns if column.name != "run_id"]
    with shared_engine.connect() as connection:
        connection.execute(delete(LogEntryRow))

        rows = entry_rows(records, run_id=RUN, part=part, first_number=first)
        copy_binary_rows(connection, "log_entries", ENTRY_COLUMNS, rows)

        found = connection.execute(select(*columns).order_by(LogEntryRow.number)).all()
    assert [tuple(row) for row in found] == [
        (first + place, part, each.start, each.end, each.timestamp, each.level, *map(storable, each[4:]))
        for place, each in enumerate(records)
    ]


def test_many_rows_are_copied_in_order(shared_engine: Engine) -> None:
    records = [LogRecord(0, 1, None, None, None, None, "x")] * 2500
    with shared_engine.connect() as connection:
        connection.execute(delete(LogEntryRow))

        rows = entry_rows(records, run_id=RUN, part=0, first_number=7)
        copy_binary_rows(connection, "log_entries", ENTRY_COLUMNS, rows)

        numbers = connection.execute(select(LogEntryRow.number).order_by(LogEntryRow.number)).scalars().all()
    assert numbers == list(range(7, 2507))
