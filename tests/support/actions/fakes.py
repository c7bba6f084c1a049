"""In-memory fakes of the services that actions use; a test switches their failures on."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from common.domain.batch.child_jobs import JobWithMachines
from common.domain.batch.job import HEAD_ROLE, ROLE_LABEL, RUN_LABEL, TASK_ROLE, BatchJob, JobState, MachineKind
from common.domain.batch.launch_plan import LaunchPlan
from common.domain.batch.machines import MachineStay
from common.domain.notifications.notification import Delivered, Notification, Outcome
from common.domain.notifications.targets import Target
from common.domain.runs.work_items import WorkKind
from common.errors import BatchError, SluiceError, UnavailableError
from common.services.batch.service import BatchService
from common.services.insight.cost.catalog import BillingCatalog
from common.services.queue.work_queue import WorkQueue
from common.services.runs.store import RunStoreService
from common.services.storage.client import ObjectState, ObjectVersion
from common.services.storage.file_check import FileCheck
from common.services.storage.service import StorageService
from tests.support.clock import Clock
from tests.support.runs import NOON

PARENT = "projects/local-lab/locations/europe-west1"
MACHINE = MachineKind(machine_type="e2-standard-4", provisioning_model="STANDARD", region="europe-west1")


class CrashError(BaseException):
    """Simulates a crash of the process, which nothing catches: what was done stays done, nothing after it happens."""


class Steps:
    """Counts the steps of all fakes and raises CrashError at step `crash_at` (counted from 1; 0 means never)."""

    def __init__(self) -> None:
        self.taken, self.crash_at = 0, 0

    def take(self) -> None:
        self.taken += 1
        if self.taken == self.crash_at:
            raise CrashError


class FakeFileCheck(FileCheck):
    """Reports the URIs in `absent` as missing, all others as present."""

    def __init__(self) -> None:
        self.absent: set[str] = set()

    def missing(self, uris: Iterable[str]) -> Mapping[str, str]:
        return {uri: "there is no such file" for uri in uris if uri in self.absent}


class FakeDelivery:
    """Takes notifications, and keeps each id and target that it took; it answers with `outcomes` first, if any."""

    def __init__(self, steps: Steps) -> None:
        self.taken: list[tuple[Target, Notification]] = []
        self.outcomes: list[Outcome] = []
        self._steps = steps

    def deliver(self, target: Target, notification: Notification, _now: datetime) -> Outcome:
        self._steps.take()
        outcome = self.outcomes.pop(0) if self.outcomes else Delivered()
        if outcome == Delivered():
            self.taken.append((target, notification))
        self._steps.take()  # a worker may also die between the delivery and its record
        return outcome

    @property
    def ids(self) -> list[tuple[str, str]]:
        """The id and the target's key of each notification that was taken."""
        return [(notification.id, target.key) for target, notification in self.taken]


@dataclass(frozen=True, slots=True)
class Item:
    """A work item with the arguments of `add`."""

    kind: str
    body: Mapping[str, Any]
    key: str
    delay: timedelta


class FakeQueue(WorkQueue):
    """Keeps work items; like Cloud Tasks, it never adds the same kind and key twice."""

    def __init__(self, steps: Steps) -> None:
        self.items: list[Item] = []
        self.is_down = False
        self._seen: set[tuple[str, str]] = set()
        self._steps = steps

    def add(self, kind: WorkKind, body: Mapping[str, Any], *, key: str, delay: timedelta = timedelta(0)) -> bool:
        if self.is_down:
            raise UnavailableError("Cloud Tasks does not answer; try again")
        self._steps.take()
        is_new = (kind, key) not in self._seen
        if is_new:
            self._seen.add((kind, key))
            self.items.append(Item(kind, dict(body), key, delay))
        self._steps.take()
        return is_new

    def take_all(self) -> list[Item]:
        """Empty the queue and return its items; their keys cannot be added again."""
        items, self.items = self.items, []
        return items

    @property
    def kinds(self) -> list[str]:
        return [item.kind for item in self.items]


