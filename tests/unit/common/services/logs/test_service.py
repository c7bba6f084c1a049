"""Pages of a run's log."""

from typing import Any

import pytest
from sqlalchemy import Engine, event

from common.composition.logs import make_log_service
from common.domain.ingest.cursor import FileCursor
from common.domain.nextflow.log.records import LogRecord
from common.domain.runs.files import NEXTFLOW_LOG, Buckets
from common.domain.runs.status import FINAL_STATUSES, RunStatus
from common.models.log_entries import LEVELS
from common.services.ingest.store import IngestStore
from common.services.logs.listing import EntryFilter, EntryPage
from common.services.logs.service import LogService
from common.services.runs.store import RunStoreService
from common.services.storage.client import StorageClient
from common.services.task_output.cloud_logging import LoggingSettings
from tests.support.logs.entries import entries_on
from tests.support.runs import NOON, make_run

RUN_ID, OTHER_ID = "run-00000001", "run-00000002"


@pytest.fixture(autouse=True)
def stored(runs: RunStoreService) -> None:
    for run_id in (RUN_ID, OTHER_ID):
        runs.create_run(make_run(run_id=run_id))


@pytest.fixture
def logs(engine: Engine) -> LogService:
    """A service for what is in Postgres; the rest is not used."""
    terms = LoggingSettings(project="lab", view="projects/lab/v", endpoint=None)
    buckets = Buckets(runs="runs", logs="logs", work="work")
    return make_log_service(engine, buckets, StorageClient(), terms, lambda: NOON)


def log(store: IngestStore, *lines: tuple[str | None, str], run_id: str = RUN_ID) -> None:
    records = [LogRecord(0, 1, NOON, level, "main", "nextflow.Session", message.encode()) for level, message in lines]
    with store.writing(run_id) as writer:
        writer.add_entries(records, first_number=0)


def messages(logs: LogService, **filters: Any) -> list[str]:  # noqa: ANN401 a field of any type
    return [entry.message for entry in entries_on(page_of(logs, **filters))]


def page_of(logs: LogService, **filters: Any) -> EntryPage:  # noqa: ANN401 a field of any type
    run = RunStoreService(logs._engine).get_run(RUN_ID)
    return logs.get_workflow_log(run, EntryFilter(**filters))


def test_a_run_without_a_log_has_no_entries(logs: LogService, store: IngestStore) -> None:
    log(store, ("INFO", "of another run"), run_id=OTHER_ID)

    page = page_of(logs)

    assert (page.lines, page.total.count, page.complete) == ("", 0, False)


def test_entries_are_in_file_order(logs: LogService, store: IngestStore) -> None:
    log(store, ("INFO", "one"), ("DEBUG", "two"), (None, "three"))

    assert messages(logs) == ["one", "two", "three"]


def test_newest_first_reverses_the_order(logs: LogService, store: IngestStore) -> None:
    log(store, ("INFO", "one"), ("INFO", "two"), ("INFO", "three"))

    assert messages(logs, newest_first=True, limit=2) == ["three", "two"]


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 8])
def test_pages_have_every_entry_once(logs: LogService, store: IngestStore, limit: int) -> None:
    log(store, *(("INFO", str(number)) for number in range(7)))

    pages = [messages(logs, offset=offset, limit=limit) for offset in range(0, 7, limit)]

    assert [message for page in pages for message in page] == list("0123456")


def test_offset_and_limit_count_entries_after_filtering(logs: LogService, store: IngestStore) -> None:
    log(store, *(("ERROR" if number % 2 else "INFO", str(number)) for number in range(8)))

    page = page_of(logs, level="ERROR", offset=1, limit=2)

    assert messages(logs, level="ERROR", offset=1, limit=2) == ["3", "5"]
    assert (page.total.count, page.total.is_capped) == (4, False)


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        ("TRACE", ["TRACE", "DEBUG", "INFO", "WARN", "ERROR"]),
        ("DEBUG", ["DEBUG", "INFO", "WARN", "ERROR"]),
        ("INFO", ["INFO", "WARN", "ERROR"]),
        ("WARN", ["WARN", "ERROR"]),
        ("ERROR", ["ERROR"]),
    ],
)
def test_a_level_includes_those_above_it(logs: LogService, store: IngestStore, level: str, expected: list[str]) -> None:
    log(store, *((each, each) for each in LEVELS), (None, "no level"))

    assert messages(logs, level=level) == expected


