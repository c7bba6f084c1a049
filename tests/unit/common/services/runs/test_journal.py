"""The journal of a run: numbered without gaps, in the transaction of its change."""

from functools import partial

import pytest
from sqlalchemy import Engine

from common.domain.runs.live_events import EventKind
from common.services.runs.journal import append_to_journal
from common.services.runs.store import RunStoreService
from tests.support.database import journal_of, sent_statements
from tests.support.runs import NOON, make_run
from tests.support.threads import all_at_once

RUN_ID, OTHER_ID = "run-00000001", "run-00000002"


@pytest.fixture(autouse=True)
def stored(runs: RunStoreService) -> None:
    for run_id in (RUN_ID, OTHER_ID):
        runs.create_run(make_run(run_id=run_id))


def append(engine: Engine, run_id: str, *words: str) -> None:
    with engine.begin() as connection:
        append_to_journal(connection, run_id, [(EventKind.PROGRESS, {"word": word}) for word in words], at=NOON)


def test_entries_are_numbered_in_the_given_order(engine: Engine) -> None:
    append(engine, RUN_ID, "one", "two")
    append(engine, RUN_ID, "three")

    rows = journal_of(engine, RUN_ID)[1:]
    assert [(row.seq, row.event, row.data["word"]) for row in rows] == [
        (2, "progress", "one"),
        (3, "progress", "two"),
        (4, "progress", "three"),
    ]


def test_each_run_has_its_own_numbers(engine: Engine) -> None:
    append(engine, RUN_ID, "one")
    append(engine, OTHER_ID, "one")

    assert [row.seq for row in journal_of(engine, OTHER_ID)] == [1, 2]


def test_several_entries_are_one_statement_that_returns_the_last_number(engine: Engine) -> None:
    with engine.begin() as connection, sent_statements(engine) as sent:
        entries = [(EventKind.ACTION, {"text": "a'b\0"}), (EventKind.DONE, {})]
        assert append_to_journal(connection, RUN_ID, entries, at=NOON) == 3

    assert len(sent) == 1
    assert [(row.event, row.data) for row in journal_of(engine, RUN_ID)[1:]] == [
        ("action", {"text": "a'b\ufffd"}),
        ("done", {}),
    ]


def test_concurrent_writers_leave_no_gap_and_no_duplicate(engine: Engine) -> None:
    all_at_once([partial(append, engine, RUN_ID, "a", "b") for _ in range(4)])

    assert [row.seq for row in journal_of(engine, RUN_ID)] == list(range(1, 10))


def test_a_rollback_leaves_no_gap(engine: Engine) -> None:
    with engine.connect() as connection:
        append_to_journal(connection, RUN_ID, [(EventKind.PROGRESS, {})], at=NOON)
        connection.rollback()

    append(engine, RUN_ID, "one")

    assert [row.seq for row in journal_of(engine, RUN_ID)] == [1, 2]