class FakeBatch(BatchService):
    """Keeps jobs by name; the test decides how their states change.

    New jobs are absent from listings during `shows_after`; a cancelled job is stopping during `stops_after`, and then
    CANCELLED.
    """

    def __init__(self, steps: Steps, clock: Clock) -> None:
        self.jobs: dict[str, BatchJob] = {}
        self.plans: list[LaunchPlan] = []  # one per job created; repeated requests add none
        self.cancelled: list[str] = []
        self.read: list[str] = []  # names of the jobs that were read with their machines
        self.read_is_down = False  # for read_child_job only
        self.stays: dict[str, Sequence[MachineStay]] = {}  # on machines, by name of an ended job
        self.refusal = ""
        self.is_down = False
        self.cancel_error: SluiceError | None = None  # raised by cancel_job only
        self.unstoppable: set[str] = set()  # names of jobs for which cancel_job fails
        self.before_create: Callable[[], object] = lambda: None
        self.shows_after = timedelta(0)
        self.stops_after: timedelta | None = None
        self._steps, self._clock = steps, clock

    def job_name(self, job_id: str) -> str:
        return f"{PARENT}/jobs/{job_id}"

    def create_job(self, plan: LaunchPlan) -> None:
        self._require_up()
        self._steps.take()
        self.before_create()
        if self.refusal:
            raise BatchError(self.refusal)
        name = self.job_name(plan.job_id)
        if name not in self.jobs:
            self.plans.append(plan)
            now = self._clock.now
            self.jobs[name] = BatchJob(name=name, uid="uid", state=JobState.QUEUED, labels=plan.labels, created_at=now)
        self._steps.take()

    def get_job(self, name: str) -> BatchJob | None:
        self._require_up()
        return next((job for job in self._existing(timedelta(0)) if job.name == name), None)

    def cancel_job(self, name: str) -> None:
        self._require_up()
        if self.cancel_error:
            raise self.cancel_error
        if name in self.unstoppable:
            raise UnavailableError("Cloud Batch does not answer; try again")
        self._steps.take()
        self.cancelled.append(name)
        if self.stops_after is not None and name in self.jobs and self.jobs[name].needs_stopping:
            self.move(name, JobState.CANCELLATION_IN_PROGRESS)
        self._steps.take()

    def read_child_job(self, name: str) -> JobWithMachines | None:
        if self.read_is_down:
            raise UnavailableError("Cloud Batch does not answer; try again")
        job = self.get_job(name)
        self.read.append(name)
        if job is None:
            return None
        stays = self.stays.get(name, ()) if job.has_ended else ()
        return JobWithMachines(job=replace(job, machine=MACHINE), stays=stays)

    def live_child_jobs(self, run_id: str) -> Iterator[BatchJob]:
        return (job for job in self.child_jobs(run_id) if not job.has_ended)

    def child_jobs(self, run_id: str) -> Iterator[BatchJob]:
        self._require_up()
        for job in self._existing(self.shows_after):
            if job.labels.get(RUN_LABEL) == run_id and job.labels.get(ROLE_LABEL) != HEAD_ROLE:
                yield job

    def live_jobs(self) -> Iterator[BatchJob]:
        self._require_up()
        for job in self._existing(self.shows_after):
            if ROLE_LABEL in job.labels and not job.has_ended:
                yield job

    def add_child(
        self,
        run_id: str,
        job_id: str,
        state: JobState = JobState.RUNNING,
        *,
        labels: Mapping[str, str] | None = None,
        after: timedelta = timedelta(0),
    ) -> str:
        """Add a task job of a run, with Sluice's labels unless `labels` are given; return its name.

        The job exists only once the time `after` has passed, like a job whose request is still on its way.
        """
        name = self.job_name(job_id)
        labels = {RUN_LABEL: run_id, ROLE_LABEL: TASK_ROLE} if labels is None else labels
        born = self._clock.now + after
        self.jobs[name] = BatchJob(name=name, uid=job_id, state=state, labels=labels, created_at=born)
        return name

    def move(self, name: str, state: JobState, event: str | None = None) -> None:
        """Change the state of a job and append `event` to its events."""
        job = self.jobs[name]
        events = (*job.events, event) if event else job.events
        self.jobs[name] = replace(job, state=state, events=events, state_since=self._clock.now)

    def _existing(self, shows_after: timedelta) -> list[BatchJob]:
        """The jobs that have existed for at least `shows_after`; first ends the jobs whose `stops_after` has passed."""
        now = self._clock.now
        for job in list(self.jobs.values()):
            is_due = self.stops_after is not None and job.state_since and now >= job.state_since + self.stops_after
            if job.state == JobState.CANCELLATION_IN_PROGRESS and is_due:
                self.move(job.name, JobState.CANCELLED)
        return [job for job in self.jobs.values() if job.created_at is None or job.created_at + shows_after <= now]

    def _require_up(self) -> None:
        if self.is_down:
            raise UnavailableError("Cloud Batch does not answer; try again")


