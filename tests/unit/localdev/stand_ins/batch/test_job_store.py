"""The store of jobs, tasks and operations."""

from pathlib import Path

import pytest

from localdev.stack.layout import PARENT
from localdev.stand_ins.batch.job_store import JobStore
from localdev.stand_ins.http.messages import Json, ServiceError

NAME = f"{PARENT}/jobs/a"
JOB: Json = {"name": NAME, "uid": "u", "taskGroups": [{"name": f"{NAME}/taskGroups/group0", "taskCount": "1"}]}
TASK: Json = {"name": f"{NAME}/taskGroups/group0/tasks/0"}


def test_documents_survive_a_restart(tmp_path: Path) -> None:
    store = JobStore(tmp_path / "store")
    store.add_job(JOB, "")
    store.change_job(NAME, lambda job: job | {"uid": "changed"})
    store.save_task(TASK)
    store.close()

    again = JobStore(tmp_path / "store")

    assert again.job(NAME)["uid"] == "changed"
    assert again.tasks_of(NAME) == [TASK]
    again.close()


def test_removing_a_job_removes_its_tasks(tmp_path: Path) -> None:
    store = JobStore(tmp_path / "store")
    store.add_job(JOB, "")
    store.save_task(TASK)

    store.remove_job(NAME)

    assert store.all_jobs() == []
    with pytest.raises(ServiceError):
        store.task(TASK["name"])
    store.close()


def test_jobs_of_another_location_are_not_listed(tmp_path: Path) -> None:
    store = JobStore(tmp_path / "store")
    store.add_job(JOB, "")

    assert [job["name"] for _, job in store.jobs_below(PARENT)] == [NAME]
    assert store.jobs_below("projects/p/locations/elsewhere") == []
    store.close()