@pytest.mark.parametrize("searched", ["100%", "a_b", "a\\b", "a/b", "[x]", "'; --", "CÔTÉ"])
def test_special_characters_in_a_search_are_literal(logs: LogService, store: IngestStore, searched: str) -> None:
    found = f"first line\nthen {searched.lower()} and more"
    log(store, ("INFO", "100 percent axb a-b a\\\\c x"), ("INFO", found))

    assert messages(logs, search=searched) == [found]


def open_messages(logs: LogService, **filters: Any) -> list[str]:  # noqa: ANN401 a field of any type
    return [entry.message for entry in entries_on(page_of(logs, **filters)) if entry.open]


@pytest.mark.parametrize("filters", [{}, {"newest_first": True}, {"level": "INFO"}, {"search": "e", "offset": 1}])
def test_the_last_entry_of_a_growing_log_is_open(logs: LogService, store: IngestStore, filters: dict[str, Any]) -> None:
    log(store, ("INFO", "one"), ("INFO", "three"))
    with store.writing(RUN_ID) as writer:
        writer.move_cursor(NEXTFLOW_LOG, FileCursor(next_number=1), after=FileCursor(), at=NOON)

    assert open_messages(logs, **filters) == ["three"]


def test_no_entry_of_a_finished_run_is_open(logs: LogService, store: IngestStore, runs: RunStoreService) -> None:
    log(store, ("INFO", "one"), ("INFO", "two"))
    with store.writing(RUN_ID) as writer:
        writer.move_cursor(NEXTFLOW_LOG, FileCursor(next_number=1), after=FileCursor(), at=NOON)
    end(runs, RunStatus.COMPLETED)

    assert open_messages(logs) == []


def test_the_log_of_a_live_run_is_not_complete(logs: LogService, store: IngestStore) -> None:
    read(store, NEXTFLOW_LOG)

    assert not page_of(logs).complete


@pytest.mark.parametrize("status", sorted(FINAL_STATUSES))
@pytest.mark.parametrize("has_log", [True, False])
def test_the_log_of_a_finished_run_is_complete_with_or_without_entries(
    logs: LogService, store: IngestStore, runs: RunStoreService, status: RunStatus, has_log: bool
) -> None:
    if has_log:
        log(store, ("INFO", "one"))
        read(store, NEXTFLOW_LOG)
    end(runs, status)

    assert page_of(logs).complete


@pytest.mark.parametrize("number", [1, 2])
def test_a_page_is_not_complete_if_the_run_ends_while_it_is_read(
    engine: Engine, logs: LogService, store: IngestStore, runs: RunStoreService, number: int
) -> None:
    statements: list[str] = []

    def end_after_one(*call: Any) -> None:  # noqa: ANN401 SQLAlchemy passes arguments that do not matter
        statements.append(call[2])
        if len(statements) == number:
            log(store, ("INFO", "the last"))
            read(store, NEXTFLOW_LOG)
            end(runs, RunStatus.COMPLETED)

    event.listen(engine, "after_cursor_execute", end_after_one)
    try:
        page = page_of(logs)
    finally:
        event.remove(engine, "after_cursor_execute", end_after_one)

    assert not page.complete


def end(runs: RunStoreService, status: RunStatus) -> None:
    for step in (RunStatus.SUBMITTED, RunStatus.RUNNING, status):
        runs.update_run_status(RUN_ID, step, at=NOON)


def read(store: IngestStore, file: str) -> None:
    with store.writing(RUN_ID) as writer:
        writer.move_cursor(file, FileCursor(byte_offset=1), after=FileCursor(), at=NOON)
