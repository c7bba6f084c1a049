from dataclasses import replace

import pytest

from common.domain.batch.job import BatchJob, JobState
from common.domain.runs.ending import RunEnd
from common.domain.runs.files import EXIT_CODE, INGESTED_FILES, NEXTFLOW_LOG, TRACE
from common.domain.runs.run import Run
from common.domain.runs.status import RunStatus
from tests.support.actions.stage import RUN, Stage, moment
from tests.support.database import journal_of
from tests.support.logs.nextflow_files import FAILED_LOG, FAILED_TRACE, FINISHED_LOG
from tests.support.runs import NOON

RESTARTED = FAILED_LOG.replace(b"Nov-23 12:", b"Nov-23 13:")
JOB = BatchJob(name="n", uid="u", state=JobState.FAILED, labels={}, events=("the machine was lost",))


def ended(
    stage: Stage, final: RunStatus, *, log: bytes = b"", exit_code: bytes = b"", job: BatchJob | None = JOB
) -> Run:
    """A run that was ended with these files in its bucket."""
    stage.launched()
    stage.upload(log=log)
    if exit_code:
        stage.storage.put_log(RUN, EXIT_CODE, exit_code)
    return read_and_end(stage, stage.run(), final, job=job)


def read_and_end(stage: Stage, run: Run, final: RunStatus, *, job: BatchJob | None) -> Run:
    """Read the files that exist and end the run."""
    log, _ = (stage.read_file.run(run, file) for file in INGESTED_FILES)
    return stage.end_run.run(run, RunEnd(status=final), job=job, log=log.cursor)


def test_the_exit_code_is_that_of_the_failed_task(stage: Stage) -> None:
    assert ended(stage, RunStatus.FAILED, log=FAILED_LOG, exit_code=b"1\n").exit_code == 137


@pytest.mark.parametrize(("text", "code"), [(b"143\n", 143), (b"0", 0), (b"", None), (b"x\n", None), (b"\xff", None)])
def test_without_a_failed_task_the_exit_code_is_that_of_the_head_job(
    stage: Stage, text: bytes, code: int | None
) -> None:
    assert ended(stage, RunStatus.FAILED, exit_code=text).exit_code == code


KILLED = "Task state is updated from RUNNING to FAILED on zones/z/instances/1 due to task failure with exit code 137."


def test_the_exit_code_of_batch_is_used_when_the_head_job_wrote_none(stage: Stage) -> None:
    run = ended(stage, RunStatus.FAILED, job=replace(JOB, events=("Job failed.", KILLED)))
    assert (run.exit_code, run.error_message) == (137, KILLED)
    assert run.diagnosis is not None
    assert (run.diagnosis["cause"], run.diagnosis["exit_code"]) == ("killed_by_signal", 137)
    assert run.diagnosis["evidence"] == [{"line": KILLED, "offset": None, "source": "batch"}]


def test_the_exit_code_of_the_head_job_precedes_that_of_batch(stage: Stage) -> None:
    assert ended(stage, RunStatus.FAILED, exit_code=b"1\n", job=replace(JOB, events=(KILLED,))).exit_code == 1


def test_the_error_message_comes_from_the_log(stage: Stage) -> None:
    run = ended(stage, RunStatus.FAILED, log=FAILED_LOG)
    assert run.error_task == "NFCORE_SCRNASEQ:SCRNASEQ:STAR_ALIGN (sample_2)"
    assert run.error_message is not None
    assert run.error_message.startswith("Process `NFCORE_SCRNASEQ:SCRNASEQ:STAR_ALIGN (sample_2)` terminated")


@pytest.mark.parametrize(
    ("job", "message"),
    [
        (JOB, "the machine was lost"),
        (None, "Cloud Batch no longer has the head job of this run; it may have been deleted"),
        (
            BatchJob(name="n", uid="u", state=JobState.CANCELLED, labels={}),
            "Cloud Batch ended the head job as CANCELLED",
        ),
    ],
)
def test_without_a_log_the_error_message_comes_from_batch(stage: Stage, job: BatchJob | None, message: str) -> None:
    assert ended(stage, RunStatus.FAILED, job=job).error_message == message


def test_a_failed_run_is_diagnosed(stage: Stage) -> None:
    run = ended(stage, RunStatus.FAILED, log=FAILED_LOG)
    assert run.diagnosis is not None
    assert (run.diagnosis["cause"], run.diagnosis["exit_code"]) == ("killed_by_signal", 137)
    assert "error exit status (137)" in run.diagnosis["evidence"][1]["line"]


def test_the_trace_supplies_what_the_log_lacks(stage: Stage) -> None:
    stage.upload(trace=FAILED_TRACE)
    stage.launched()
    run = read_and_end(stage, stage.run(), RunStatus.FAILED, job=None)
    assert (run.error_task, run.exit_code) == ("NFCORE_SCRNASEQ:SCRNASEQ:STAR_ALIGN (sample_2)", 137)
    assert run.diagnosis is not None
    assert [line["source"] for line in run.diagnosis["evidence"]] == ["trace.txt"]


