"""Update a run from its head job and its files, again and again until the run is over.

All files are read before a final status is written, so a finished run can be read completely.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from common.actions.request_archive import queue_final_archive
from common.actions.steps.end_run import EndRun
from common.actions.steps.note_failure import note_failure
from common.actions.steps.read_file import FileProgress, ReadFile
from common.actions.steps.sweep_jobs import Sweep, SweepJobs, report_jobs_that_do_not_end
from common.domain.batch.child_jobs import jobs_by_task
from common.domain.batch.job import BatchJob, JobState, reason_to_wait
from common.domain.ingest.reading import summary_so_far
from common.domain.nextflow.log.summary import LogSummary
from common.domain.runs import files as run_files
from common.domain.runs.ending import (
    CHECKING_JOBS,
    LOG_MAY_COME,
    EndProgress,
    HeadJobFiles,
    end_of_run,
    target_status,
    waiting_detail,
)
from common.domain.runs.live_events import AutomaticAction
from common.domain.runs.run import FAILING, Run
from common.domain.runs.status import FINAL_STATUSES, RunStatus
from common.domain.runs.work_items import ChainStep, WorkKind, pause_after
from common.services.batch.service import BatchService
from common.services.ingest.store import IngestStore
from common.services.queue.work_queue import WorkQueue
from common.services.runs.store import RunStoreService


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncRun:
    """One step in a chain of syncs; it queues the next step until the run is over."""

    runs: RunStoreService
    batch: BatchService
    ingest: IngestStore
    read_file: ReadFile
    sweep_jobs: SweepJobs
    end_run: EndRun
    queue: WorkQueue
    interval: timedelta
    clock: Callable[[], datetime]

    def run(
        self,
        step: ChainStep,
        *,
        gone_answers: int = 0,
        empty_listings: int = 0,
        ending_since: datetime | None = None,
    ) -> Run:
        """Sync a run; the arguments are what earlier steps saw of its end, see EndProgress.

        Raises NotFoundError, and UnavailableError when a retry of the same step can help.
        """
        seen = EndProgress(gone_answers=gone_answers, empty_listings=empty_listings, since=ending_since)
        run = self.runs.get_run(step.run_id)
        if run.batch_job_name and not run.is_over:
            job = self.batch.get_job(run.batch_job_name)  # before the files: the head job writes them, then ends
            run, seen = self._update(run, job, seen.after_head(job, run))
        if run.is_over:
            queue_final_archive(self.queue, run.run_id)
        elif run.batch_job_name:
            ends_soon = seen.since is not None and self.clock() - seen.since < LOG_MAY_COME
            pause = self.interval if ends_soon else pause_after(step.tick, interval=self.interval)
            self.queue.add(WorkKind.SYNC, step.next().as_json() | seen.as_json(), key=step.next().key, delay=pause)
        return run

    def _update(self, run: Run, job: BatchJob | None, seen: EndProgress) -> tuple[Run, EndProgress]:
        read = {name: self.read_file.run(run, name) for name in run_files.INGESTED_FILES}
        run = self.runs.get_run(run.run_id)  # a cancel that was requested before `job` was asked for must be seen
        cursor = read[run_files.NEXTFLOW_LOG].cursor
        summary = summary_so_far(cursor, near=run.created_at)
        target = target_status(job, run, summary, gone_answers=seen.gone_answers)
        if target in FINAL_STATUSES:
            return self._end(run, job, target, summary, seen, read)
        run = note_failure(self.runs, run, summary, at=self.clock())
        self._mark_running_tasks(run.run_id)
        if target == RunStatus.SUBMITTED and run.status == RunStatus.PENDING:
            run = self.runs.update_run_status(run.run_id, target, at=self.clock())
        if not run.cancel_requested_at:  # else reconcile would take a lost cancel for a live one
            self.runs.note_sync(run.run_id, at=self.clock(), status_detail=waiting_reason(run, job))
            self._report_head_that_does_not_end(run, job)
        return run, replace(seen, empty_listings=0, since=None)

    def _end(
        self,
        run: Run,
        job: BatchJob | None,
        target: RunStatus,
        summary: LogSummary,
        seen: EndProgress,
        read: Mapping[str, FileProgress],
    ) -> tuple[Run, EndProgress]:
        """End a run whose head job has ended, unless something must be waited for first."""
        if job is None and run.batch_job_name:
            self.batch.cancel_job(run.batch_job_name)  # in case it exists after all
        sweep = self._stop_orphans(run)
        now = self.clock()
        seen = seen.after_listing(job, is_empty=sweep.all_ended, at=now)
        waited = now - (seen.since or now)
        cursor = read[run_files.NEXTFLOW_LOG].cursor
        exit_code = self.end_run.head_exit_code(run)
        files = HeadJobFiles(exit_code=exit_code, log=summary, has_log=cursor.byte_offset > 0)
        end = end_of_run(target, files, waited=waited)
        if end and seen.no_job_is_left and all(file.is_complete for file in read.values()):
            return self.end_run.run(run, end, job=job, log=cursor), seen
        detail = waiting_detail(sweep.left) if sweep.left or not end else CHECKING_JOBS
        self.runs.note_sync(run.run_id, at=now, status_detail=detail)
        report_jobs_that_do_not_end(run.run_id, sweep.left, waited=waited)
        return run, seen

    def _stop_orphans(self, run: Run) -> Sweep:
        """Stop jobs that the ended head job left behind."""
        sweep = self.sweep_jobs.run(run)
        if orphans := sweep.stopped:
            why = "the head job ended and left jobs running"
            action = AutomaticAction(
                name="orphans_stopped", why=why, evidence={"jobs": len(orphans), "first": orphans[:10]}
            )
            self.runs.note_action(run.run_id, action, at=self.clock())
        return sweep

    def _report_head_that_does_not_end(self, run: Run, job: BatchJob | None) -> None:
        if job and job.is_stopping and job.state_since:
            report_jobs_that_do_not_end(run.run_id, [job.name], waited=self.clock() - job.state_since)

    def _mark_running_tasks(self, run_id: str) -> None:
        running = (job for job in self.batch.child_jobs(run_id) if job.state == JobState.RUNNING)
        with self.ingest.writing(run_id) as writer:
            writer.mark_running(jobs_by_task(running))
            writer.note_progress(at=self.clock())


def waiting_reason(run: Run, job: BatchJob | None) -> str | None:
    """The `status_detail` of a run: why it has not started yet, or that it is ending or will fail; else None."""
    if job and job.is_stopping:
        return "Cloud Batch is stopping the head job, though nobody asked Sluice to cancel the run"
    if run.failing:
        return FAILING
    if run.status != RunStatus.SUBMITTED or job is None:
        return None
    return reason_to_wait(job)
