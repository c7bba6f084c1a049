"""A run is marked as failing as soon as its log shows it, while Nextflow finishes other tasks."""

import pytest

from common.domain.batch.job import JobState
from common.domain.runs.files import NEXTFLOW_LOG, TRACE
from common.domain.runs.run import FAILING, Run
from common.domain.runs.status import RunStatus
from common.domain.runs.work_items import ChainStep
from tests.support.actions.stage import ANA, RUN, Stage
from tests.support.database import journal_of, sent_statements
from tests.support.logs.nextflow_files import FAILED_LOG, FAILED_TRACE, FINISHED_LOG

TASK = "NFCORE_SCRNASEQ:SCRNASEQ:STAR_ALIGN (sample_2)"
FIRST = ChainStep(run_id=RUN, chain="launch")
BEFORE = FAILED_LOG[: FAILED_LOG.index(b"Nov-23 12:00:23")]  # the report on the task begins there
REPORTED = FAILED_LOG[: FAILED_LOG.index(b"Nov-23 12:00:31")]


def record(message: str, second: int = 24, logger: str = "nextflow.Session") -> bytes:
    return f"Nov-23 12:00:{second}.000 [TaskFinalizer-1] INFO  {logger} - {message}\n".encode()


FINISHING = REPORTED + record("Execution cancelled -- Finishing pending tasks before exit")
RETRIED, IGNORED = (
    BEFORE + record(f"[12/345678] NOTE: Process `{TASK}` terminated with an error exit status (137) -- {end}")
    for end in ("Execution is retried (1)", "Error is ignored")
)
TERMINATED = FINISHING + record("Session aborted -- Cause: SIGTERM", 40) + FAILED_LOG[len(REPORTED) :]


def after_log(stage: Stage, log: bytes) -> Run:
    """The run after an upload of its log was ingested."""
    generation = stage.storage.put_log(RUN, NEXTFLOW_LOG, log)
    stage.ingest_file.run(RUN, NEXTFLOW_LOG, generation)
    return stage.run()


def why(run: Run) -> tuple[str | None, str | None, object]:
    """Cause, task and message of a run's failure."""
    return (run.diagnosis or {}).get("cause"), run.error_task, (run.error_message or "")[:21]


KILLED = ("killed_by_signal", TASK, "Process `NFCORE_SCRNA")


@pytest.mark.parametrize("log", [REPORTED, FINISHING], ids=["the report is last", "more follows"])
def test_a_failure_report_marks_a_running_run_as_failing(stage: Stage, log: bytes) -> None:
    stage.running()
    assert not after_log(stage, BEFORE).failing
    run = after_log(stage, log)
    assert (run.status, run.failing, run.status_detail, run.exit_code) == (RunStatus.RUNNING, True, FAILING, None)
    assert why(run) == KILLED


@pytest.mark.parametrize("log", [RETRIED, IGNORED], ids=["retried", "ignored"])
def test_a_run_whose_failed_task_is_retried_or_ignored_is_not_failing(stage: Stage, log: bytes) -> None:
    stage.running()
    run = after_log(stage, log)
    assert (run.failing, run.status_detail, why(run)) == (False, None, (None, None, ""))


def test_a_retry_does_not_hide_the_failure_of_another_task(stage: Stage) -> None:
    stage.running()
    after_log(stage, RETRIED)
    assert after_log(stage, RETRIED + REPORTED[len(BEFORE) :]).failing


def test_the_failure_is_one_status_event_with_the_status_unchanged(stage: Stage) -> None:
    stage.running()
    after_log(stage, FINISHING)
    after_log(stage, FINISHING + record("more"))
    last = [row.data for row in journal_of(stage.engine, RUN) if row.event == "status"]
    assert [data["failing"] for data in last] == [False, False, False, True]
    assert stage.journal() == ["pending", "submitted", "running", "running"]
    assert (last[-1]["status_detail"], last[-1]["error_task"]) == (FAILING, TASK)
    assert last[-1]["diagnosis"] == stage.run().diagnosis


def test_a_stored_failure_needs_no_statement(stage: Stage) -> None:
    def statements(log: bytes) -> int:
        with sent_statements(stage.engine) as sent:
            after_log(stage, log)
        return len(sent)

    stage.running()
    more = BEFORE + record("more")
    after_log(stage, more)
    quiet = statements(more + record("and more"))
    after_log(stage, more + record("and more") + FINISHING[len(BEFORE) :])
    assert statements(more + record("and more") + FINISHING[len(BEFORE) :] + record("and more")) == quiet


