"""Which lines of a run are kept for searches, and when they go."""

import pytest
from sqlalchemy import Engine, func, select, text

from common.domain.diagnosis.causes import CauseClass
from common.domain.diagnosis.failure import Evidence, FailureDiagnosis
from common.domain.insight.search import LONGEST_LINE, SearchLine
from common.domain.nextflow.log.records import LogRecord
from common.domain.runs.log_key import LogKey
from common.domain.runs.status import RunStatus
from common.services.ingest.store import IngestStore
from common.services.insight.search.lines import keep_lines
from common.services.runs.store import RunStoreService
from tests.support.runs import NOON, make_run

RUN = make_run().run_id


def stored(engine: Engine) -> list[tuple[str, int, str]]:
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT task, number, text FROM search_lines ORDER BY task, number"))
        return [(row.task, row.number, row.text) for row in rows]


def record(number: int, level: str | None, message: str) -> LogRecord:
    return LogRecord(10 * number, 10 * number + 10, NOON, level, "main", "nextflow", message.encode())


@pytest.fixture
def ingest(engine: Engine, runs: RunStoreService) -> IngestStore:
    """With a running run."""
    runs.create_run(make_run())
    for status in (RunStatus.SUBMITTED, RunStatus.RUNNING):
        runs.update_run_status(RUN, status, at=NOON)
    return IngestStore(engine)


def test_warnings_and_errors_are_kept_with_their_numbers(ingest: IngestStore, engine: Engine) -> None:
    levels = ("INFO", "WARN", None, "DEBUG", "ERROR")
    with ingest.writing(RUN) as writer:
        writer.add_entries([record(at, level, f"says {level}") for at, level in enumerate(levels)], first_number=0)
    assert stored(engine) == [("", 1, "says WARN"), ("", 4, "says ERROR")]


def test_an_open_warning_is_replaced_when_it_has_grown(ingest: IngestStore, engine: Engine) -> None:
    for message in ("one", "one\ntwo"):
        with ingest.writing(RUN) as writer:
            writer.add_entries([record(0, "WARN", message)], first_number=0)
    assert stored(engine) == [("", 0, "one\ntwo")]


def test_of_many_warnings_the_newest_are_kept(ingest: IngestStore, engine: Engine) -> None:
    with ingest.writing(RUN) as writer:
        writer.add_entries([record(number, "WARN", "again") for number in range(150)], first_number=0)
    assert [number for _, number, _ in stored(engine)] == list(range(100, 150))


def test_a_huge_line_is_cut_and_odd_characters_are_stored(ingest: IngestStore, engine: Engine) -> None:
    odd = "a\0b \ud800 {'x'}\\ " + "y" * 1_000_000
    with ingest.writing(RUN) as writer:
        writer.add_entries([record(0, "ERROR", "before")], first_number=0)  # makes the partition
        keep_lines(writer.connection, writer.key, make_run().user_email, [SearchLine("", 0, NOON, 4, odd)], at=NOON)
    ((_, _, kept),) = stored(engine)
    assert kept.startswith("a\ufffdb ? {'x'}\\ yyy")
    assert len(kept) == LONGEST_LINE


def test_a_diagnosis_is_kept_until_the_run_completes_after_all(
    ingest: IngestStore, runs: RunStoreService, engine: Engine
) -> None:
    evidence = (Evidence("Killed", 12, "nextflow.log"), Evidence("exit 137", 20, "nextflow.log"))
    found = FailureDiagnosis(
        cause=CauseClass.OUT_OF_MEMORY, error_task="STAR (x)", exit_code=137, message="too little", evidence=evidence
    )
    runs.note_failing(RUN, found, at=NOON)
    assert stored(engine) == [("", -1, "too little\nSTAR (x)\nKilled\nexit 137")]
    no_failure = {"diagnosis": None, "error_message": None, "error_task": None}
    runs.update_run_status(RUN, RunStatus.COMPLETED, at=NOON, facts=no_failure)
    assert stored(engine) == []


def test_lines_are_dropped_with_the_entries_of_their_month(ingest: IngestStore, engine: Engine) -> None:
    with ingest.writing(RUN) as writer:
        writer.add_entries([record(0, "WARN", "old")], first_number=0)
    with engine.begin() as connection:
        connection.execute(select(func.drop_entry_month(LogKey.of(RUN, NOON).month)))
    assert stored(engine) == []
