"""The Batch stand-in, called by Google's client."""

import json
import os
from pathlib import Path

import pytest
import requests
from google.api_core import exceptions
from google.cloud import batch_v1

from localdev.stack.layout import PARENT
from tests.unit.localdev.stand_ins.batch.conftest import Laboratory, job_of

RETRY, FAIL = batch_v1.LifecyclePolicy.Action.RETRY_TASK, batch_v1.LifecyclePolicy.Action.FAIL_TASK


def test_a_job_goes_from_queued_to_succeeded(lab: Laboratory) -> None:
    created = lab.create("a", "echo hello")

    ended = lab.ended("a")

    descriptions = [event.description.split(" for job")[0] for event in ended.status.status_events]
    assert created.status.state.name == "QUEUED"
    assert descriptions == [
        "Job state is set from STATE_UNSPECIFIED to QUEUED",
        "Job state is set from QUEUED to SCHEDULED",
        "Job state is set from SCHEDULED to RUNNING",
        "Job state is set from RUNNING to SUCCEEDED",
    ]
    assert ended.status.task_groups["group0"].counts == {"SUCCEEDED": 1}


def test_a_task_has_an_event_for_each_state(lab: Laboratory) -> None:
    lab.create("a", "true")
    lab.ended("a")

    (task,) = lab.client.list_tasks(parent=f"{PARENT}/jobs/a/taskGroups/group0")

    assert [event.task_state.name for event in task.status.status_events] == ["ASSIGNED", "RUNNING", "SUCCEEDED"]
    assert task.status.state.name == "SUCCEEDED"


def test_a_failed_task_has_its_exit_code(lab: Laboratory) -> None:
    lab.create("a", "exit 3")

    job = lab.ended("a")

    last = lab.task("a").status.status_events[-1]
    assert (job.status.state.name, last.task_execution.exit_code) == ("FAILED", 3)
    assert "task with index 0 failed" in job.status.status_events[-1].description


def test_a_failed_task_is_retried(lab: Laboratory) -> None:
    lab.create("a", 'echo "attempt $BATCH_TASK_RETRY_ATTEMPT"; exit 3', max_retry_count=2)

    lab.ended("a")

    states = [event.task_state.name for event in lab.task("a").status.status_events]
    assert states == ["ASSIGNED", "RUNNING", "PENDING"] * 2 + ["ASSIGNED", "RUNNING", "FAILED"]
    lab.until_printed("attempt 2")


@pytest.mark.parametrize(("action", "code", "attempts"), [(RETRY, 9, 2), (RETRY, 8, 1), (FAIL, 9, 1), (FAIL, 8, 2)])
def test_a_lifecycle_policy_decides_whether_a_task_is_retried(
    lab: Laboratory, action: batch_v1.LifecyclePolicy.Action, code: int, attempts: int
) -> None:
    policy = {"action": action, "action_condition": {"exit_codes": [9]}}
    lab.create("a", f"exit {code}", max_retry_count=1, lifecycle_policies=[policy])

    lab.ended("a")

    states = [event.task_state.name for event in lab.task("a").status.status_events]
    assert states.count("RUNNING") == attempts


def test_a_task_over_its_maximum_run_time_fails_with_50005(lab: Laboratory) -> None:
    lab.create("a", "sleep 30", max_run_duration="0.3s")

    job = lab.ended("a")

    assert job.status.state.name == "FAILED"
    assert lab.task("a").status.status_events[-1].task_execution.exit_code == 50005


def test_a_task_gets_its_variables_and_those_of_batch(lab: Laboratory) -> None:
    command = 'echo "$RUN_ID $BATCH_TASK_INDEX/$BATCH_TASK_COUNT $BATCH_JOB_ID $BATCH_JOB_UID"'
    job = lab.create("a", command, environment={"variables": {"RUN_ID": "run-1"}}, task_count=2)

    lab.ended("a")

    lab.until_printed(f"run-1 1/2 a {job.uid}")
    assert len(list(lab.client.list_tasks(parent=f"{PARENT}/jobs/a/taskGroups/group0"))) == 2


