"""Ask every job that Nextflow made for a run to stop, once its head job has ended."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from common.domain.batch.job import ENDED, BatchJob, JobState
from common.domain.batch.launch_plan import RUN_LABEL
from common.services.batch.service import BatchService
from common.services.ingest.store import IngestStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """How many jobs were found in which state, and how many more there had been that Batch no longer knows.

    `stopped` names those that were asked to stop now: all that had not ended and that nobody had asked before.
    """

    found: Counter[JobState]
    removed: int
    stopped: list[str]

    @property
    def has_unended(self) -> bool:
        return not self.found.keys() <= ENDED


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepJobs:
    """Called with a run id. Raises UnavailableError.

    Nextflow's jobs are those with the run's label, and those that the run's files name: a user's config may have put
    labels of its own in place of ours. A file may name anything; a job that has another run's label is that run's.
    """

    batch: BatchService
    ingest: IngestStore

    def run(self, run_id: str) -> Sweep:
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
        """Each job once; None for one that is named and no longer there."""
        named = {self.batch.job_name(job_id) for job_id in self.ingest.jobs_named(run_id)}
        for job in self.batch.child_jobs(run_id):
            named.discard(job.name)
            yield job
        for name in sorted(named):
            unlabelled = self.batch.get_job(name)
            if unlabelled is None or unlabelled.labels.get(RUN_LABEL, run_id) == run_id:
                yield unlabelled
