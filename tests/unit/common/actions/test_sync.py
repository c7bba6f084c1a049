from datetime import timedelta

import pytest

from common.actions.sync import waiting_reason
from common.domain.batch.job import BatchJob, JobState
from common.domain.runs.files import EXIT_CODE
from common.domain.runs.run import Run
from common.domain.runs.status import FINAL_STATUSES, LIVE_STATUSES, RunStatus
from common.domain.runs.work_items import ChainStep
from common.domain.tasks.merging import TaskSource
from common.errors import NotFoundError, UnavailableError
from tests.support.actions.fakes import CrashError
from tests.support.actions.stage import ANA, INTERVAL, RUN, Stage, moment
from tests.support.database import journal_of
from tests.support.logs.nextflow_files import FAILED_LOG, FAILED_TRACE, FINISHED_LOG, FINISHED_TRACE
from tests.support.runs import NOON, make_run, make_task
from tests.support.telemetry import recorded_actions

FIRST = ChainStep(run_id=RUN, chain="launch")
LIVE = [JobState.QUEUED, JobState.SCHEDULED, JobState.RUNNING]


def synced(stage: Stage) -> Run:
    """The run after two syncs, because a run ends only after two steps."""
    stage.sync.run(FIRST)
    for item in stage.queue.take_all():
        stage.do(item)
    return stage.run()


def status_with(stage: Stage, status: RunStatus, state: JobState) -> RunStatus:
    """The status after two syncs of a run in `status` whose head job is in `state` and whose log is complete."""
    stage.launched()
    stage.upload(log=FINISHED_LOG)
    for step in (RunStatus.RUNNING, status) if status in FINAL_STATUSES else (status,):
        stage.runs.update_run_status(RUN, step, at=NOON)
    stage.batch.move(stage.head, state)
    return synced(stage).status


@pytest.mark.parametrize("state", JobState)
@pytest.mark.parametrize("status", sorted(LIVE_STATUSES - {RunStatus.PENDING}))
def test_only_an_ended_head_job_ends_a_live_run(stage: Stage, status: RunStatus, state: JobState) -> None:
    ends = {
        JobState.SUCCEEDED: RunStatus.COMPLETED,
        JobState.FAILED: RunStatus.FAILED,
        JobState.CANCELLED: RunStatus.FAILED,
    }
    assert status_with(stage, status, state) == ends.get(state, status)


@pytest.mark.parametrize("status", sorted(FINAL_STATUSES))
def test_the_head_job_never_changes_a_run_that_is_over(stage: Stage, status: RunStatus) -> None:
    assert status_with(stage, status, JobState.SUCCEEDED) == status
    assert "sync" not in stage.queue.kinds


@pytest.mark.parametrize("state", LIVE)
def test_a_sync_submits_a_run_whose_launch_died_after_creating_the_job(stage: Stage, state: JobState) -> None:
    stage.pending()
    stage.steps.crash_at = 6  # claim, inputs, job: two steps each
    with pytest.raises(CrashError):
        stage.launch.run(RUN)
    stage.batch.move(stage.head, state)
    assert stage.sync.run(FIRST).status == RunStatus.SUBMITTED


def test_a_short_run_passes_through_running_to_completed(stage: Stage) -> None:
    stage.launched()
    stage.batch.move(stage.head, JobState.SUCCEEDED)
    stage.upload(log=FINISHED_LOG, trace=FINISHED_TRACE)
    run = synced(stage)
    assert stage.journal() == ["pending", "submitted", "running", "completed"]
    assert run.started_at == moment(3)


def test_all_files_are_read_before_the_final_status_is_written(stage: Stage) -> None:
    stage.running()
    stage.batch.move(stage.head, JobState.SUCCEEDED)
    stage.upload(log=FINISHED_LOG, trace=FINISHED_TRACE)
    seen: list[RunStatus] = []
    stage.storage.before_read = lambda: seen.append(stage.run().status)
    synced(stage)
    assert seen
    assert set(seen) == {RunStatus.RUNNING}
    assert sum(end - start for _, _, start, end, _ in stage.entries()) == len(FINISHED_LOG)
    assert set(stage.tasks().values()) == {"COMPLETED"}


