from itertools import count

import pytest

from common.domain.batch.job import JobState
from common.domain.runs.files import DEFAULT_CONFIG, LAUNCHER, OUR_CONFIG
from common.domain.runs.status import RunStatus
from common.errors import NotFoundError, RoleMissingError, UnavailableError
from tests.support.actions.fakes import CrashError
from tests.support.actions.stage import ANA, INTERVAL, RUN, Stage
from tests.support.runs import NOON


def test_a_launched_run_is_submitted(stage: Stage) -> None:
    stage.pending()
    run = stage.launch.run(RUN)
    assert (run.status, run.submitted_at, run.batch_job_name) == (RunStatus.SUBMITTED, NOON, stage.head)
    assert list(stage.batch.jobs) == [stage.head]


def test_a_launch_uploads_the_launcher_and_our_configs(stage: Stage) -> None:
    stage.launched()
    assert stage.storage.inputs[RUN, LAUNCHER] == b"#!/bin/bash\n"
    assert b"process.executor = 'google-batch'" in stage.storage.inputs[RUN, OUR_CONFIG]
    assert stage.storage.inputs[RUN, DEFAULT_CONFIG] == b"process.disk = { 100.GB * task.attempt }\n"


@pytest.mark.parametrize(("version", "parser"), [("2.7.1", "v1"), ("9.9.9", None)])
def test_a_launch_uses_the_parser_that_the_registry_names(stage: Stage, version: str, parser: str | None) -> None:
    stage.pending(pipeline_version=version)
    stage.launch.run(RUN)
    (plan,) = stage.batch.plans
    assert plan.environment.get("NXF_SYNTAX_PARSER") == parser


def test_a_launch_starts_the_chain_of_syncs(stage: Stage) -> None:
    stage.pending()
    stage.launch.run(RUN)
    (item,) = stage.queue.items
    assert (item.kind, item.key, item.delay) == ("sync", f"{RUN}-launch-0", INTERVAL)


def test_a_launch_delivered_twice_creates_one_job_and_one_sync(stage: Stage) -> None:
    stage.pending()
    first, again = stage.launch.run(RUN), stage.launch.run(RUN)
    assert first == again
    assert len(stage.batch.plans) == 1
    assert stage.queue.kinds == ["sync"]
    assert stage.journal() == ["pending", "submitted"]


def test_a_launch_that_dies_at_any_step_is_completed_by_the_next_delivery(stage: Stage) -> None:
    for step in count(1):
        run_id = f"run-{step:08x}"
        stage.pending(run_id=run_id)
        stage.steps.taken, stage.steps.crash_at = 0, step
        try:
            stage.launch.run(run_id)
            break
        except CrashError:
            stage.steps.crash_at = 0
        run = stage.launch.run(run_id)
        assert run.status == RunStatus.SUBMITTED
        assert stage.journal(run_id) == ["pending", "submitted"]
        assert [plan.job_id for plan in stage.batch.plans].count(f"sluice-{run_id}") == 1
        assert [item.key for item in stage.queue.items].count(f"{run_id}-launch-0") == 1
    assert step > 8  # claim, inputs, job, status and work item: before and after each


def test_the_claim_is_saved_before_the_job_is_created(stage: Stage) -> None:
    stage.pending()
    claimed: list[str | None] = []
    stage.batch.before_create = lambda: claimed.append(stage.run().batch_job_name)
    stage.launch.run(RUN)
    assert claimed == [stage.head]


def test_a_refusal_by_batch_fails_the_run_with_its_reason(stage: Stage) -> None:
    stage.pending()
    stage.batch.refusal = "Cloud Batch refused the job: no such service account"
    run = stage.launch.run(RUN)
    assert (run.status, run.failed_at) == (RunStatus.FAILED, NOON)
    assert run.error_message == "Cloud Batch refused the job: no such service account"
    assert stage.queue.items == []


@pytest.mark.parametrize(
    ("refusal", "cause"),
    [
        ("Cloud Batch refused the job: Permission 'iam.serviceAccounts.actAs' denied on head@lab", "permission"),
        ("Cloud Batch refused the job: Quota 'JobsPerRegion' exceeded", "quota"),
        ("Cloud Batch refused the job: job.labels is invalid", "unknown"),
    ],
)
def test_a_refused_launch_is_diagnosed_from_the_words_of_batch(stage: Stage, refusal: str, cause: str) -> None:
    stage.pending()
    stage.batch.refusal = refusal
    run = stage.launch.run(RUN)
    assert run.diagnosis is not None
    assert run.diagnosis["cause"] == cause
    assert run.diagnosis["evidence"] == [{"line": refusal, "offset": None, "source": "batch"}]


