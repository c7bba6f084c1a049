"""Stop every job that Nextflow made for a run, once the head job has ended."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from common.domain.batch.job import ENDED, BatchJob, JobState
from common.domain.batch.launch_plan import RUN_LABEL
from common.services.batch.service import BatchService
from common.services.ingest.store import IngestStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """The jobs found, counted by state; `removed` counts those that Batch no longer has.

    `stopped` names the jobs that this sweep asked to stop: those that had not ended and were not stopping yet.
    """

    found: Counter[JobState]
    removed: int
    stopped: list[str]

    @property
    def all_ended(self) -> bool:
        return self.found.keys() <= ENDED


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepJobs:
    """Finds the jobs by the run's label and by the names in the run's log and trace.

    A user's config may replace our labels, hence the names; a named job that carries another run's label is left alone.
    """

    batch: BatchService
    ingest: IngestStore

    def run(self, run_id: str) -> Sweep:
        """Stop the jobs of a run. Raises UnavailableError."""
        found, stopped, removed = Counter[JobState](), list[str](), 0
        for job in self._jobs(run_id):
            if job is None:
                removed += 1
                continue
            found[job.state] += 1
            if job.needs_stopping:
                self.batch.cancel_job(job.name)
                stopped.append(job.name)
        return Sweep(found=found, removed=removed, stopped=stopped)

    def _jobs(self, run_id: str) -> Iterator[BatchJob | None]:
        """Each job once; None for a named job that no longer exists."""
        named = {self.batch.job_name(job_id) for job_id in self.ingest.jobs_named(run_id)}
        for job in self.batch.child_jobs(run_id):
            named.discard(job.name)
            yield job
        for name in sorted(named):
            unlabelled = self.batch.get_job(name)
            if unlabelled is None or unlabelled.labels.get(RUN_LABEL, run_id) == run_id:
                yield unlabelled
