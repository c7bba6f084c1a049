"""Stop every job that Nextflow made for a run, once the head job has ended."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from common.actions.steps.keep_jobs import KeepJobs
from common.domain.batch.child_jobs import FOREIGN
from common.domain.batch.job import BatchJob
from common.domain.runs.ending import JOBS_END_WITHIN
from common.domain.runs.run import Run
from common.errors import UnavailableError
from common.services.batch.child_jobs import job_id_of
from common.services.batch.service import BatchService
from common.services.ingest.store import IngestStore
from common.telemetry import telemetry

log = telemetry("sweep")

_SHOWN = 10  # names of jobs in telemetry
_MOST_FAILURES = 5  # then Batch itself is away
_LOOKED_UP = 20  # jobs; a lookup takes two requests, and a listing of all jobs one for each 1,000


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """`left` are the jobs that had not ended; `stopped` names those that nobody had asked to stop before."""

    left: list[BatchJob]
    stopped: list[str]

    @property
    def all_ended(self) -> bool:
        return not self.left

    @property
    def names_left(self) -> list[str]:
        return [job.name for job in self.left]


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepJobs:
    """Finds the jobs by the run's label and by the names in the run's log and trace.

    A user's config may replace our labels, hence the names. A named job that carries another run's label is left alone,
    and so is one without a label that is older than the run: the log is text that a pipeline can write.
    """

    batch: BatchService
    ingest: IngestStore
    keep_jobs: KeepJobs

    def run(self, run: Run) -> Sweep:
        """Stop the jobs of a run. Raises UnavailableError."""
        return stop_jobs(self.batch, self._live_jobs(run))

    def count(self, run: Run) -> Counter[str]:
        """All jobs of a run that is ending, by their states; GONE are those that Batch no longer has.

        Lists each job of the run, so it is for the end of a run only. Raises UnavailableError.
        """
        listed = self.keep_jobs.note_all(run)
        named = self.keep_jobs.jobs.states(run.run_id, without=[job_id_of(job.name) for job in listed])
        del named[FOREIGN]
        return named + Counter(job.state.name for job in listed)

    def _live_jobs(self, run: Run) -> Iterator[BatchJob]:
        """Each job that has not ended, once; named jobs are looked up until they have ended."""
        listed = list(self.batch.live_child_jobs(run.run_id))
        yield from listed
        self.keep_jobs.jobs.note_listed(run.run_id, listed)
        seen = {job_id_of(job.name) for job in listed}
        named = set(self.ingest.jobs_named(run.run_id)) - seen
        unread = named - self.keep_jobs.jobs.read_before(run.run_id, named)
        if len(unread) > _LOOKED_UP:  # after a cancel of thousands of tasks: most have our label and have ended
            labelled = [job for job in self.keep_jobs.note_all(run) if job_id_of(job.name) not in seen]
            yield from (job for job in labelled if not job.has_ended)
            unread -= {job_id_of(job.name) for job in labelled}
        for job_id in sorted(unread):
            unlisted = self.keep_jobs.read(run, job_id)
            if unlisted and not unlisted.has_ended:
                yield unlisted


def stop_jobs(batch: BatchService, jobs: Iterable[BatchJob]) -> Sweep:
    """Ask those of `jobs` to stop that nobody has asked before.

    A failure for one job does not keep the others running. Raises the first UnavailableError, once it has tried all of
    them or so many have failed that Batch itself is away.
    """
    left, stopped, failures = list[BatchJob](), list[str](), list[UnavailableError]()
    for job in jobs:
        left.append(job)
        if not job.needs_stopping:
            continue
        try:
            batch.cancel_job(job.name)
        except UnavailableError as error:
            failures.append(error)
            if len(failures) == _MOST_FAILURES:
                break
        else:
            stopped.append(job.name)
    if failures:
        raise failures[0]
    return Sweep(left=left, stopped=stopped)


def report_jobs_that_do_not_end(run_id: str, names: Sequence[str], *, waited: timedelta) -> None:
    """Alert the operator if jobs have not ended JOBS_END_WITHIN after they were asked to stop."""
    if names and waited >= JOBS_END_WITHIN:
        hours = round(waited.total_seconds() / 3600, 1)
        facts = {"action": "jobs_do_not_end", "run_id": run_id, "hours": hours, "jobs": len(names)}
        log.error("Cloud Batch does not end jobs of this run", extra=facts | {"first": list(names[:_SHOWN])})
