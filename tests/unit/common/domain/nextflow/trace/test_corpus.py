"""Every trace of the corpus compared with its lines, the index, and the logs. Needs SLUICE_CORPUS."""

import re
from collections import Counter
from functools import cache
from itertools import cycle

from common.domain.nextflow.log.facts import TaskCompleted
from common.domain.nextflow.trace.reader import SkippedRow, TraceReader
from common.domain.nextflow.trace.row import TraceRow
from tests.support.rows import each_row
from tests.unit.common.domain.nextflow.corpus import CorpusFile, logs, needs_corpus, traces
from tests.unit.common.domain.nextflow.texts import facts_in, rows_of

pytestmark = needs_corpus

every_trace = each_row("file", of=traces())


def rows_in(file: CorpusFile) -> list[TraceRow]:
    return [row for row in rows_of(file.data) if isinstance(row, TraceRow)]


@cache
def completed_in_logs() -> dict[str, TaskCompleted]:
    """The completed tasks in all logs of the corpus, by work directory."""
    facts = (fact for file in logs() for fact in facts_in(file.data))
    return {fact.work_dir: fact for fact in facts if isinstance(fact, TaskCompleted)}


@every_trace
def test_every_line_is_a_readable_row(file: CorpusFile) -> None:
    lines = file.data.split(b"\n")

    assert lines[-1] == b""
    assert len(rows_in(file)) == len(lines) - 2
    assert not [row for row in rows_of(file.data) if isinstance(row, SkippedRow) or row.unread]


@every_trace
def test_the_statuses_agree_with_the_index(file: CorpusFile) -> None:
    counts = Counter(row.status for row in rows_in(file))
    misread_by_the_index = file.notes.count("row(s) with wrong field count")
    counts["COMPLETED"] -= misread_by_the_index

    expected = {status: int(number) for status, number in re.findall(r"([A-Z]+)=(\d+)", file.outcome)}
    assert +counts == expected


@every_trace
def test_every_row_identifies_one_task(file: CorpusFile) -> None:
    rows = rows_in(file)

    hashes = Counter(row.hash for row in rows if row.hash)
    assert len(hashes) in (0, len(rows))
    assert all(row.name and row.process and row.name.startswith(row.process) for row in rows)
    assert all(row.tag is None or row.name.endswith(f"({row.tag})") for row in rows)


@every_trace
def test_durations_are_the_time_from_submission_to_completion(file: CorpusFile) -> None:
    for row in rows_in(file):
        if row.submit and row.complete and row.duration_ms is not None and row.status != "CACHED":
            exact = round((row.complete - row.submit).total_seconds() * 1000)
            assert abs(row.duration_ms - exact) <= 60 + 1_000 * (exact > 60_000)


@every_trace
def test_pieces_of_any_size_give_the_same_rows(file: CorpusFile) -> None:
    data = file.data
    reader, found, at = TraceReader(), [], 0
    for size in cycle((1, 7, 100, 65_536, 4_096, 13)):
        found += reader.feed(data[at : at + size])
        at += size
        if at >= len(data):
            break
        if size == 100:
            reader = TraceReader(state=reader.state)

    assert found + reader.finish() == rows_of(data)


@every_trace
def test_trace_and_log_of_one_run_agree(file: CorpusFile) -> None:
    for row in rows_in(file):
        ended = completed_in_logs().get(row.work_dir or "")
        if ended is not None:
            assert (row.task_id, row.hash, row.name, row.exit_code) == (
                ended.task_id,
                ended.hash,
                ended.name,
                ended.exit_code,
            )


def test_thousands_of_tasks_are_in_a_trace_and_a_log() -> None:
    both = [row for file in traces() for row in rows_in(file) if row.work_dir in completed_in_logs()]

    assert len(both) > 1_000
