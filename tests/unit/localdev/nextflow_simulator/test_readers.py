"""The project's readers read the simulator's logs and traces completely."""

import re
from datetime import UTC, datetime
from typing import TypeVar

import pytest

from common.domain.nextflow.log.facts import (
    BatchJobSubmitted,
    FailureReport,
    LogFact,
    RunStats,
    ScriptLaunched,
    SessionNamed,
    TaskCached,
    TaskCompleted,
    TaskErrored,
    TaskRetried,
    TaskSubmitted,
    VersionNamed,
)
from common.domain.nextflow.log.parsing import facts_of
from common.domain.nextflow.log.records import LogReader, LogRecord
from common.domain.nextflow.log.summary import LogSummary, Outcome
from common.domain.nextflow.trace.reader import TraceReader
from common.domain.nextflow.trace.row import TraceRow
from tests.unit.localdev.nextflow_simulator.conftest import SESSION, SimulatedRun, Simulator

Fact = TypeVar("Fact", bound=LogFact)


@pytest.fixture(scope="module")
def finished(simulator: Simulator) -> SimulatedRun:
    return simulator.run("run-read", ["S1", "fail_oom_once"])


@pytest.fixture(scope="module")
def failed(simulator: Simulator) -> SimulatedRun:
    return simulator.run("run-read-failed", ["fail_exit"])


def records_of(run: SimulatedRun) -> list[LogRecord]:
    reader = LogReader(datetime.now(UTC))
    pieces = [run.log[start : start + 777] for start in range(0, len(run.log), 777)]
    return [record for piece in pieces for record in reader.feed(piece)] + reader.finish()


def facts(run: SimulatedRun) -> list[LogFact]:
    return [fact for record in records_of(run) for fact in facts_of(record)]


def of_kind(run: SimulatedRun, kind: type[Fact]) -> list[Fact]:
    return [fact for fact in facts(run) if isinstance(fact, kind)]


def rows_of(run: SimulatedRun) -> list[TraceRow]:
    reader = TraceReader()
    found = [*reader.feed(run.trace), *reader.finish()]
    assert all(isinstance(row, TraceRow) for row in found)
    return [row for row in found if isinstance(row, TraceRow)]


def test_every_byte_of_the_log_belongs_to_one_complete_record(finished: SimulatedRun) -> None:
    records = records_of(finished)

    assert [record.start for record in records] == [0, *(record.end for record in records[:-1])]
    assert records[-1].end == len(finished.log)
    assert all(record.level and record.timestamp for record in records)


def test_version_session_and_run_name_are_read_from_the_log(finished: SimulatedRun) -> None:
    assert [fact.version for fact in of_kind(finished, VersionNamed)] == ["25.10.4"]
    assert [fact.session_id for fact in of_kind(finished, SessionNamed)] == [SESSION]
    assert [(fact.run_name, fact.branch) for fact in of_kind(finished, ScriptLaunched)] == [("run-read", "2.7.1")]


def test_every_cell_of_the_trace_is_read(finished: SimulatedRun) -> None:
    rows = rows_of(finished)

    assert len(rows) == finished.trace.count(b"\n") - 1
    for row, raw in zip(rows, finished.rows(), strict=True):
        assert not row.unread
        read = {"task_id": str(row.task_id), "hash": row.hash, "name": row.name, "status": row.status}
        read |= {"process": row.process, "native_id": row.native_id, "workdir": row.work_dir}
        assert read == {column: raw[column] for column in read}
        assert raw["tag"] in {row.tag, "-"}
        assert (str(row.duration_ms), str(row.realtime_ms)) == (raw["duration"], raw["realtime"])
        assert (str(row.exit_code), str(row.attempt)) == (raw["exit"], raw["attempt"])


def test_log_and_trace_contain_the_same_tasks(finished: SimulatedRun) -> None:
    rows = {row.hash: row for row in rows_of(finished)}

    assert {fact.hash: fact.name for fact in of_kind(finished, TaskSubmitted)} == {
        task_hash: row.name for task_hash, row in rows.items()
    }
    completed = {fact.hash: (fact.task_id, fact.exit_code) for fact in of_kind(finished, TaskCompleted)}
    assert completed == {task_hash: (row.task_id, row.exit_code) for task_hash, row in rows.items()}


def test_the_jobs_in_the_log_are_the_native_ids_in_the_trace(finished: SimulatedRun) -> None:
    submitted = of_kind(finished, BatchJobSubmitted)

    assert {f"{fact.job}/0/{fact.uid}" for fact in submitted} == {row.native_id for row in rows_of(finished)}
    ended = re.findall(rb"` - terminated job=([^;]+);", finished.log)
    assert {job.decode() for job in ended} == {fact.job for fact in submitted}


def test_a_retry_is_read_with_its_error(finished: SimulatedRun) -> None:
    (errored,) = of_kind(finished, TaskErrored)
    (retried,) = of_kind(finished, TaskRetried)

    assert (errored.hash, retried.retry) == (retried.hash, 1)
    assert [fact.resubmitted for fact in of_kind(finished, TaskSubmitted)].count(True) == 1


def test_the_last_statistics_agree_with_the_trace(finished: SimulatedRun) -> None:
    stats = of_kind(finished, RunStats)[-1]
    statuses = finished.statuses()

    assert (stats.succeeded, stats.failed, stats.retries) == (statuses.count("COMPLETED"), 1, 1)


def test_all_parts_of_a_failure_report_are_read(failed: SimulatedRun) -> None:
    (report,) = of_kind(failed, FailureReport)
    row = rows_of(failed)[-1]

    assert (report.name, report.exit_code, report.work_dir, report.hash) == (row.name, 1, row.work_dir, row.hash)
    assert report.cause == f"Process `{row.name}` terminated with an error exit status (1)"
    assert report.command
    assert report.command.startswith("simpleaf quant")
    assert report.error == "Error: the reads of fail_exit are not in FASTQ format at line 4"
    assert report.container == "quay.io/biocontainers/simpleaf:0.10.0--h9f5acd7_1"


def test_cached_tasks_are_read(simulator: Simulator, finished: SimulatedRun) -> None:
    resumed = simulator.run("run-read-resumed", ["S1"], root="run-read", resume=True)

    cached = {fact.hash: fact.name for fact in of_kind(resumed, TaskCached)}
    assert cached
    assert cached == {row.hash: row.name for row in rows_of(resumed) if row.status == "CACHED"}


def test_the_outcome_is_read_from_the_log(finished: SimulatedRun, failed: SimulatedRun) -> None:
    outcomes = []
    for run in (finished, failed):
        summary = LogSummary()
        for fact in facts(run):
            summary.add(fact)
        outcomes.append(summary.outcome)

    assert outcomes == [Outcome.COMPLETED, Outcome.TASK_FAILED]