def test_a_run_does_not_end_before_all_its_files_are_read(stage: Stage) -> None:
    stage.running()
    stage.batch.move(stage.head, JobState.SUCCEEDED)
    stage.upload(log=FINISHED_LOG)
    stage.clock.tick, stage.chunk_bytes = timedelta(minutes=3), 100
    assert stage.sync.run(FIRST).status == RunStatus.RUNNING
    stage.clock.tick, stage.chunk_bytes = timedelta(0), 2 << 20
    (again,) = stage.queue.take_all()
    stage.do(again)
    assert stage.run().status == RunStatus.COMPLETED


def test_a_run_does_not_end_while_storage_is_away(stage: Stage) -> None:
    stage.running()
    stage.batch.move(stage.head, JobState.SUCCEEDED)
    stage.storage.is_down = True
    with pytest.raises(UnavailableError):
        stage.sync.run(FIRST)
    assert stage.run().status == RunStatus.RUNNING


def test_a_failed_run_names_the_failed_task_and_its_exit_code(stage: Stage) -> None:
    stage.running()
    stage.batch.move(stage.head, JobState.FAILED, "Job state is set from RUNNING to FAILED")
    stage.upload(log=FAILED_LOG, trace=FAILED_TRACE)
    stage.storage.put_log(RUN, EXIT_CODE, b"1\n")
    run = synced(stage)
    assert run.status == RunStatus.FAILED
    assert (run.exit_code, run.error_task) == (137, "NFCORE_SCRNASEQ:SCRNASEQ:STAR_ALIGN (sample_2)")
    assert run.error_message is not None
    assert "terminated with an error exit status (137)" in run.error_message


def test_a_head_job_that_dies_before_nextflow_starts_fails_a_submitted_run(stage: Stage) -> None:
    stage.launched()
    stage.batch.move(stage.head, JobState.FAILED, "VM creation failed: quota exceeded")
    run = synced(stage)
    assert stage.journal() == ["pending", "submitted", "failed"]
    assert (run.started_at, run.error_message) == (None, "VM creation failed: quota exceeded")


def test_two_answers_that_the_head_job_is_gone_fail_the_run(stage: Stage) -> None:
    stage.running()
    stage.batch.jobs.clear()
    assert stage.sync.run(FIRST).status == RunStatus.RUNNING
    (second,) = stage.queue.take_all()
    assert second.delay >= INTERVAL
    stage.do(second)
    stage.drain_queue()
    run = stage.run()
    assert run.status == RunStatus.FAILED
    assert run.error_message == "Cloud Batch no longer has the head job of this run; it may have been deleted"
    assert set(stage.batch.cancelled) == {stage.head}


def test_a_head_job_that_reappears_resets_the_count_of_gone_answers(stage: Stage) -> None:
    stage.running()
    head = stage.batch.jobs.pop(stage.head)
    stage.sync.run(FIRST)
    stage.batch.jobs[stage.head] = head
    (second,) = stage.queue.take_all()
    stage.do(second)
    del stage.batch.jobs[stage.head]
    (third,) = stage.queue.take_all()
    stage.do(third)
    assert (stage.run().status, stage.batch.cancelled) == (RunStatus.RUNNING, [])


def test_a_run_does_not_fail_while_its_gone_job_cannot_be_cancelled(stage: Stage) -> None:
    stage.running()
    stage.batch.jobs.clear()
    stage.batch.cancel_error = UnavailableError("Cloud Batch is away; try again")
    with pytest.raises(UnavailableError):
        stage.sync.run(FIRST, gone_answers=1)
    assert stage.run().status == RunStatus.RUNNING


def test_an_error_of_batch_does_not_change_the_run(stage: Stage) -> None:
    stage.running()
    stage.batch.is_down = True
    with pytest.raises(UnavailableError):
        stage.sync.run(FIRST)
    assert stage.run().status == RunStatus.RUNNING


def test_a_claimed_run_without_a_job_stays_pending_until_its_launch(stage: Stage) -> None:
    stage.pending()
    stage.runs.claim_launch(RUN, stage.head)
    assert stage.sync.run(FIRST, gone_answers=1).status == RunStatus.PENDING
    assert [item.body["gone_answers"] for item in stage.queue.items] == [0]


def test_unfinished_tasks_are_aborted_when_their_run_ends(stage: Stage) -> None:
    stage.running()
    stage.upload(log=FAILED_LOG[: FAILED_LOG.index(b"Task completed")])
    stage.batch.move(stage.head, JobState.FAILED)
    synced(stage)
    assert set(stage.tasks().values()) == {"ABORTED"}
    assert (stage.run().metrics or {})["tasks"] == {"ABORTED": 2}