def test_a_refusal_does_not_fail_a_run_whose_job_an_earlier_attempt_created(stage: Stage) -> None:
    stage.pending()
    stage.batch.before_create = lambda: stage.batch.add_child(RUN, f"sluice-{RUN}", JobState.QUEUED)
    stage.batch.refusal = "Cloud Batch refused the job: Quota 'JobsPerRegion' exceeded"
    assert stage.launch.run(RUN).status == RunStatus.SUBMITTED
    assert stage.queue.kinds == ["sync"]


def test_a_refused_launch_is_not_retried(stage: Stage) -> None:
    stage.pending()
    stage.batch.refusal = "no"
    stage.launch.run(RUN)
    stage.batch.refusal = ""
    assert stage.launch.run(RUN).status == RunStatus.FAILED
    assert stage.batch.jobs == {}


def test_while_batch_is_away_the_run_stays_pending(stage: Stage) -> None:
    stage.pending()
    stage.batch.is_down = True
    with pytest.raises(UnavailableError):
        stage.launch.run(RUN)
    assert stage.run().status == RunStatus.PENDING
    stage.batch.is_down = False
    assert stage.launch.run(RUN).status == RunStatus.SUBMITTED


def test_a_run_cancelled_before_its_launch_gets_no_job(stage: Stage) -> None:
    stage.pending()
    stage.request_cancel.run(RUN, ANA)
    assert stage.launch.run(RUN).status == RunStatus.CANCELLED
    assert (stage.batch.jobs, stage.queue.items) == ({}, [])


def test_a_job_created_while_its_run_was_cancelled_is_stopped(stage: Stage) -> None:
    stage.pending()

    def cancel_to_the_end() -> None:
        stage.request_cancel.run(RUN, ANA)
        stage.drain_queue()

    stage.batch.before_create = cancel_to_the_end
    assert stage.launch.run(RUN).status == RunStatus.CANCELLED
    assert stage.batch.cancelled == [stage.head]


def test_a_job_created_after_a_cancel_request_is_stopped(stage: Stage) -> None:
    stage.pending()
    stage.batch.before_create = lambda: stage.request_cancel.run(RUN, ANA)
    run = stage.launch.run(RUN)
    assert (run.status, stage.batch.cancelled) == (RunStatus.SUBMITTED, [stage.head])


def test_a_job_created_while_its_run_failed_is_stopped(stage: Stage) -> None:
    stage.pending()
    stage.batch.before_create = lambda: stage.runs.update_run_status(RUN, RunStatus.FAILED, at=NOON)
    stage.launch.run(RUN)
    assert stage.batch.cancelled == [stage.head]


def test_a_repeated_launch_stops_the_job_of_a_cancelled_run(stage: Stage) -> None:
    stage.pending()
    stage.batch.before_create = lambda: (stage.request_cancel.run(RUN, ANA), stage.drain_queue())
    stage.launch.run(RUN)
    stage.batch.cancelled.clear()
    stage.launch.run(RUN)
    assert stage.batch.cancelled == [stage.head]


def test_a_run_with_a_cancel_request_is_not_claimed_again(stage: Stage) -> None:
    stage.pending()
    stage.batch.is_down = True
    with pytest.raises(UnavailableError):
        stage.launch.run(RUN)
    stage.batch.is_down = False
    stage.request_cancel.run(RUN, ANA)
    run = stage.launch.run(RUN)
    assert (run.status, run.launch_attempt) == (RunStatus.PENDING, 1)
    assert stage.batch.jobs == {}


def test_a_run_that_is_over_is_not_launched(stage: Stage) -> None:
    stage.running()
    stage.runs.update_run_status(RUN, RunStatus.COMPLETED, at=NOON)
    stage.batch.move(stage.head, JobState.SUCCEEDED)
    assert stage.launch.run(RUN).status == RunStatus.COMPLETED
    assert (stage.queue.items, stage.batch.cancelled) == ([], [])


def test_a_launch_of_an_unknown_run_raises_not_found(stage: Stage) -> None:
    with pytest.raises(NotFoundError):
        stage.launch.run("run-00000000")


def test_a_refused_launch_ends_even_without_the_role_to_stop_jobs(stage: Stage) -> None:
    stage.pending()
    stage.batch.refusal = "Permission 'batch.jobs.create' denied"
    stage.batch.cancel_error = RoleMissingError("Cloud Batch")
    assert [stage.launch.run(RUN).status for _delivery in range(2)] == [RunStatus.FAILED] * 2


def test_a_missing_role_to_stop_a_job_is_retried_while_the_run_is_live(stage: Stage) -> None:
    stage.pending()
    stage.batch.before_create = lambda: stage.request_cancel.run(RUN, ANA)
    stage.batch.cancel_error = RoleMissingError("Cloud Batch")
    with pytest.raises(RoleMissingError):
        stage.launch.run(RUN)