class FakeStorage(StorageService):
    """Keeps inputs by run and name; every upload of a log file is a new generation."""

    def __init__(self, steps: Steps) -> None:
        self.inputs: dict[tuple[str, str], bytes] = {}
        self.work_dirs: set[str] = set()  # ids of the runs whose work directory is not empty
        self.is_down = False
        self.bytes_read = self.states_asked = 0
        self.before_read: Callable[[], object] = lambda: None
        self._logs: dict[tuple[str, str], tuple[int, bytes]] = {}
        self._generation = 0
        self._steps = steps

    def upload_run_files(self, run_id: str, files: Mapping[str, bytes]) -> None:
        self._require_up()
        self._steps.take()
        self.inputs |= {(run_id, name): content for name, content in files.items()}
        self._steps.take()

    def copy_run_files(self, from_run_id: str, to_run_id: str, names: Iterable[str]) -> None:
        self.upload_run_files(to_run_id, {name: self.inputs[from_run_id, name] for name in names})

    def read_input(self, run_id: str, name: str) -> bytes | None:
        self._require_up()
        return self.inputs.get((run_id, name))

    def check_work_dir_exists(self, root_run_id: str) -> bool:
        self._require_up()
        return root_run_id in self.work_dirs

    def put_log(self, run_id: str, name: str, content: bytes) -> int:
        """Store a log file as the head job does; return its new generation."""
        self._generation += 1
        self._logs[run_id, name] = (self._generation, content)
        return self._generation

    def log_state(self, run_id: str, name: str) -> ObjectState | None:
        self._require_up()
        self.states_asked += 1
        if (run_id, name) not in self._logs:
            return None
        generation, content = self._logs[run_id, name]
        return ObjectState(generation, len(content), NOON)

    def read_log_range(self, run_id: str, name: str, version: ObjectVersion, *, start: int, end: int) -> bytes | None:
        self._require_up()
        self.before_read()
        generation, content = self._logs[run_id, name]
        if generation != version.generation:
            return None
        self.bytes_read += max(0, end - start)
        return content[start:end]

    def _require_up(self) -> None:
        if self.is_down:
            raise UnavailableError("Cloud Storage does not answer; try again")


class SteppingRuns(RunStoreService):
    """The real store, which takes a step before and after each write."""

    def __init__(self, store: RunStoreService, steps: Steps) -> None:
        super().__init__(store._engine)
        self._steps = steps

    def _change(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 passed through unchanged
        self._steps.take()
        changed = super()._change(*args, **kwargs)
        self._steps.take()
        return changed

    def claim_launch(self, run_id: str, batch_job_name: str) -> Any:  # noqa: ANN401
        self._steps.take()
        claimed = super().claim_launch(run_id, batch_job_name)
        self._steps.take()
        return claimed


class FakeCatalog(BillingCatalog):
    """Has the SKUs that a test gives it."""

    def __init__(self) -> None:
        super().__init__()
        self.known: list[dict[str, Any]] = []
        self.is_down = False

    def skus(self) -> Iterator[dict[str, Any]]:
        if self.is_down:
            raise UnavailableError("Cloud Billing is unavailable; try again")
        yield from self.known
