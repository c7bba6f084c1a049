"""Compares the reports on every file of a corpus of real files with its index. Needs SLUICE_CORPUS."""

from collections import Counter

import pytest

from tests.support.rows import each_row
from tests.unit.common.domain.nextflow.corpus import CorpusFile, logs, needs_corpus, traces
from tools.inspect_log.files import Kind, NotReadableError, kind_of
from tools.inspect_log.log_report import report_on_log
from tools.inspect_log.trace_report import report_on_trace

pytestmark = needs_corpus

OUTCOMES = {"ok": "completed", "failed": "failed", "error": "failed", "config": "failed", "signal": "cancelled"}
NEXTFLOWS_OWN = [file for file in logs() if file.outcome != "not-nextflow"]


def expected(file: CorpusFile) -> str:
    return next((outcome for word, outcome in OUTCOMES.items() if file.outcome.startswith(word)), "unknown")


@each_row("file", of=NEXTFLOWS_OWN)
def test_the_outcome_of_a_log_equals_the_index(file: CorpusFile) -> None:
    found = report_on_log(file.path, year=None).as_json()
    assert (kind_of(file.path), found["outcome"]) == (Kind.LOG, expected(file))
    assert found["bytes_accounted"] == found["bytes"] == len(file.data)
    assert (found["cause"] is None) == (found["outcome"] in ("completed", "unknown"))


@each_row("file", of=[file for file in logs() if file.outcome == "not-nextflow"])
def test_a_log_of_another_program_is_refused(file: CorpusFile) -> None:
    with pytest.raises(NotReadableError):
        report_on_log(file.path, year=None)


@each_row("file", of=traces())
def test_a_trace_has_the_rows_and_statuses_of_a_naive_count(file: CorpusFile) -> None:
    found = report_on_trace(file.path).as_json()
    header, *rows = file.data.decode().splitlines()
    separator = ";" if ";" in header else "\t"
    column = header.split(separator).index("status")
    in_place = [row.split(separator) for row in rows if row.count(separator) == header.count(separator)]
    statuses = Counter(cells[column] for cells in in_place)
    statuses["COMPLETED"] += len(rows) - len(in_place)  # rows with a separator in their tag, all of them completed

    assert kind_of(file.path) == Kind.TRACE
    assert found["rows"] + len(found["skipped"]) == len(rows)
    assert found["statuses"] == +statuses
    assert found["bytes_accounted"] == found["bytes"] == len(file.data)