def test_a_changed_diagnosis_is_stored_and_journaled_again(stage: Stage) -> None:
    stage.running()
    half = after_log(stage, REPORTED[: REPORTED.index(b"Caused by")])  # the copy was made while it was written
    assert (half.failing, half.error_task, half.error_message) == (True, TASK, None)
    assert why(after_log(stage, FINISHING)) == KILLED
    assert [row.data["failing"] for row in journal_of(stage.engine, RUN) if row.event == "status"][-2:] == [True, True]


def test_a_sync_marks_a_run_as_failing_after_a_lost_notice(stage: Stage) -> None:
    stage.running()
    stage.upload(log=FINISHING)
    stage.sync.run(FIRST)
    run = stage.run()
    assert (run.status, run.failing, run.status_detail, why(run)) == (RunStatus.RUNNING, True, FAILING, KILLED)
    stage.sync.run(FIRST.next())
    assert stage.run().status_detail == FAILING
    assert len(stage.journal()) == 4


def test_a_failing_run_is_diagnosed_again_when_it_ends(stage: Stage) -> None:
    stage.running()
    after_log(stage, FINISHING)
    stage.upload(log=FAILED_LOG, trace=FAILED_TRACE)
    stage.batch.move(stage.head, JobState.FAILED, "Job state is set from RUNNING to FAILED.")
    stage.sync.run(FIRST)
    stage.drain_queue()
    run = stage.run()
    assert (run.status, run.failing, run.exit_code, run.status_detail) == (RunStatus.FAILED, False, 137, None)
    assert why(run) == KILLED
    assert [row.data["failing"] for row in journal_of(stage.engine, RUN) if row.event == "status"][-2:] == [True, False]


def cancelled(stage: Stage) -> Run:
    """The run after a cancel whose head job was stopped in time."""
    stage.clock.advance(seconds=1)
    stage.request_cancel.run(RUN, ANA)
    stage.batch.move(stage.head, JobState.CANCELLED)
    stage.drain_queue()
    return stage.run()


def test_a_cancel_of_a_failing_run_keeps_the_diagnosis(stage: Stage) -> None:
    stage.running()
    after_log(stage, FINISHING)
    stage.upload(log=TERMINATED, trace=FAILED_TRACE)
    run = cancelled(stage)
    assert (run.status, run.failing, run.exit_code, run.status_detail) == (RunStatus.CANCELLED, False, 137, None)
    assert why(run) == KILLED
    assert journal_of(stage.engine, RUN)[-1].data["diagnosis"] == run.diagnosis


def test_a_failure_that_is_read_only_after_the_cancel_is_kept(stage: Stage) -> None:
    stage.running()
    stage.upload(log=TERMINATED)
    assert why(cancelled(stage)) == KILLED


def test_failures_caused_by_a_cancel_are_ignored(stage: Stage) -> None:
    stage.running()
    aborted = record("Session aborted -- Cause: SIGTERM", 22)
    stage.upload(log=BEFORE + aborted + FAILED_LOG[len(BEFORE) :], trace=FAILED_TRACE)
    assert why(cancelled(stage)) == (None, None, "")


def test_a_failing_run_that_is_being_cancelled_shows_the_cancel(stage: Stage) -> None:
    stage.running()
    stage.request_cancel.run(RUN, ANA)
    run = after_log(stage, FINISHING)
    assert (run.failing, run.status_detail) == (True, "cancelling")


def test_a_completed_run_has_no_failure(stage: Stage) -> None:
    stage.running()
    after_log(stage, FINISHING)
    anew = FINISHED_LOG.replace(b"Nov-23 12:", b"Nov-23 13:")
    stage.upload(log=anew)
    stage.storage.put_log(RUN, "exit_code", b"0\n")
    stage.batch.move(stage.head, JobState.SUCCEEDED)
    stage.sync.run(FIRST)
    stage.drain_queue()
    run = stage.run()
    assert (run.status, run.failing, why(run)) == (RunStatus.COMPLETED, False, (None, None, ""))


def test_a_failed_task_in_the_trace_does_not_mark_the_run_as_failing(stage: Stage) -> None:
    stage.running()
    stage.upload(trace=FAILED_TRACE)
    stage.ingest_file.run(RUN, TRACE, 1)
    assert not stage.run().failing