def test_runnables_run_in_order_until_one_fails(lab: Laboratory) -> None:
    runnables = [
        {"script": {"text": "echo one; exit 5"}, "ignore_exit_status": True},
        {"script": {"text": "echo two; exit 6"}},
        {"script": {"text": "echo three"}},
        {"script": {"text": "echo four"}, "always_run": True},
    ]
    lab.create("a", runnables=runnables)

    lab.ended("a")

    assert lab.task("a").status.status_events[-1].task_execution.exit_code == 6
    lab.until_printed("four")
    assert lab.logs.lines() == ["one", "two", "four"]


def test_a_background_runnable_ends_with_the_other_runnables(lab: Laboratory) -> None:
    lab.create("a", runnables=[{"script": {"text": "sleep 30"}, "background": True}, {"script": {"text": "true"}}])

    assert lab.ended("a").status.state.name == "SUCCEEDED"


def test_an_ended_background_runnable_does_not_disturb_the_task(lab: Laboratory) -> None:
    runnables = [
        {"script": {"text": "exit 3"}, "background": True},
        {"script": {"text": "sleep 0.3; echo done"}},
    ]
    lab.create("a", runnables=runnables)

    assert lab.ended("a").status.state.name == "SUCCEEDED"


def test_an_unknown_image_fails_the_task(lab: Laboratory) -> None:
    lab.create("a", runnables=[{"container": {"image_uri": "biocontainers/fastqc:0.12.1"}}])

    assert lab.ended("a").status.state.name == "FAILED"
    lab.until_printed("the image 'biocontainers/fastqc:0.12.1' cannot be run on this machine")


def test_output_is_written_to_cloud_logging_as_batch_does(lab: Laboratory) -> None:
    job = lab.create("a", "echo out; echo err >&2", labels={"sluice-run": "run-1"})
    lab.ended("a")
    lab.until_printed("err")
    lab.until_printed("out")

    out, err = sorted(lab.logs.entries, key=lambda entry: str(entry["textPayload"]), reverse=True)

    assert out["logName"] == "projects/local-lab/logs/batch_task_logs"
    assert out["resource"]["type"] == "batch.googleapis.com/Job"
    assert out["labels"]["job_uid"] == job.uid
    assert out["labels"]["task_id"] == f"{job.uid}-group0-0"
    assert out["labels"]["sluice-run"] == "run-1"
    assert (out["severity"], err["severity"]) == ("INFO", "ERROR")


def test_a_used_job_id_is_a_conflict(lab: Laboratory) -> None:
    lab.create("a", "true")

    with pytest.raises(exceptions.Conflict):
        lab.create("a", "true")


def test_a_repeated_request_returns_the_same_job(lab: Laboratory) -> None:
    request = {
        "parent": PARENT,
        "job_id": "a",
        "job": job_of("true"),
        "request_id": "6f0f6cbe-4ac5-4d5e-9a0e-000000000001",
    }

    first, second = lab.client.create_job(request=request), lab.client.create_job(request=request)

    assert first.uid == second.uid


@pytest.mark.parametrize("job_id", ["BAD_ID", "1a", "a-", "a" * 64])
def test_an_invalid_job_id_is_refused(lab: Laboratory, job_id: str) -> None:
    with pytest.raises(exceptions.BadRequest):
        lab.create(job_id, "true")


def test_an_unknown_job_is_not_found(lab: Laboratory) -> None:
    for call in (lab.client.get_job, lab.client.delete_job, lab.client.cancel_job):
        with pytest.raises(exceptions.NotFound):
            call(name=f"{PARENT}/jobs/nope")


def test_a_running_job_can_be_cancelled(lab: Laboratory) -> None:
    lab.create("a", "trap 'echo terminated; exit 0' TERM; echo up; while :; do sleep 0.05; done")
    lab.until_printed("up")

    operation = lab.client.cancel_job(name=f"{PARENT}/jobs/a")

    assert lab.state("a") in {"CANCELLATION_IN_PROGRESS", "CANCELLED"}
    operation.result(timeout=20)
    states = [event.description.split(" to ")[1].split(" ")[0] for event in lab.job("a").status.status_events]
    assert states[-3:] == ["RUNNING", "CANCELLATION_IN_PROGRESS", "CANCELLED"]
    lab.until_printed("terminated")


def test_a_finished_job_cannot_be_cancelled(lab: Laboratory) -> None:
    lab.create("a", "true")
    lab.ended("a")

    with pytest.raises(exceptions.BadRequest, match="cannot be cancelled"):
        lab.client.cancel_job(name=f"{PARENT}/jobs/a")