def test_a_task_whose_child_job_runs_is_marked_as_running(stage: Stage) -> None:
    stage.running()
    stage.upload(log=FAILED_LOG[: FAILED_LOG.index(b"Task completed")])
    stage.batch.add_child(RUN, "nf-abcdef01-1", JobState.RUNNING)
    stage.batch.add_child(RUN, "nf-12345678-1", JobState.QUEUED)
    stage.sync.run(FIRST)
    assert stage.tasks() == {"12/345678": "SUBMITTED", "ab/cdef01": "RUNNING"}


def test_a_sync_queues_the_next_one_while_the_run_is_live(stage: Stage) -> None:
    stage.launched()
    stage.sync.run(FIRST)
    assert [(item.kind, item.key, item.delay) for item in stage.queue.items] == [("sync", f"{RUN}-launch-1", INTERVAL)]


def test_a_sync_delivered_again_does_not_fork_the_chain(stage: Stage) -> None:
    stage.launched()
    for _ in range(3):
        stage.sync.run(FIRST)
    assert len(stage.queue.items) == 1
    (second,) = stage.queue.take_all()
    stage.do(second)
    stage.do(second)
    assert [item.key for item in stage.queue.items] == [f"{RUN}-launch-2"]


@pytest.mark.parametrize("state", [JobState.SUCCEEDED, JobState.FAILED])
def test_the_chain_ends_with_the_run_and_queues_one_archive(stage: Stage, state: JobState) -> None:
    stage.running()
    stage.upload(log=FINISHED_LOG)
    stage.batch.move(stage.head, state)
    synced(stage)
    stage.sync.run(FIRST)
    assert [(item.kind, item.body) for item in stage.queue.items] == [("archive", {"run_id": RUN})]


def test_a_second_sync_of_a_finished_run_changes_nothing(stage: Stage) -> None:
    stage.running()
    stage.batch.move(stage.head, JobState.SUCCEEDED)
    stage.upload(log=FINISHED_LOG, trace=FINISHED_TRACE)
    first = synced(stage)
    stage.clock.advance(hours=1)
    assert stage.sync.run(FIRST) == first
    assert stage.journal() == ["pending", "submitted", "running", "completed"]


def test_the_last_event_of_a_finished_run_is_done(stage: Stage) -> None:
    stage.running()
    stage.batch.move(stage.head, JobState.FAILED)
    synced(stage)
    assert stage.rows("SELECT event FROM run_events ORDER BY seq")[-1] == ("done",)


def test_a_sync_does_nothing_for_a_run_that_is_not_launched(stage: Stage) -> None:
    stage.pending()
    assert stage.sync.run(FIRST).status == RunStatus.PENDING
    assert stage.queue.items == []


def test_a_sync_of_an_unknown_run_raises_not_found(stage: Stage) -> None:
    with pytest.raises(NotFoundError):
        stage.sync.run(FIRST)


def test_a_sync_records_its_time_and_why_the_run_waits(stage: Stage) -> None:
    stage.launched()
    stage.batch.move(stage.head, JobState.QUEUED, "code - CODE_GCE_ZONE_RESOURCE_POOL_EXHAUSTED in europe-west1-b")
    stage.clock.advance(minutes=1)
    stage.sync.run(FIRST)
    run = stage.run()
    assert run.synced_at == NOON + timedelta(minutes=1)
    assert run.status_detail is not None
    assert run.status_detail.startswith("waiting for a machine: Google has no free machine of this type")


def test_a_sync_leaves_a_run_to_its_cancel_when_the_head_job_was_stopped(stage: Stage) -> None:
    stage.running()
    stage.request_cancel.run(RUN, ANA)
    stage.batch.move(stage.head, JobState.CANCELLED)
    run = stage.sync.run(FIRST)
    assert (run.status, stage.run().status_detail) == (RunStatus.RUNNING, "cancelling")


@pytest.mark.parametrize(
    ("status", "state", "words"),
    [
        (RunStatus.SUBMITTED, JobState.QUEUED, "waiting for a machine"),
        (RunStatus.SUBMITTED, JobState.RUNNING, "the machine is up; Nextflow is starting"),
        (RunStatus.RUNNING, JobState.RUNNING, None),
        (RunStatus.PENDING, JobState.QUEUED, None),
    ],
)
def test_a_submitted_run_says_why_it_waits(status: RunStatus, state: JobState, words: str | None) -> None:
    assert waiting_reason(make_run(status=status), BatchJob(name="n", uid="u", state=state, labels={})) == words