def test_a_head_job_that_lost_its_machine_was_preempted(stage: Stage) -> None:
    event = "Task state is updated from RUNNING to FAILED on zones/z/instances/1 with exit code 50001."
    run = ended(stage, RunStatus.FAILED, job=replace(JOB, events=(event,)))
    assert run.diagnosis is not None
    assert run.diagnosis["cause"] == "preempted"
    assert run.error_message == event


@pytest.mark.parametrize("last_copy", [b"", FAILED_LOG[:1500], RESTARTED[:1500], RESTARTED[:40]])
def test_a_copy_that_was_cut_off_does_not_hide_the_failure(stage: Stage, last_copy: bytes) -> None:
    stage.running()
    stage.storage.put_log(RUN, NEXTFLOW_LOG, FAILED_LOG)
    stage.read_file.run(stage.run(), NEXTFLOW_LOG)
    stage.storage.put_log(RUN, NEXTFLOW_LOG, last_copy)
    run = read_and_end(stage, stage.run(), RunStatus.FAILED, job=JOB)
    assert (run.error_task, run.exit_code) == ("NFCORE_SCRNASEQ:SCRNASEQ:STAR_ALIGN (sample_2)", 137)
    assert run.diagnosis is not None
    assert run.diagnosis["cause"] == "killed_by_signal"


@pytest.mark.parametrize(("text", "code"), [(b"143", None), (b"14", None), (b"143\n", 143), (b"1\n", 1)])
def test_an_exit_code_without_its_newline_was_cut_off(stage: Stage, text: bytes, code: int | None) -> None:
    assert ended(stage, RunStatus.FAILED, exit_code=text).exit_code == code


def test_the_last_live_event_contains_the_diagnosis(stage: Stage) -> None:
    run = ended(stage, RunStatus.FAILED, log=FAILED_LOG)
    last = journal_of(stage.engine, RUN)[-1]
    assert (last.event, last.data["diagnosis"]) == ("done", run.diagnosis)


def test_a_completed_run_has_no_error(stage: Stage) -> None:
    run = ended(stage, RunStatus.COMPLETED, log=FINISHED_LOG, exit_code=b"0\n")
    assert (run.exit_code, run.error_message, run.error_task) == (0, None, None)
    assert (run.started_at, run.completed_at) == (moment(3), NOON)


def test_a_completed_run_with_an_error_in_its_log_has_no_error_message(stage: Stage) -> None:
    assert ended(stage, RunStatus.COMPLETED, log=FAILED_LOG).error_message is None


def test_ending_a_run_clears_its_status_detail(stage: Stage) -> None:
    stage.launched()
    stage.runs.note_sync(RUN, at=NOON, status_detail="waiting for a machine")
    assert read_and_end(stage, stage.run(), RunStatus.FAILED, job=JOB).status_detail is None


def test_a_run_that_has_ended_meanwhile_does_not_change(stage: Stage) -> None:
    before = stage.launched()
    stage.runs.update_run_status(RUN, RunStatus.CANCELLED, at=NOON)
    assert read_and_end(stage, before, RunStatus.FAILED, job=JOB).status == RunStatus.CANCELLED
    assert stage.run().error_message is None


HEADER = b"task_id\thash\tname\tstatus\texit\tworkdir\n"


def ended_with_trace(stage: Stage, trace: bytes) -> None:
    stage.launched()
    stage.upload(trace=trace)
    read_and_end(stage, stage.run(), RunStatus.FAILED, job=JOB)
    read_and_end(stage, stage.run(), RunStatus.FAILED, job=JOB)  # as after a crash halfway


def test_the_last_row_of_a_trace_may_lack_a_newline(stage: Stage) -> None:
    ended_with_trace(stage, HEADER + b"1\tab/cdef01\tFOO\tCOMPLETED\t0\t/w\n2\tab/cdef02\tBAR\tFAILED\t1\t/w")
    assert stage.rows("SELECT hash, status FROM tasks ORDER BY hash") == [
        ("ab/cdef01", "COMPLETED"),
        ("ab/cdef02", "FAILED"),
    ]


def test_a_truncated_row_is_counted_once_as_unreadable(stage: Stage) -> None:
    ended_with_trace(stage, HEADER + b"1\tab/cdef01\tFOO\tCOMPLETED\t0\t/w\n2\tab/cdef02\tBAR")
    ((count, skipped),) = stage.rows("SELECT skipped_count, skipped FROM ingest_cursors WHERE file = 'trace.txt'")
    assert (count, [line["line_number"] for line in skipped]) == (1, [3])


def test_a_trace_that_grows_after_the_end_loses_nothing(stage: Stage) -> None:
    cut = HEADER + b"1\tab/cdef01\tFOO\tCOMP"
    ended_with_trace(stage, cut)
    stage.upload(trace=cut + b"LETED\t0\t/w\n")
    stage.read_file.run(stage.run(), TRACE)
    assert stage.rows("SELECT hash, status, exit_code FROM tasks") == [("ab/cdef01", "COMPLETED", 0)]