def test_a_queued_job_is_cancelled_at_once(lab: Laboratory) -> None:
    lab.restart(max_parallel_jobs=1)
    lab.create("first", "sleep 30")
    lab.create("second", "true")

    lab.client.cancel_job(name=f"{PARENT}/jobs/second").result(timeout=20)

    assert lab.state("second") == "CANCELLED"
    assert list(lab.client.list_tasks(parent=f"{PARENT}/jobs/second/taskGroups/group0")) == []


def test_a_deleted_job_is_gone(lab: Laboratory) -> None:
    lab.create("a", "true")
    lab.ended("a")

    lab.client.delete_job(name=f"{PARENT}/jobs/a").result(timeout=20)

    with pytest.raises(exceptions.NotFound):
        lab.job("a")
    with pytest.raises(exceptions.NotFound):
        lab.task("a")


def test_a_running_job_stays_in_deletion_until_its_processes_end(lab: Laboratory, tmp_path: Path) -> None:
    may_end = tmp_path / "may_end"
    wait = f"while [ ! -e '{may_end}' ]; do sleep 0.05; done"
    lab.create("a", f"trap '{wait}; exit 0' TERM; echo up; {wait}")
    lab.until_printed("up")

    operation = lab.client.delete_job(name=f"{PARENT}/jobs/a")

    assert lab.state("a") == "DELETION_IN_PROGRESS"
    may_end.touch()
    operation.result(timeout=20)
    with pytest.raises(exceptions.NotFound):
        lab.job("a")


def test_jobs_are_listed_by_label_newest_first(lab: Laboratory) -> None:
    for number in range(3):
        lab.create(f"mine-{number}", "true", labels={"sluice-run": "run-1", "sluice-role": "task"})
    lab.create("other", "true", labels={"sluice-run": "run-2", "sluice-role": "task"})
    request = {"parent": PARENT, "filter": 'labels.sluice-run="run-1" AND labels.sluice-role="task"', "page_size": 2}

    pages = lab.client.list_jobs(request=request).pages

    listed = [[job.name.rpartition("/")[2] for job in page.jobs] for page in pages]
    assert listed == [["mine-2", "mine-1"], ["mine-0"]]


def test_a_finished_job_survives_a_restart(lab: Laboratory) -> None:
    before = lab.create("a", "exit 4")
    lab.ended("a")

    lab.restart()

    assert (lab.job("a").uid, lab.state("a")) == (before.uid, "FAILED")
    assert lab.task("a").status.status_events[-1].task_execution.exit_code == 4


def test_a_running_job_loses_its_machine_in_a_restart(lab: Laboratory) -> None:
    lab.create("a", "echo up; sleep 30")
    lab.until_printed("up")

    lab.restart()

    assert lab.state("a") == "FAILED"
    assert lab.task("a").status.status_events[-1].task_execution.exit_code == 50002


def test_a_queued_job_runs_after_a_restart(lab: Laboratory) -> None:
    lab.restart(max_parallel_jobs=1)
    lab.create("first", "echo up; sleep 30")
    lab.until_printed("up")
    lab.create("second", "true")

    lab.restart()

    assert lab.ended("second").status.state.name == "SUCCEEDED"


def test_many_jobs_run_at_once(lab: Laboratory, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    for number in range(60):
        lab.create(f"job-{number}", f"echo up {number}; : < '{gate}'", labels={"sluice-run": "run-1"})
    for number in range(60):
        lab.until_printed(f"up {number}")

    with gate.open("w"):  # only now can one of them end
        states = {lab.ended(f"job-{number}").status.state.name for number in range(60)}

    assert states == {"SUCCEEDED"}


def test_a_page_of_another_site_cannot_make_it_run_a_command(lab: Laboratory, tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    script = {"runnables": [{"script": {"text": f"touch {marker}"}}]}
    job = json.dumps({"taskGroups": [{"taskCount": "1", "taskSpec": script}]})
    address = f"{lab.address}/v1/{PARENT}/jobs?jobId=evil"
    page = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}
    rebound = {"Host": "evil.example:8084", "Content-Type": "application/json"}
    for headers in ({"Content-Type": "text/plain"}, {"Content-Type": "text/plain", **page}, page, rebound, {}):
        assert requests.post(address, data=job, headers=headers, timeout=10).status_code in {403, 415}
    assert list(lab.client.list_jobs(parent=PARENT)) == []
    assert not marker.exists()
