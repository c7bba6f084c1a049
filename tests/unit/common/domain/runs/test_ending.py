from datetime import timedelta

import pytest

from common.domain.batch.job import BatchJob, JobState
from common.domain.ingest.cursor import FileCursor
from common.domain.ingest.reading import read_log, summary_so_far
from common.domain.nextflow.log.summary import LogSummary
from common.domain.runs.ending import (
    LOG_INCOMPLETE,
    LOG_MAY_COME,
    EndProgress,
    HeadJobFiles,
    RunEnd,
    end_of_run,
    target_status,
    waiting_detail,
)
from common.domain.runs.status import RunStatus
from tests.support.logs.nextflow_files import FINISHED_LOG
from tests.support.runs import NOON, make_run

COMPLETED, FAILED = RunStatus.COMPLETED, RunStatus.FAILED
ABORTED = b"Nov-23 12:00:32.000 [main] DEBUG nextflow.Session - Session aborted -- Cause: Disk quota exceeded\n"
SIGNALLED = b"Nov-23 12:00:32.000 [SIGTERM handler] DEBUG nextflow.Session - Session aborted -- Cause: SIGTERM\n"
RETRIED = (
    b"Nov-23 12:00:20.000 [TaskFinalizer-1] INFO  nextflow.processor.TaskProcessor - [ab/cdef01] NOTE: Process `P`"
    b" terminated with an error exit status (137) -- Execution is retried (1)\n"
)
IGNORED = RETRIED.replace(b"Execution is retried (1)", b"Error is ignored")
NOT_NEXTFLOW = b"hello\n"
LAST_RECORD = FINISHED_LOG.rindex(b"Nov-23")
CUT_OFF = FINISHED_LOG[: len(FINISHED_LOG) // 2]
HEAD = BatchJob(name="h", uid="u", state=JobState.SUCCEEDED, labels={}, state_since=NOON)


def summary_of(log: bytes) -> LogSummary:
    return summary_so_far(read_log(FileCursor(), log, near=NOON).cursor, near=NOON)


def end(log: bytes, exit_code: int | None, *, waited: timedelta, target: RunStatus = COMPLETED) -> RunEnd | None:
    files = HeadJobFiles(exit_code=exit_code, log=summary_of(log), has_log=bool(log))
    return end_of_run(target, files, waited=waited)


@pytest.mark.parametrize("more", [b"", RETRIED, IGNORED])
@pytest.mark.parametrize("exit_code", [0, None])
def test_exit_code_0_and_a_log_that_ends_without_an_abort_are_success(more: bytes, exit_code: int | None) -> None:
    log = FINISHED_LOG[:LAST_RECORD] + more + FINISHED_LOG[LAST_RECORD:]
    assert end(log, exit_code, waited=timedelta(0)) == RunEnd(status=COMPLETED)


@pytest.mark.parametrize("abort", [ABORTED, SIGNALLED])
@pytest.mark.parametrize("is_last", [True, False])
def test_exit_code_0_after_an_abort_is_a_failure(abort: bytes, is_last: bool) -> None:
    log = FINISHED_LOG + abort if is_last else FINISHED_LOG[:LAST_RECORD] + abort + FINISHED_LOG[LAST_RECORD:]
    found = end(log, 0, waited=timedelta(0))
    assert found is not None
    assert found.status == FAILED


def test_another_exit_code_is_a_failure_even_if_the_head_job_succeeded() -> None:
    found = end(FINISHED_LOG, 1, waited=timedelta(0))
    assert found == RunEnd(status=FAILED, reason="Nextflow ended with exit code 1")


@pytest.mark.parametrize("log", [b"", CUT_OFF])
def test_exit_code_0_with_an_incomplete_log_is_success_after_ten_minutes(log: bytes) -> None:
    assert end(log, 0, waited=LOG_MAY_COME - timedelta(seconds=1)) is None
    assert end(log, 0, waited=LOG_MAY_COME) == RunEnd(status=COMPLETED, detail=LOG_INCOMPLETE)


@pytest.mark.parametrize(
    ("log", "exit_code", "missing"),
    [
        (b"", None, "it left no exit_code and no nextflow.log"),
        (CUT_OFF, None, "it left no exit_code and no end of nextflow.log"),
        (NOT_NEXTFLOW, None, "it left no exit_code and no start of a session in nextflow.log"),
        (NOT_NEXTFLOW, 0, "it left no start of a session in nextflow.log"),
    ],
)
def test_a_head_job_without_proof_of_success_fails_with_the_missing_files(
    log: bytes, exit_code: int | None, missing: str
) -> None:
    found = end(log, exit_code, waited=LOG_MAY_COME)
    assert found is not None
    assert (found.status, found.detail) == (FAILED, None)
    assert found.reason is not None
    assert missing in found.reason


def test_a_failed_head_job_needs_no_log() -> None:
    assert end(b"", None, waited=timedelta(0), target=FAILED) == RunEnd(status=FAILED)


def test_a_cancel_ends_a_run_whose_nextflow_was_stopped_by_a_signal_and_exited_with_0() -> None:
    asked = make_run(status=RunStatus.RUNNING, cancel_requested_at=NOON)
    stopped, finished = summary_of(FINISHED_LOG + SIGNALLED), summary_of(FINISHED_LOG)
    assert target_status(HEAD, asked, stopped, gone_answers=0) is None
    assert target_status(HEAD, asked, finished, gone_answers=0) == COMPLETED
    assert target_status(HEAD, make_run(status=RunStatus.RUNNING), stopped, gone_answers=0) == COMPLETED


def test_two_empty_listings_in_a_row_prove_that_no_job_is_left() -> None:
    seen = EndProgress()
    for is_empty, proved in [(True, False), (False, False), (True, False), (True, True)]:
        seen = seen.after_listing(HEAD, is_empty=is_empty, at=NOON)
        assert seen.no_job_is_left == proved


def test_waiting_begins_at_the_end_in_batch_or_at_the_first_sync_after_it() -> None:
    later = NOON + timedelta(minutes=3)
    assert EndProgress().after_listing(HEAD, is_empty=True, at=later).since == NOON
    first = EndProgress().after_listing(None, is_empty=True, at=NOON)
    assert first.after_listing(None, is_empty=True, at=later).since == NOON


def test_a_run_says_which_jobs_it_waits_for() -> None:
    jobs = ["projects/p/locations/l/jobs/nf-1", "projects/p/locations/l/jobs/nf-2"]
    assert waiting_detail(jobs) == "waiting until Cloud Batch has ended 2 jobs, such as nf-1"
    assert waiting_detail(jobs[:1], cancelling=True) == (
        "cancelling: waiting until Cloud Batch has ended 1 job, such as nf-1"
    )
    assert waiting_detail([], cancelling=True) == "cancelling"
    assert waiting_detail([]) == "the head job succeeded; waiting for the end of nextflow.log"