def test_a_run_without_a_head_job_has_no_reason_to_wait() -> None:
    assert waiting_reason(make_run(status=RunStatus.SUBMITTED), None) is None


@pytest.mark.parametrize("state", [JobState.FAILED, JobState.SUCCEEDED])
def test_jobs_left_behind_are_stopped_before_the_run_ends(stage: Stage, state: JobState) -> None:
    stage.running()
    stage.upload(log=FINISHED_LOG)
    left = stage.batch.add_child(RUN, "nf-abcdef01-1", JobState.RUNNING)
    stage.batch.add_child(RUN, "nf-abcdef02-1", JobState.SUCCEEDED)
    stage.batch.move(stage.head, state)
    assert stage.sync.run(FIRST).status == RunStatus.RUNNING
    assert stage.batch.cancelled == [left]
    actions = [event.data for event in journal_of(stage.engine, RUN) if event.event == "action"]
    assert actions[-1]["evidence"] == {"jobs": 1, "first": [left]}
    stage.batch.move(left, JobState.CANCELLED)
    stage.drain_queue()
    assert stage.run().is_over


def test_jobs_without_our_label_are_stopped_after_a_lost_head_job(stage: Stage) -> None:
    stage.running()
    left = stage.batch.add_child(RUN, "nf-abcdef01-1", labels={})
    with stage.ingest.writing(RUN) as writer:
        writer.merge_tasks([make_task(native_id="nf-abcdef01-1/0/uid")], TaskSource.LOG)
    stage.batch.move(stage.head, JobState.FAILED, "exit code 50002")
    assert stage.sync.run(FIRST).status == RunStatus.RUNNING
    assert stage.batch.cancelled == [left]
    stage.batch.move(left, JobState.CANCELLED)
    stage.drain_queue()
    assert stage.run().status == RunStatus.FAILED


def test_child_jobs_are_left_alone_while_the_head_job_runs(stage: Stage) -> None:
    stage.running()
    stage.batch.add_child(RUN, "nf-abcdef01-1", JobState.RUNNING)
    stage.sync.run(FIRST)
    assert stage.batch.cancelled == []


def test_a_lost_machine_is_diagnosed_by_the_exit_code_of_batch(stage: Stage) -> None:
    stage.running()
    stage.batch.move(stage.head, JobState.FAILED, "Job state is set from RUNNING to FAILED.")
    stage.batch.move(stage.head, JobState.FAILED, "Task state is updated from RUNNING to FAILED with exit code 50002.")
    run = synced(stage)
    assert run.diagnosis is not None
    assert run.diagnosis["cause"] == "internal_error"
    assert "exit code 50002" in run.diagnosis["evidence"][0]["line"]


def test_a_run_does_not_fail_while_its_jobs_are_stopping(stage: Stage) -> None:
    stage.running()
    stage.batch.stops_after = timedelta(minutes=2)
    stage.batch.move(stage.head, JobState.FAILED, "Job state is set from RUNNING to FAILED")
    child = stage.batch.add_child(RUN, "nf-abcdef01-9")
    for _ in range(3):
        assert synced(stage).status == RunStatus.RUNNING
    assert stage.batch.cancelled == [child]
    assert stage.run().status_detail == "waiting until Cloud Batch has ended 1 job, such as nf-abcdef01-9"
    stage.clock.advance(minutes=2)
    assert stage.sync.run(FIRST).status == RunStatus.RUNNING
    assert stage.run().status_detail == "the head job has ended; checking that it left no jobs behind"
    assert stage.sync.run(FIRST, empty_listings=1).status == RunStatus.FAILED


@pytest.mark.parametrize("state", [JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED])
def test_a_child_that_appears_between_two_listings_is_stopped_before_the_run_ends(
    stage: Stage, state: JobState
) -> None:
    stage.running()
    stage.upload(log=FINISHED_LOG)
    stage.batch.move(stage.head, state)
    late = stage.batch.add_child(RUN, "nf-abcdef01-9", after=timedelta(seconds=10))
    stage.sync.run(FIRST)
    stage.clock.advance(seconds=20)
    for item in stage.queue.take_all():
        stage.do(item)
    assert stage.run().status == RunStatus.RUNNING
    assert stage.batch.cancelled == [late]
    assert [item.body["empty_listings"] for item in stage.queue.items] == [0]


