"""Stop every job that Nextflow made for a run, once the head job has ended."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from common.domain.batch.job import BatchJob, JobState
from common.domain.batch.launch_plan import RUN_LABEL
from common.domain.runs.ending import JOBS_END_WITHIN
from common.domain.runs.run import Run
from common.services.batch.service import BatchService
from common.services.ingest.store import IngestStore
from common.telemetry import telemetry

log = telemetry("sweep")

_SHOWN = 10  # names of jobs in telemetry


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """The jobs found, counted by state; `removed` counts those that Batch no longer has.

    `left` names the jobs that had not ended, `stopped` those of them that this sweep asked to stop because nobody had
    asked before.
    """

    found: Counter[JobState]
    removed: int
    left: list[str]
    stopped: list[str]

    @property
    def all_ended(self) -> bool:
        return not self.left


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepJobs:
    """Finds the jobs by the run's label and by the names in the run's log and trace.

    A user's config may replace our labels, hence the names. A named job that carries another run's label is left alone,
    and so is one without a label that is older than the run: the log is text that a pipeline can write.
    """

    batch: BatchService
    ingest: IngestStore

    def run(self, run: Run) -> Sweep:
        """Stop the jobs of a run. Raises UnavailableError."""
        found, left, stopped, removed = Counter[JobState](), list[str](), list[str](), 0
        for job in self._jobs(run):
            if job is None:
                removed += 1
                continue
            found[job.state] += 1
            if not job.has_ended:
                left.append(job.name)
            if job.needs_stopping:
                self.batch.cancel_job(job.name)
                stopped.append(job.name)
        return Sweep(found=found, removed=removed, left=left, stopped=stopped)

    def _jobs(self, run: Run) -> Iterator[BatchJob | None]:
        """Each job once; None for a named job that no longer exists."""
        named = {self.batch.job_name(job_id) for job_id in self.ingest.jobs_named(run.run_id)}
        for job in self.batch.child_jobs(run.run_id):
            named.discard(job.name)
            yield job
        for name in sorted(named):
            unlisted = self.batch.get_job(name)
            if unlisted is None or _belongs_to(run, unlisted):
                yield unlisted


def report_jobs_that_do_not_end(run_id: str, names: Sequence[str], *, waited: timedelta) -> None:
    """Alert the operator if jobs have not ended JOBS_END_WITHIN after they were asked to stop."""
    if names and waited >= JOBS_END_WITHIN:
        hours = round(waited.total_seconds() / 3600, 1)
        facts = {"action": "jobs_do_not_end", "run_id": run_id, "hours": hours, "jobs": len(names)}
        log.error("Cloud Batch does not end jobs of this run", extra=facts | {"first": list(names[:_SHOWN])})


def _belongs_to(run: Run, job: BatchJob) -> bool:
    label = job.labels.get(RUN_LABEL)
    if label is not None:
        return label == run.run_id
    # submitted_at would be wrong: after a launch that died it is later than the first jobs
    return job.created_at is not None and job.created_at >= run.created_at
