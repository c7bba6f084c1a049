"""Pages of log entries, with and without a filter."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from common.domain.nextflow.log.records import MESSAGE_LIMIT, LogReader, LogRecord
from common.domain.runs.log_key import LogKey
from common.domain.runs.run import Run
from common.domain.runs.status import RunStatus
from common.errors import UnavailableError, ValidationError
from common.models.log_entries import LEVELS
from common.schemas.logs import LogEntry, LogPage
from common.schemas.paging import page_json
from common.services import paging
from common.services.ingest.store import IngestStore
from common.services.logs import listing as entry_listing
from common.services.logs.listing import EntryFilter, EntryPage, entry_page
from common.services.paging import COUNTED_AT_MOST, Total
from common.services.runs.store import RunStoreService
from tests.support import cursors
from tests.support.logs.entries import entries_on
from tests.support.runs import NOON, make_run

RUN_ID = "run-00000001"
RUN = make_run(run_id=RUN_ID)
LIST = f"{RUN_ID}/log"
cursor_of = partial(cursors.cursor_of, of=LIST)


@pytest.fixture(autouse=True)
def stored(runs: RunStoreService) -> None:
    runs.create_run(make_run(run_id=RUN_ID))


def log(store: IngestStore, levels: Sequence[str | None]) -> None:
    """Store entries with these levels, and their numbers as messages."""
    log_messages(store, [(level, str(number)) for number, level in enumerate(levels)])


def log_messages(store: IngestStore, entries: Sequence[tuple[str | None, str]], *, first_number: int = 0) -> None:
    records = [LogRecord(0, 1, NOON, level, "main", "n.Session", message.encode()) for level, message in entries]
    with store.writing(RUN_ID) as writer:
        writer.add_entries(records, first_number=first_number)


def page(engine: Engine, **filters: Any) -> tuple[list[int], Total]:  # noqa: ANN401 a field of any type
    found = read(engine, EntryFilter(**filters))
    return numbers_on(found), found.total


def read(engine: Engine, filters: EntryFilter, *, run: Run = RUN) -> EntryPage:
    with engine.connect() as connection:
        return entry_page(connection, run, filters)


def numbers_on(found: EntryPage) -> list[int]:
    return [entry.number for entry in entries_on(found)]


def numbers_by_cursor(
    engine: Engine, filters: EntryFilter, *, between: Callable[[], object] = lambda: None
) -> list[list[int]]:
    """The numbers on each page, following the cursors; calls `between` before each further page."""
    pages = [read(engine, filters)]
    while pages[-1].next_cursor:
        between()
        pages.append(read(engine, replace(filters, cursor=pages[-1].next_cursor)))
    return [numbers_on(one) for one in pages]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    levels=st.lists(st.none() | st.sampled_from(LEVELS), max_size=30),
    filters=st.builds(
        EntryFilter,
        level=st.none() | st.sampled_from(LEVELS),
        search=st.none() | st.sampled_from(["1", "2", "x"]),
        offset=st.integers(0, 40),
        limit=st.integers(1, 12),
        newest_first=st.booleans(),
    ),
)
def test_a_page_is_a_slice_of_the_filtered_entries(
    engine: Engine, store: IngestStore, levels: list[str | None], filters: EntryFilter
) -> None:
    log(store, levels)

    found = read(engine, filters)

    at_least = LEVELS[LEVELS.index(filters.level) :] if filters.level else (None, *LEVELS)
    left = [
        number for number, level in enumerate(levels) if level in at_least and (filters.search or "") in str(number)
    ]
    in_order = left[::-1] if filters.newest_first else left
    assert numbers_on(found) == in_order[filters.offset : filters.offset + filters.limit]
    assert found.total == Total(len(left), is_capped=False)
    assert [number for one in numbers_by_cursor(engine, filters) for number in one] == in_order[filters.offset :]


def test_without_a_filter_the_total_is_exact_at_any_size(engine: Engine, store: IngestStore) -> None:
    log(store, ["DEBUG"] * (COUNTED_AT_MOST + 5))
    assert page(engine, limit=1) == ([0], Total(COUNTED_AT_MOST + 5, is_capped=False))


def test_with_a_filter_counting_stops_at_the_cap(engine: Engine, store: IngestStore) -> None:
    log(store, ["DEBUG"] * (COUNTED_AT_MOST + 5))
    assert page(engine, level="DEBUG", limit=1) == ([0], Total(COUNTED_AT_MOST, is_capped=True))


def test_a_slow_search_raises_unavailable(engine: Engine, store: IngestStore, monkeypatch: pytest.MonkeyPatch) -> None:
    log(store, ["DEBUG"] * 20_000)
    monkeypatch.setattr(paging, "_SEARCH_TIMEOUT_MS", 1)
    with pytest.raises(UnavailableError, match="narrow the request"):
        page(engine, search="nowhere")


def test_warnings_are_found_by_their_index(engine: Engine, store: IngestStore) -> None:
    log(store, ["DEBUG"] * 900 + ["WARN"])
    kind = entry_listing._Kind("WARN", searches=False, newest_first=False, has_cursor=False, may_grow=False)
    conditions = entry_listing._conditions(kind)
    query = entry_listing._entries(kind).where(*conditions)
    query = query.params(run_id=RUN_ID, limit=200, **LogKey.of(RUN_ID, NOON)._asdict())
    compiled = query.compile(engine, compile_kwargs={"literal_binds": True})
    with engine.connect() as connection:
        connection.execute(text("ANALYZE entries"))
        connection.execute(text("SET LOCAL enable_seqscan = off"))
        connection.execute(text("SET LOCAL enable_bitmapscan = off"))
        plan = connection.execute(text(f"EXPLAIN {compiled}"))
        assert "entries_2026_11_run_number_number_idx" in "".join(plan.scalars())


HUGE = "x" * 900_000


@pytest.mark.parametrize(
    ("filters", "pages"),
    [
        (EntryFilter(), [[0, 1, 2, 3, 4], [5, 6, 7, 8, 9], [10, 11]]),
        (EntryFilter(newest_first=True), [[11, 10, 9, 8, 7], [6, 5, 4, 3, 2], [1, 0]]),
        (EntryFilter(level="WARN"), [[1, 3, 5, 7, 9], [11]]),
        (EntryFilter(search="xx", newest_first=True, offset=6), [[5, 4, 3, 2, 1], [0]]),
        (EntryFilter(limit=3, offset=2), [[2, 3, 4], [5, 6, 7], [8, 9, 10], [11]]),
    ],
)
def test_a_page_ends_when_its_entries_fill_a_response(
    engine: Engine, store: IngestStore, filters: EntryFilter, pages: list[list[int]]
) -> None:
    log_messages(store, [("WARN" if number % 2 else "INFO", HUGE) for number in range(12)])
    assert numbers_by_cursor(engine, filters) == pages


def test_a_page_has_at_least_one_entry_of_any_length(
    engine: Engine, store: IngestStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entry_listing, "_PAGE_BYTES", 1)
    log_messages(store, [("INFO", HUGE)] * 3)
    assert numbers_by_cursor(engine, EntryFilter()) == [[0], [1], [2]]


@pytest.mark.parametrize("byte", [b"\x01", b"\xff", b"\0", b'"', b"\n", "\N{GRINNING FACE}".encode()])
def test_the_largest_page_passes_through_api_gateway(engine: Engine, store: IngestStore, byte: bytes) -> None:
    head = b"Nov-23 12:00:01.000 [main] INFO  nextflow.Nextflow - "
    reader = LogReader(NOON)
    reader.feed(head + byte * (MESSAGE_LIMIT * 2 // len(byte)))
    (record,) = reader.finish()
    nearly_as_long = record.message[:-2_000]  # so that a fifth entry still begins on the page
    log_messages(store, [("INFO", message) for message in [nearly_as_long] * 4 + [record.message] * 2])
    found = read(engine, EntryFilter())
    body = page_json(LogPage(entries=[], total=6, page_size=200, complete=False), "entries", found.lines, LogEntry)
    assert found.next_cursor
    assert len(body) < 32_000_000


@pytest.mark.parametrize("newest_first", [False, True])
def test_cursor_pages_of_a_growing_log_repeat_no_entry(engine: Engine, store: IngestStore, newest_first: bool) -> None:
    log(store, ["INFO"] * 5)
    sizes = iter(range(5, 8))

    def grow() -> None:
        if (size := next(sizes, None)) is not None:
            log_messages(store, [("INFO", "more")], first_number=size)

    pages = numbers_by_cursor(engine, EntryFilter(limit=2, newest_first=newest_first), between=grow)
    assert [number for one in pages for number in one] == ([4, 3, 2, 1, 0] if newest_first else list(range(8)))


@pytest.mark.parametrize(
    "fields", [["desc", 1], ["asc", "1"], ["asc", -1], ["asc", 2**63], ["asc", 1.0], ["asc"], [""]]
)
def test_an_invalid_cursor_is_refused(engine: Engine, fields: list[object]) -> None:
    with pytest.raises(ValidationError):
        read(engine, EntryFilter(cursor=cursor_of(*fields)))


_TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=30)
_FIRST, _LAST = datetime(1970, 1, 2), datetime(9999, 1, 1)  # noqa: DTZ001 hypothesis adds the zone
_MESSAGES = _TEXTS | st.sampled_from(["password = 'hunter2hunter2'", 'a "b" \\ \n\t\x7f\x1b', "--token abc\n,\n{}"])
_RECORDS = st.builds(
    LogRecord,
    st.just(0),
    st.just(1),
    st.none() | st.datetimes(_FIRST, _LAST, timezones=st.just(UTC)),
    st.none() | st.sampled_from(LEVELS),
    st.none() | _TEXTS.filter(bool),
    st.none() | _TEXTS.filter(bool),
    _MESSAGES.map(str.encode),
)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(records=st.lists(_RECORDS, max_size=8), is_over=st.booleans())
def test_postgres_writes_a_page_as_pydantic_does(
    engine: Engine, store: IngestStore, records: list[LogRecord], is_over: bool
) -> None:
    with store.writing(RUN_ID) as writer:
        writer.add_entries(records, first_number=0)
    run = make_run(run_id=RUN_ID, status=RunStatus.COMPLETED if is_over else RunStatus.RUNNING)
    fields = [
        {name: getattr(record, name) for name in ("timestamp", "level", "thread", "logger", "message")}
        for record in records
    ]
    entries = [LogEntry(number=number, **values) for number, values in enumerate(fields)]
    page = LogPage(entries=entries, total=len(records), page_size=200, complete=is_over)

    written = page_json(
        page.model_copy(update={"entries": []}), "entries", read(engine, EntryFilter(), run=run).lines, LogEntry
    )

    assert written.decode().replace(",\n", ",") == page.model_dump_json()
