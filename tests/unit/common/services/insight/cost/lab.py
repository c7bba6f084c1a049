"""A run with tasks and machines in the database, whose cost is summed up."""

from datetime import timedelta
from typing import Any

from sqlalchemy import Engine, text

from common.domain.batch.child_jobs import JobWithMachines
from common.domain.batch.job import BatchJob, JobState, MachineKind
from common.domain.batch.machines import MachineStay, StayEnd
from common.domain.runs.status import RunStatus
from common.domain.tasks.merging import TaskSource
from common.domain.tasks.task import Task, TaskStatus
from common.services.batch.child_jobs import ChildJobStore
from common.services.ingest.store import IngestStore
from common.services.insight.cost.prices import PriceStore
from common.services.insight.cost.service import CostNow, CostService
from common.services.insight.cost.sums import CostSums
from common.services.runs.store import RunStoreService
from tests.support.runs import NOON, make_run, make_task
from tests.unit.common.domain.insight.cost.prices import IOWA, PRICES, SINCE

RUN, EARLIER = "run-00000002", "run-00000001"
SESSION = make_run().session_id
HEAD = f"projects/lab/locations/{IOWA}/jobs/sluice-{RUN}"
HOUR, NOW = timedelta(hours=1), NOON + timedelta(hours=5)
N1 = MachineKind(machine_type="n1-standard-4", provisioning_model="STANDARD", task_pack=1, region=IOWA)
SPOT = MachineKind(machine_type="n1-standard-4", provisioning_model="SPOT", task_pack=1, region=IOWA)
PAID = 189_999_000  # for an hour of N1


class Lab:
    """A live run whose head job is HEAD, and an earlier one of the same session."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.runs, self.jobs = engine, RunStoreService(engine), ChildJobStore(engine)
        self.prices = PriceStore(engine)
        self.prices.add(PRICES, since=SINCE)
        self.runs.create_run(make_run(run_id=EARLIER, session_id=SESSION))
        self.runs.update_run_status(EARLIER, RunStatus.FAILED, at=NOON)
        self.runs.create_run(make_run(run_id=RUN, session_id=SESSION, batch_job_name=HEAD))

    def task(self, job: str, status: TaskStatus = TaskStatus.COMPLETED, **values: Any) -> Task:  # noqa: ANN401
        """Store a task of the job `job`."""
        native_id = f"{job}/0/{job}-uid"
        own = {"hash": f"00/{job.zfill(6)}", "process": "STAR", "native_id": native_id, "status": status}
        task = make_task(**own | values)
        with IngestStore(self.engine).writing(RUN) as writer:
            writer.merge_tasks([task], TaskSource.TRACE)
        return task

    def stay(self, job: str, *stays: MachineStay, run_id: str = RUN, kind: MachineKind = N1) -> None:
        """Store what Batch said of the job `job`, which has ended."""
        ended = BatchJob(name=f"jobs/{job}", uid="u", state=JobState.SUCCEEDED, labels={}, machine=kind)
        self.jobs.save(run_id, job, JobWithMachines(job=ended, stays=stays), at=NOON)

    def deleted(self, job: str) -> None:
        """Store that a job was listed at NOON, and that Batch does not have it any more."""
        listed = BatchJob(name=f"jobs/{job}", uid="u", state=JobState.RUNNING, labels={}, created_at=NOON)
        self.jobs.note_listed(RUN, [listed])
        for _ in range(2):
            self.jobs.save(RUN, job, None, at=NOON)

    def cost(self) -> CostNow:
        CostSums(self.engine).sum_up(RUN, at=NOW)
        return CostService(self.engine).cost_of(RUN)

    def stored(self) -> tuple[Any, ...]:
        statement = text("SELECT nanos, saved_nanos, basis, is_complete FROM run_costs WHERE run_id = :run_id")
        with self.engine.connect() as connection:
            return tuple(connection.execute(statement, {"run_id": RUN}).one())


def stay(hours: float = 1, *, start: float = 0, end: StayEnd = StayEnd.DONE, zone: str | None = None) -> MachineStay:
    began = NOON + start * HOUR
    return MachineStay(assigned_at=began, released_at=began + hours * HOUR, end=end, zone=zone)
