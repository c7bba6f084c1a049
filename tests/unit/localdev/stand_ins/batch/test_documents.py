"""Jobs, tasks and operations as JSON."""

import pytest

from localdev.stack.layout import PARENT
from localdev.stand_ins.batch import documents
from localdev.stand_ins.http.messages import Json, ServiceError

REQUESTED: Json = {"taskGroups": [{"taskSpec": {"runnables": [{"script": {"text": "true"}}]}}]}


def test_a_new_job_is_queued_with_one_task() -> None:
    job = documents.new_job(PARENT, "a", REQUESTED)

    assert (job["name"], documents.state_of(job)) == (f"{PARENT}/jobs/a", "QUEUED")
    assert job["taskGroups"][0]["taskCount"] == "1"


def test_a_job_without_an_id_gets_one() -> None:
    assert documents.new_job(PARENT, "", REQUESTED)["name"].startswith(f"{PARENT}/jobs/j-")


@pytest.mark.parametrize(
    "requested", [{}, {"taskGroups": []}, {"taskGroups": [{}]}, {"taskGroups": [{"taskSpec": {}}] * 2}]
)
def test_a_job_must_have_one_group_with_runnables(requested: Json) -> None:
    with pytest.raises(ServiceError):
        documents.new_job(PARENT, "a", requested)


def test_a_change_of_state_leaves_the_old_document_unchanged() -> None:
    job = documents.new_job(PARENT, "a", REQUESTED)

    moved = documents.with_state(job, "SCHEDULED", "")

    assert (documents.state_of(job), documents.state_of(moved)) == ("QUEUED", "SCHEDULED")
    assert len(moved["status"]["statusEvents"]) == len(job["status"]["statusEvents"]) + 1


def test_the_event_explains_a_reserved_exit_code() -> None:
    task = documents.new_task(documents.new_job(PARENT, "a", REQUESTED), 0)

    failed = documents.with_task_state(task, "FAILED", instance="zones/z/instances/1", exit_code=50002)

    sentence = "Task state is updated from PENDING to FAILED on zones/z/instances/1 due to the VM no longer reporting"
    assert documents.last_event(failed) == f"{sentence} with exit code 50002."
