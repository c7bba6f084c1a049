"""Pages of log entries, with and without a filter."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from common.domain.nextflow_log import LogRecord
from common.errors import UnavailableError
from common.services import entry_listing
from common.services.counting import COUNTED_AT_MOST, Total
from common.services.entry_listing import LEVELS, EntryFilter, entry_page
from common.services.ingest_store import IngestStore
from tests.support.runs import NOON

RUN_ID = "run-00000001"


def log(store: IngestStore, levels: Sequence[str | None]) -> None:
    """Entries of these levels; each says its number."""
    records = [LogRecord(0, 1, NOON, level, "main", "n.Session", str(number)) for number, level in enumerate(levels)]
    with store.writing(RUN_ID) as writer:
        writer.add_entries(records, first_number=0, part=0)


def page(engine: Engine, **wanted: Any) -> tuple[list[int], Total]:  # noqa: ANN401 a field of any type
    with engine.connect() as connection:
        rows, total = entry_page(connection, RUN_ID, EntryFilter(**wanted))
    return [row.number for row in rows], total


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    levels=st.lists(st.none() | st.sampled_from(LEVELS), max_size=30),
    wanted=st.builds(
        EntryFilter,
        level=st.none() | st.sampled_from(LEVELS),
        search=st.none() | st.sampled_from(["1", "2", "x"]),
        offset=st.integers(0, 40),
        limit=st.integers(1, 12),
        newest_first=st.booleans(),
    ),
)
def test_a_page_is_a_piece_of_what_the_filter_leaves(
    engine: Engine, store: IngestStore, levels: list[str | None], wanted: EntryFilter
) -> None:
    log(store, levels)

    with engine.connect() as connection:
        rows, total = entry_page(connection, RUN_ID, wanted)

    at_least = LEVELS[LEVELS.index(wanted.level) :] if wanted.level else (None, *LEVELS)
    left = [number for number, level in enumerate(levels) if level in at_least and (wanted.search or "") in str(number)]
    in_order = left[::-1] if wanted.newest_first else left
    assert [row.number for row in rows] == in_order[wanted.offset : wanted.offset + wanted.limit]
    assert total == Total(len(left), is_capped=False)


def test_without_a_filter_the_total_is_exact_at_any_size(engine: Engine, store: IngestStore) -> None:
    log(store, ["DEBUG"] * (COUNTED_AT_MOST + 5))
    assert page(engine, limit=1) == ([0], Total(COUNTED_AT_MOST + 5, is_capped=False))


def test_with_a_filter_there_is_a_bound_to_counting(engine: Engine, store: IngestStore) -> None:
    log(store, ["DEBUG"] * (COUNTED_AT_MOST + 5))
    assert page(engine, level="DEBUG", limit=1) == ([0], Total(COUNTED_AT_MOST, is_capped=True))


def test_a_search_that_takes_too_long_is_given_up(
    engine: Engine, store: IngestStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    log(store, ["DEBUG"] * 20_000)
    monkeypatch.setattr(entry_listing, "_LONGEST_SEARCH_MS", 1)
    with pytest.raises(UnavailableError, match="narrow it down"):
        page(engine, search="nowhere")


def test_warnings_are_found_by_their_own_index(engine: Engine, store: IngestStore) -> None:
    log(store, ["DEBUG", "WARN", "ERROR"] * 100)
    conditions = entry_listing._conditions(EntryFilter(level="WARN"))
    query = entry_listing._entries(RUN_ID, EntryFilter()).where(*conditions)
    with engine.connect() as connection:
        connection.execute(text("SET LOCAL enable_seqscan = off"))
        connection.execute(text("SET LOCAL enable_bitmapscan = off"))
        plan = connection.execute(text(f"EXPLAIN {query.compile(engine, compile_kwargs={'literal_binds': True})}"))
        assert "idx_log_entries_warnings" in "".join(plan.scalars())
