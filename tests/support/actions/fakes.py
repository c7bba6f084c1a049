"""In-memory stand-ins for the services that an action talks to, each with the faults that a test asks for."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from common.domain.batch.job import BatchJob, JobState
from common.domain.batch.launch_plan import RUN_LABEL, LaunchPlan
from common.errors import BatchError, SluiceError, UnavailableError
from common.services.batch.service import BatchService
from common.services.queue.work_queue import WorkQueue
from common.services.runs.store import RunStoreService
from common.services.storage.client import ObjectState
from common.services.storage.file_check import FileCheck
from common.services.storage.service import StorageService
from tests.support.clock import Clock
from tests.support.runs import NOON

PARENT = "projects/local-lab/locations/europe-west1"


class DiedError(Exception):
    """The process is gone: what was done stays done, and nothing follows."""


class Steps:
    """Counts the steps that fakes take, and dies at the one numbered `die_at` (from 1)."""

    def __init__(self) -> None:
        self.taken, self.die_at = 0, 0

    def take(self) -> None:
        self.taken += 1
        if self.taken == self.die_at:
            raise DiedError


class FakeFileCheck(FileCheck):
    """Knows which files are not there: `absent`."""

    def __init__(self) -> None:
        self.absent: set[str] = set()

    def missing(self, uris: Iterable[str]) -> Mapping[str, str]:
        return {uri: "there is no such file" for uri in uris if uri in self.absent}


@dataclass(frozen=True, slots=True)
class Item:
    """One work item as it was added."""

    kind: str
    body: Mapping[str, Any]
    key: str
    delay: timedelta


class FakeQueue(WorkQueue):
    """Keeps work items; a kind and key that it has seen are never added again, as with Cloud Tasks."""

    def __init__(self, steps: Steps) -> None:
        self.items: list[Item] = []
        self.is_away = False
        self._seen: set[tuple[str, str]] = set()
        self._steps = steps

    def add(self, kind: str, body: Mapping[str, Any], *, key: str, delay: timedelta = timedelta(0)) -> bool:
        if self.is_away:
            raise UnavailableError("Cloud Tasks is away; try again")
        self._steps.take()
        is_new = (kind, key) not in self._seen
        if is_new:
            self._seen.add((kind, key))
            self.items.append(Item(kind, dict(body), key, delay))
        self._steps.take()
        return is_new

    def take_all(self) -> list[Item]:
        """Everything that is queued, which then is queued no more; its names stay taken."""
        items, self.items = self.items, []
        return items

    @property
    def kinds(self) -> list[str]:
        return [item.kind for item in self.items]


class FakeBatch(BatchService):
    """Keeps jobs by name; what becomes of them is the test's to say."""

    def __init__(self, steps: Steps, clock: Clock) -> None:
        self.jobs: dict[str, BatchJob] = {}
        self.plans: list[LaunchPlan] = []  # of the jobs that were really made
        self.cancelled: list[str] = []
        self.refusal = ""
        self.is_away = False
        self.cancel_error: SluiceError | None = None  # of this call only
        self.before_create: Callable[[], object] = lambda: None
        self._steps, self._clock = steps, clock

    def job_name(self, job_id: str) -> str:
        return f"{PARENT}/jobs/{job_id}"

    def create_job(self, plan: LaunchPlan) -> None:
        self._answer()
        self._steps.take()
        self.before_create()
        if self.refusal:
            raise BatchError(self.refusal)
        name = self.job_name(plan.job_id)
        if name not in self.jobs:
            self.plans.append(plan)
            self.jobs[name] = BatchJob(name=name, uid="uid", state=JobState.QUEUED, labels=plan.labels)
        self._steps.take()

    def get_job(self, name: str) -> BatchJob | None:
        self._answer()
        return self.jobs.get(name)

    def cancel_job(self, name: str) -> None:
        self._answer()
        if self.cancel_error:
            raise self.cancel_error
        self._steps.take()
        self.cancelled.append(name)
        self._steps.take()

    def child_jobs(self, run_id: str) -> Iterator[BatchJob]:
        self._answer()
        for job in list(self.jobs.values()):
            if job.labels.get(RUN_LABEL) == run_id and "/nf-" in job.name:
                yield job

    def add_child(
        self,
        run_id: str,
        job_id: str,
        state: JobState = JobState.RUNNING,
        *,
        labels: Mapping[str, str] | None = None,
    ) -> str:
        """A job that Nextflow made for a run, with the run's label unless others are given; its name comes back."""
        name = self.job_name(job_id)
        told = {RUN_LABEL: run_id} if labels is None else labels
        self.jobs[name] = BatchJob(name=name, uid=job_id, state=state, labels=told)
        return name

    def move(self, name: str, state: JobState, event: str | None = None) -> None:
        """Let a job be in another state, with one sentence more about it."""
        job = self.jobs[name]
        events = (*job.events, event) if event else job.events
        self.jobs[name] = replace(job, state=state, events=events, state_since=self._clock.now)

    def _answer(self) -> None:
        if self.is_away:
            raise UnavailableError("Cloud Batch is away; try again")


class FakeStorage(StorageService):
    """Keeps inputs by run and name, and log files whose every upload is a new generation."""

    def __init__(self, steps: Steps) -> None:
        self.inputs: dict[tuple[str, str], bytes] = {}
        self.work_dirs: set[str] = set()  # the runs whose work directory holds something
        self.is_away = False
        self.bytes_read = 0
        self.before_read: Callable[[], object] = lambda: None
        self._logs: dict[tuple[str, str], tuple[int, bytes]] = {}
        self._generation = 0
        self._steps = steps

    def upload_run_files(self, run_id: str, files: Mapping[str, bytes]) -> None:
        self._answer()
        self._steps.take()
        self.inputs |= {(run_id, name): content for name, content in files.items()}
        self._steps.take()

    def copy_run_files(self, from_run_id: str, to_run_id: str, names: Iterable[str]) -> None:
        self.upload_run_files(to_run_id, {name: self.inputs[from_run_id, name] for name in names})

    def check_work_dir_exists(self, root_run_id: str) -> bool:
        self._answer()
        return root_run_id in self.work_dirs

    def put_log(self, run_id: str, name: str, content: bytes) -> int:
        """Let the head job upload a file anew; its generation comes back."""
        self._generation += 1
        self._logs[run_id, name] = (self._generation, content)
        return self._generation

    def log_state(self, run_id: str, name: str) -> ObjectState | None:
        self._answer()
        if (run_id, name) not in self._logs:
            return None
        generation, content = self._logs[run_id, name]
        return ObjectState(generation, len(content), NOON)

    def read_log_range(self, run_id: str, name: str, state: ObjectState, *, start: int, end: int) -> bytes | None:
        self._answer()
        self.before_read()
        generation, content = self._logs[run_id, name]
        if generation != state.generation:
            return None
        self.bytes_read += max(0, end - start)
        return content[start:end]

    def _answer(self) -> None:
        if self.is_away:
            raise UnavailableError("Cloud Storage is away; try again")


class SteppingRuns(RunStoreService):
    """The real store, whose every write is a step before and after it."""

    def __init__(self, store: RunStoreService, steps: Steps) -> None:
        super().__init__(store._engine)
        self._steps = steps

    def _change(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 handed through as they are
        self._steps.take()
        changed = super()._change(*args, **kwargs)
        self._steps.take()
        return changed

    def claim_launch(self, run_id: str, batch_job_name: str) -> Any:  # noqa: ANN401
        self._steps.take()
        claimed = super().claim_launch(run_id, batch_job_name)
        self._steps.take()
        return claimed
