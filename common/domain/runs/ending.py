"""Decides when and how a run ends: what proves success, and what must arrive before a final status is written.

Cloud Batch is the authority on the end of the head job. Its success alone does not prove that Nextflow succeeded:
another program can exit with 0 as well, and Nextflow can exit with 0 after its session was aborted.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Self

from common.domain.batch.child_jobs import GONE_ANSWERS_NEEDED
from common.domain.batch.job import BatchJob, JobState, run_status_from
from common.domain.nextflow.log.summary import LogSummary
from common.domain.runs.run import Run
from common.domain.runs.status import RunStatus

# A job may be created late or appear late in listings, so one listing does not prove that none is left.
EMPTY_LISTINGS_NEEDED: Final = 2
LOG_MAY_COME: Final = timedelta(minutes=10)
JOBS_END_WITHIN: Final = timedelta(hours=6)

LOG_INCOMPLETE: Final = "log incomplete"
CHECKING_JOBS: Final = "the head job has ended; checking that it left no jobs behind"
_LOG_AWAITED: Final = "the head job succeeded; waiting for the end of nextflow.log"
_NOTHING_PROVES_SUCCESS: Final = (
    "the head job ended without an error, but nothing proves that Nextflow ran to its end: it left no {missing}."
    " Recover the run: tasks that have finished are reused"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class EndProgress:
    """Observations of the end of a run, counted over consecutive steps of a chain."""

    gone_answers: int = 0  # by which Batch has no such head job
    empty_listings: int = 0  # without a job of the run that has not ended
    since: datetime | None = None  # when the head job ended, or was first seen to have ended; None while it may live

    def after_head(self, job: BatchJob | None, run: Run) -> Self:
        """Count an answer about the head job; a run that is still pending may not have one yet."""
        is_gone = job is None and run.status != RunStatus.PENDING
        return replace(self, gone_answers=self.gone_answers + 1 if is_gone else 0)

    def after_listing(self, job: BatchJob | None, *, is_empty: bool, at: datetime) -> Self:
        """Count a listing of the jobs of a run whose head job has ended or is gone."""
        since = job.state_since if job and job.state_since else self.since or at
        return replace(self, empty_listings=self.empty_listings + 1 if is_empty else 0, since=since)

    @property
    def no_job_is_left(self) -> bool:
        return self.empty_listings >= EMPTY_LISTINGS_NEEDED

    def as_json(self) -> dict[str, int]:
        since = int(self.since.timestamp()) if self.since else 0
        return {"gone_answers": self.gone_answers, "empty_listings": self.empty_listings, "ending_since": since}


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEnd:
    """A final status with `status_detail`; `reason` is set if the log gives no reason for a failure."""

    status: RunStatus
    detail: str | None = None
    reason: str | None = None


def target_status(job: BatchJob | None, run: Run, log: LogSummary, *, gone_answers: int) -> RunStatus | None:
    """The status of `run` according to its head job, or None; a launched run whose head job is gone has failed.

    COMPLETED only means that the head job succeeded: `end_of_run` decides whether the run did.
    """
    if job is None:
        launched = run.status != RunStatus.PENDING and run.cancel_requested_at is None
        return RunStatus.FAILED if launched and gone_answers >= GONE_ANSWERS_NEEDED else None
    if run.cancel_requested_at and job.state == JobState.SUCCEEDED and log.signal:
        return None  # Nextflow can exit with 0 although a signal aborted it: the cancel ended this run
    return run_status_from(job, cancel_requested_at=run.cancel_requested_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadJobFiles:
    """The facts in the files of an ended head job; `exit_code` is None if it wrote none.

    `is_cut`: the log ends within a line, so its copy was cut off.
    """

    exit_code: int | None
    log: LogSummary
    has_log: bool
    is_cut: bool = False


def end_of_run(target: RunStatus, files: HeadJobFiles, *, waited: timedelta) -> RunEnd | None:
    """The end of a run whose head job ended as `target`, `waited` ago; None while its log may still arrive."""
    log, exit_code = files.log, files.exit_code
    if target != RunStatus.COMPLETED:
        return RunEnd(status=target)
    if exit_code or log.was_aborted:  # the log says why, too
        reason = f"Nextflow ended with exit code {exit_code}" if exit_code and not log.error_message else None
        return RunEnd(status=RunStatus.FAILED, reason=reason)
    if log.goodbye:
        return RunEnd(status=RunStatus.COMPLETED)
    return _end_without_proof(files) if waited >= LOG_MAY_COME else None


def _end_without_proof(files: HeadJobFiles) -> RunEnd:
    """The end of a run whose log is incomplete; launch.sh writes exit code 0 only if Nextflow wrote a log."""
    never_started = files.has_log and not files.log.started_at and not files.is_cut
    if files.exit_code == 0 and not never_started:
        return RunEnd(status=RunStatus.COMPLETED, detail=LOG_INCOMPLETE)
    missing = ["exit_code"] if files.exit_code is None else []
    if files.log.started_at:
        missing.append("end of nextflow.log")
    else:
        missing.append("start of a session in nextflow.log" if files.has_log else "nextflow.log")
    return RunEnd(status=RunStatus.FAILED, reason=_NOTHING_PROVES_SUCCESS.format(missing=" and no ".join(missing)))


def waiting_detail(jobs_left: Sequence[str], *, cancelling: bool = False) -> str:
    """The `status_detail` of a run whose head job has ended; `jobs_left` names jobs that have not ended."""
    if not jobs_left:
        return "cancelling" if cancelling else _LOG_AWAITED
    count = "1 job" if len(jobs_left) == 1 else f"{len(jobs_left)} jobs"
    first = jobs_left[0].rpartition("/")[2]
    words = f"waiting until Cloud Batch has ended {count}, such as {first}"
    return f"cancelling: {words}" if cancelling else words
