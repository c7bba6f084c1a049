"""Keep what Batch says about the child jobs of a run, while Batch still says it.

A job is asked for once, after it has ended: when it has left the list of live jobs, or when a task that ended names it.
What the run cost is summed up when machines were stored, and at the end of the run.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from common.domain.batch.child_jobs import is_child_of
from common.domain.batch.job import BatchJob
from common.domain.runs.run import Run
from common.errors import UnavailableError
from common.services.batch.child_jobs import ChildJobStore, job_id_of
from common.services.batch.service import BatchService
from common.services.insight.cost.sums import CostSums
from common.telemetry import telemetry

log = telemetry("keep_jobs")

JOBS_PER_STEP = 100  # two requests each, some 15 seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptJobs:
    """How many answers one step got that change what is kept, and whether jobs are left to read."""

    read: int
    more: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepJobs:
    """Reads a few of the jobs that have ended; the next step reads further ones."""

    batch: BatchService
    jobs: ChildJobStore
    costs: CostSums
    clock: Callable[[], datetime]
    limit: int = JOBS_PER_STEP

    def run(self, run: Run, *, live: Sequence[BatchJob] = (), head: BatchJob | None = None) -> KeptJobs:
        """Read at most `limit` jobs; `live` are those that Batch has just listed as not ended, `head` is the head job.

        An error of Batch ends the step early: nothing waits for these jobs, and another step reads them.
        """
        self.jobs.note_listed(run.run_id, live)
        self.jobs.note_named(run.run_id)
        listed = [job_id_of(job.name) for job in live]
        unread, read = self.jobs.unread(run.run_id, live=listed, limit=self.limit), 0
        for job_id in unread:
            try:
                job = self.read(run, job_id)
            except UnavailableError as error:
                why = {"action": "jobs_not_kept", "run_id": run.run_id, "why": error.message}
                log.warning("Cloud Batch is away: jobs are read later", extra=why)
                break
            read += job is None or job.has_ended
        if read or run.is_over:
            if head:
                self.jobs.note_head(run.run_id, head)
            self.costs.sum_up(run.run_id, at=self.clock())
        more = bool(unread) and bool(self.jobs.unread(run.run_id, live=listed, limit=1))
        return KeptJobs(read=read, more=more)

    def read(self, run: Run, job_id: str) -> BatchJob | None:
        """The job, which is stored if it has ended; None if Batch has no such job or it is not of this run.

        Raises UnavailableError.
        """
        found = self.batch.read_child_job(self.batch.job_name(job_id))
        is_foreign = found is not None and not is_child_of(run.run_id, found.job, run_created_at=run.created_at)
        self.jobs.save(run.run_id, job_id, found, at=self.clock(), is_foreign=is_foreign)
        return found.job if found and not is_foreign else None

    def note_all(self, run: Run) -> list[BatchJob]:
        """List all jobs of the run once, for those that were born and ended unseen. Raises UnavailableError."""
        jobs = list(self.batch.child_jobs(run.run_id))
        self.jobs.note_listed(run.run_id, jobs)
        return jobs
