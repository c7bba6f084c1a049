import time
from collections.abc import Iterator

import pytest

from common.services.batch.service import BatchService
from localdev.nextflow_simulator.child_jobs import COMPLETED_STATES, ChildJobs
from localdev.nextflow_simulator.inputs import Sample
from localdev.nextflow_simulator.interrupt import Interrupt
from localdev.nextflow_simulator.pipeline.plan import plan_of
from localdev.nextflow_simulator.task import TaskAttempt
from localdev.stack.layout import PROJECT, REGION
from tests.unit.common.services.batch.test_service import settings_for
from tests.unit.localdev.nextflow_simulator.conftest import Simulator

PLANNED = plan_of([Sample("S1", (("r1", "r2"),))], {})[0]


@pytest.fixture
def jobs(simulator: Simulator, request: pytest.FixtureRequest) -> Iterator[ChildJobs]:
    labels = {"sluice-run": f"run-{len(request.node.name)}", "sluice-role": "task"}
    jobs = ChildJobs(f"http://127.0.0.1:{simulator.batch.port}", PROJECT, REGION, labels)
    yield jobs
    jobs.close()


def submitted(jobs: ChildJobs, job_id: str, script: str) -> TaskAttempt:
    task = TaskAttempt(number=1, planned=PLANNED, hash="a" * 32, work_root="gs://b/w", memory=1 << 30, job_id=job_id)
    task.job_uid = jobs.submit(task, script) or ""
    return task


def until_completed(jobs: ChildJobs, job_id: str) -> None:
    while jobs.all()[job_id].state not in COMPLETED_STATES:
        time.sleep(0.02)


def test_a_job_has_its_start_time_and_exit_code(jobs: ChildJobs) -> None:
    submitted(jobs, "nf-ends", "exit 3")
    until_completed(jobs, "nf-ends")

    job = jobs.all()["nf-ends"]

    assert job.state == "FAILED"
    assert job.started is not None
    assert job.started <= job.changed
    assert jobs.exit_code("nf-ends") == 3


def test_a_task_on_a_spot_machine_may_be_begun_again_by_batch(simulator: Simulator) -> None:
    client = BatchService(settings_for(f"http://127.0.0.1:{simulator.batch.port}"))
    jobs = ChildJobs(
        f"http://127.0.0.1:{simulator.batch.port}", PROJECT, REGION, {"sluice-run": "s"}, spot=True, max_spot_attempts=2
    )
    submitted(jobs, "nf-spot", "true")
    until_completed(jobs, "nf-spot")
    found = client.read_child_job(client.job_name("nf-spot"))
    assert found is not None
    assert found.job.machine.provisioning_model == "SPOT"
    jobs.close()


def test_jobs_of_other_runs_are_not_listed(simulator: Simulator, jobs: ChildJobs) -> None:
    other = ChildJobs(f"http://127.0.0.1:{simulator.batch.port}", PROJECT, REGION, {"sluice-run": "another"})
    submitted(other, "nf-other", "true")
    submitted(jobs, "nf-mine", "true")

    assert set(jobs.all()) == {"nf-mine"}
    other.close()


def test_a_job_can_be_deleted_twice(jobs: ChildJobs) -> None:
    submitted(jobs, "nf-gone", "sleep 30")

    jobs.delete("nf-gone")
    while jobs.all():
        time.sleep(0.02)
    jobs.delete("nf-gone")

    assert jobs.exit_code("nf-gone") is None


def test_a_signal_during_a_submission_leaves_a_job_that_is_created_later(simulator: Simulator) -> None:
    interrupt = Interrupt()
    jobs = ChildJobs(f"http://127.0.0.1:{simulator.batch.port}", PROJECT, REGION, {"sluice-run": "run-late"}, interrupt)
    interrupt.record("SIGTERM")
    assert submitted(jobs, "nf-late", "true").job_uid == ""
    deadline = time.monotonic() + 20
    while not jobs.find("nf-late"):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    jobs.close()