def test_jobs_that_do_not_end_alert_after_six_hours(stage: Stage) -> None:
    stage.running()
    stage.batch.jobs.clear()  # a head job that is gone does not say when it ended
    stage.batch.stops_after = timedelta(days=1)
    stage.batch.add_child(RUN, "nf-abcdef01-9")
    stage.sync.run(FIRST, gone_answers=1)
    (item,) = stage.queue.take_all()
    stage.clock.advance(hours=5, minutes=59)
    with recorded_actions() as early:
        stage.do(item)
    stage.clock.advance(minutes=1)
    with recorded_actions() as late:
        stage.do(item)
    assert ("jobs_do_not_end" in early, "jobs_do_not_end" in late) == (False, True)
    assert stage.run().status == RunStatus.RUNNING


def test_a_head_job_that_does_not_end_shows_and_alerts_after_six_hours(stage: Stage) -> None:
    stage.running()
    stage.batch.move(stage.head, JobState.DELETION_IN_PROGRESS)
    stage.clock.advance(hours=6)
    with recorded_actions() as actions:
        stage.sync.run(FIRST)
    assert "jobs_do_not_end" in actions
    assert (stage.run().status_detail or "").startswith("Cloud Batch is stopping the head job")


@pytest.mark.parametrize("log", [b"", FINISHED_LOG[:60], FINISHED_LOG[: len(FINISHED_LOG) // 2]])
def test_exit_code_0_with_an_incomplete_log_completes_the_run_after_ten_minutes(stage: Stage, log: bytes) -> None:
    stage.running()
    stage.upload(log=log)
    stage.storage.put_log(RUN, EXIT_CODE, b"0\n")
    stage.batch.move(stage.head, JobState.SUCCEEDED)
    assert synced(stage).status == RunStatus.RUNNING
    assert stage.run().status_detail == "the head job succeeded; waiting for the end of nextflow.log"
    (item,) = stage.queue.take_all()
    assert item.delay == INTERVAL
    stage.clock.advance(minutes=9, seconds=59)
    stage.do(item)
    assert stage.run().status == RunStatus.RUNNING
    stage.clock.advance(seconds=1)
    stage.drain_queue()
    run = stage.run()
    assert (run.status, run.status_detail, run.exit_code) == (RunStatus.COMPLETED, "log incomplete", 0)


def test_the_end_of_a_late_log_completes_the_run(stage: Stage) -> None:
    stage.running()
    stage.batch.move(stage.head, JobState.SUCCEEDED)
    assert synced(stage).status == RunStatus.RUNNING
    stage.upload(log=FINISHED_LOG)
    stage.drain_queue()
    assert (stage.run().status, stage.run().status_detail) == (RunStatus.COMPLETED, None)


def test_an_aborted_log_fails_a_run_whose_head_job_succeeded(stage: Stage) -> None:
    stage.running()
    abort = b"Nov-23 12:00:32.000 [main] DEBUG nextflow.Session - Session aborted -- Cause: Disk quota exceeded\n"
    stage.upload(log=FINISHED_LOG + abort)
    stage.storage.put_log(RUN, EXIT_CODE, b"0\n")
    stage.batch.move(stage.head, JobState.SUCCEEDED, "Job state is set from RUNNING to SUCCEEDED.")
    run = synced(stage)
    assert (run.status, run.error_message) == (RunStatus.FAILED, "Disk quota exceeded")


def test_a_head_job_without_files_fails_and_names_the_missing_files(stage: Stage) -> None:
    stage.running()
    stage.batch.move(stage.head, JobState.SUCCEEDED, "Job state is set from RUNNING to SUCCEEDED.")
    stage.clock.advance(minutes=10)
    run = synced(stage)
    assert run.status == RunStatus.FAILED
    assert "it left no exit_code and no nextflow.log" in (run.error_message or "")
    assert run.diagnosis is not None
    assert run.diagnosis["message"] == run.error_message


def test_a_run_whose_nextflow_never_started_has_the_message_of_launch_sh(stage: Stage) -> None:
    stage.launched()
    words = "The command nextflow ended with 0 but wrote no nextflow.log, so no pipeline has run"
    stage.upload(log=f"Nov-23 12:00:00.000 [main] ERROR headjob.launch - {words}\n".encode())
    stage.storage.put_log(RUN, EXIT_CODE, b"1\n")
    stage.batch.move(stage.head, JobState.FAILED, "Task state is updated from RUNNING to FAILED with exit code 1.")
    run = synced(stage)
    assert (run.status, run.error_message) == (RunStatus.FAILED, words)
