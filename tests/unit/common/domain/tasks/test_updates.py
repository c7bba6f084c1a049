from datetime import UTC, datetime

import pytest

from common.domain.nextflow.trace.reader import TraceReader
from common.domain.nextflow.trace.row import TraceRow
from common.domain.tasks.task import Task, TaskSource, TaskStatus, merge
from common.domain.tasks.updates import from_log, from_trace
from tests.unit.common.domain.nextflow.texts import facts_in, line, trace

AT = datetime(2026, 11, 23, 6, 29, 30, 123000, tzinfo=UTC)
NAME = "NFCORE:FASTQC (sample_1)"
WORK_DIR = "gs://work/run/ab/cdef0123456789"


def news_in(text: str) -> Task:
    """The only news in a log."""
    (task,) = [task for fact in facts_in(text) for task in from_log(fact)]
    return task


def completed(exit_status: str, error: str = "-") -> str:
    handler = f"id: 3; name: {NAME}; status: COMPLETED; exit: {exit_status}; error: {error}; workDir: {WORK_DIR}"
    return line(f"Task completed > TaskHandler[{handler}]", thread="Task monitor")


def row_in(*rows: str, columns: str = "task_id hash name status exit") -> TraceRow:
    (row,) = TraceReader().feed(trace(*rows, columns=columns.split()).encode())
    assert isinstance(row, TraceRow)
    return row


def test_a_submitted_task_is_named_in_full() -> None:
    assert news_in(line(f"[ab/cdef01] Submitted process > {NAME}", level="INFO")) == Task(
        hash="ab/cdef01",
        name=NAME,
        process="NFCORE:FASTQC",
        tag="sample_1",
        status=TaskStatus.SUBMITTED,
        submit_time=AT,
    )


def test_a_cached_task_has_ended() -> None:
    assert news_in(line(f"[ab/cdef01] Cached process > {NAME}")).status == TaskStatus.CACHED


def test_the_batch_job_of_a_task_is_kept_to_find_its_output_by() -> None:
    task = news_in(
        line(f"[GOOGLE BATCH] Process `{NAME}` submitted > job=nf-ab-1; uid=nf-ab-1-uid; work-dir={WORK_DIR}")
    )
    assert (task.native_id, task.work_dir) == ("nf-ab-1/0/nf-ab-1-uid", WORK_DIR)
    assert task.status == TaskStatus.SUBMITTED


def test_an_exit_status_of_0_is_taken_for_success() -> None:
    task = news_in(completed("0"))
    assert (task.status, task.exit_code, task.end_time) == (TaskStatus.COMPLETED, 0, AT)
    assert (task.hash, task.task_id, task.work_dir) == ("ab/cdef01", 3, WORK_DIR)


@pytest.mark.parametrize("text", [completed("137"), completed("0", "boom"), completed("-", "boom")])
def test_an_error_or_another_exit_status_is_a_failure(text: str) -> None:
    assert news_in(text).status == TaskStatus.FAILED


def test_an_unknown_exit_status_claims_nothing() -> None:
    """Natively executed tasks have none and went well; those killed have none and did not: the trace knows."""
    task = news_in(completed("-"))
    assert (task.status, task.exit_code) == (TaskStatus.SUBMITTED, None)


def test_a_task_that_errored_after_its_exit_status_of_0_has_failed() -> None:
    errored = line(
        f"Handling unexpected condition for\n  task: name={NAME}; work-dir={WORK_DIR}\n"
        "  error [nextflow.exception.ProcessFailedException]: Missing output file(s) `x.bam`"
    )
    known = merge(news_in(completed("0")), news_in(errored), TaskSource.LOG)
    assert known.status == TaskStatus.FAILED
    assert known.message == "Missing output file(s) `x.bam`"


@pytest.mark.parametrize(("end", "action"), [("Execution is retried (1)", "RETRY"), ("Error is ignored", "IGNORE")])
def test_a_note_tells_what_nextflow_does_about_a_failure(end: str, action: str) -> None:
    task = news_in(line(f"[ab/cdef01] NOTE: Process `{NAME}` terminated with an error exit status (1) -- {end}"))
    assert (task.status, task.error_action) == (TaskStatus.FAILED, action)
    assert task.message == f"Process `{NAME}` terminated with an error exit status (1)"


def test_a_note_does_not_take_away_the_name_of_its_task() -> None:
    submitted = news_in(line(f"[ab/cdef01] Submitted process > {NAME}"))
    note = news_in(line("[ab/cdef01] NOTE: killed -- Error is ignored"))
    assert merge(submitted, note, TaskSource.LOG).name == NAME
    assert merge(note, submitted, TaskSource.LOG).name == NAME


def test_facts_about_the_run_are_no_news_of_a_task() -> None:
    assert [task for fact in facts_in(line("> Execution complete -- Goodbye")) for task in from_log(fact)] == []


def test_a_row_of_the_trace_is_a_task() -> None:
    columns = "task_id hash native_id name status exit submit realtime %cpu peak_rss attempt workdir"
    row = row_in(f"7|ab/cdef01|77|{NAME}|FAILED|137|1763879370123|2500|150.5|1024|2|{WORK_DIR}", columns=columns)
    task = from_trace(row)
    assert (task.hash, task.task_id, task.name, task.process, task.tag) == (
        "ab/cdef01",
        7,
        NAME,
        "NFCORE:FASTQC",
        "sample_1",
    )
    assert (task.status, task.exit_code, task.attempt) == (TaskStatus.FAILED, 137, 2)
    assert (task.realtime_ms, task.cpu_percent, task.memory_peak) == (2500, 150.5, 1024)
    assert (task.native_id, task.work_dir) == ("77", WORK_DIR)


@pytest.mark.parametrize("status", TaskStatus)
def test_every_status_of_a_trace_is_known(status: TaskStatus) -> None:
    assert from_trace(row_in(f"7|ab/cdef01|x|{status.value}|0")).status == status


@pytest.mark.parametrize(
    ("exit_code", "status"), [("0", TaskStatus.COMPLETED), ("1", TaskStatus.FAILED), ("-", TaskStatus.NEW)]
)
def test_without_a_status_the_exit_code_decides(exit_code: str, status: TaskStatus) -> None:
    assert from_trace(row_in(f"7|ab/cdef01|x|-|{exit_code}")).status == status


def test_a_row_without_a_hash_is_known_by_its_number_else_by_its_name() -> None:
    assert from_trace(row_in("7|-|x|COMPLETED|0")).hash == "#7"
    assert from_trace(row_in("-|-|x|COMPLETED|0")).hash == from_trace(row_in("-|-|x|FAILED|1")).hash
    assert len(from_trace(row_in("-|-|x|COMPLETED|0")).hash) == 40


def test_resident_memory_stands_in_for_its_peak() -> None:
    columns = "task_id hash name status exit rss"
    assert from_trace(row_in("7|ab/cdef01|x|COMPLETED|0|2048", columns=columns)).memory_peak == 2048
