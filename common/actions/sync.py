"""Update a run from its head job and its files, again and again until the run is over.

All files are read before a final status is written, so a finished run can be read completely.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from common.actions.steps.end_run import EndRun
from common.actions.steps.keep_jobs import KeepJobs
from common.actions.steps.note_failure import note_failure
from common.actions.steps.queue_archive import queue_final_archive
from common.actions.steps.queue_notifications import QueueNotifications
from common.actions.steps.read_file import FileProgress, ReadFile
from common.actions.steps.sweep_jobs import Sweep, SweepJobs, report_jobs_that_do_not_end
from common.domain.batch.child_jobs import jobs_by_task
from common.domain.batch.job import BatchJob, JobState, reason_to_wait
from common.domain.ingest.reading import ends_within_a_line, summary_so_far
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
    keep_jobs: KeepJobs
    end_run: EndRun
    notifications: QueueNotifications
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
        live: Sequence[BatchJob] = ()
        job: BatchJob | None = None
        if run.batch_job_name and not run.is_over:
            job = self.batch.get_job(run.batch_job_name)  # before the files: the head job writes them, then ends
            run, seen, live = self._update(run, job, seen.after_head(job, run))
        if run.is_over:
            queue_final_archive(self.queue, run.run_id)
            self.notifications.run(run.run_id)
            self._keep_the_rest(run, step, job)
        elif run.batch_job_name:
            ends_soon = seen.since is not None and self.clock() - seen.since < LOG_MAY_COME
            by_load = pause_after(step.tick, interval=self.interval, live_jobs=len(live))
            pause = self.interval if ends_soon else by_load
            self.queue.add(WorkKind.SYNC, step.next().as_json() | seen.as_json(), key=step.next().key, delay=pause)
            self.keep_jobs.run(run, live=live, head=job)  # last: the run does not need it
        return run

    def _keep_the_rest(self, run: Run, step: ChainStep, head: BatchJob | None) -> None:
        """After the end of a run, go on until all its jobs are read; reconcile takes over if a step reads none."""
        kept = self.keep_jobs.run(run, head=head)
        if kept.more and kept.read:
            self.queue.add(WorkKind.SYNC, step.next().as_json(), key=step.next().key, delay=self.interval)

    def _update(self, run: Run, job: BatchJob | None, seen: EndProgress) -> tuple[Run, EndProgress, Sequence[BatchJob]]:
        """The run, what is seen of its end, and its jobs that have not ended."""
        names = run_files.INGESTED_FILES
        # The run is read again: a cancel that was requested before `job` was asked for must be seen.
        run, cursors = self.ingest.run_and_cursors(run.run_id, names)
        read = {name: self.read_file.run(run, name, cursor=cursor) for name, cursor in zip(names, cursors, strict=True)}
        cursor = read[run_files.NEXTFLOW_LOG].cursor
        summary = summary_so_far(cursor, near=run.created_at)
        target = target_status(job, run, summary, gone_answers=seen.gone_answers)
        if target in FINAL_STATUSES:
            return self._end(run, job, target, summary, seen, read)
        run = note_failure(self.runs, run, summary, at=self.clock())
        live = list(self.batch.live_child_jobs(run.run_id))
        self._mark_running_tasks(run.run_id, live)
        if target == RunStatus.SUBMITTED and run.status == RunStatus.PENDING:
            run = self.runs.update_run_status(run.run_id, target, at=self.clock())
        if not run.cancel_requested_at:  # else reconcile would take a lost cancel for a live one
            self.runs.note_sync(run.run_id, at=self.clock(), status_detail=waiting_reason(run, job))
            self._report_head_that_does_not_end(run, job)
        return run, replace(seen, empty_listings=0, since=None), live

    def _end(
        self,
        run: Run,
        job: BatchJob | None,
        target: RunStatus,
        summary: LogSummary,
        seen: EndProgress,
        read: Mapping[str, FileProgress],
    ) -> tuple[Run, EndProgress, Sequence[BatchJob]]:
        """End a run whose head job has ended, unless something must be waited for first."""
        if job is None and run.batch_job_name:
            self.batch.cancel_job(run.batch_job_name)  # in case it exists after all
        sweep = self._stop_orphans(run)
        now = self.clock()
        seen = seen.after_listing(job, is_empty=sweep.all_ended, at=now)
        waited = now - (seen.since or now)
        cursor = read[run_files.NEXTFLOW_LOG].cursor
        exit_code = self.end_run.head_exit_code(run)
        has_log, is_cut = cursor.byte_offset > 0, ends_within_a_line(cursor)
        files = HeadJobFiles(exit_code=exit_code, log=summary, has_log=has_log, is_cut=is_cut)
        end = end_of_run(target, files, waited=waited)
        if end and seen.no_job_is_left and all(file.is_complete for file in read.values()):
            self.keep_jobs.note_all(run)
            return self.end_run.run(run, end, job=job, log=cursor), seen, ()
        detail = waiting_detail(sweep.names_left) if sweep.left or not end else CHECKING_JOBS
        self.runs.note_sync(run.run_id, at=now, status_detail=detail)
        report_jobs_that_do_not_end(run.run_id, sweep.names_left, waited=waited)
        return run, seen, sweep.left

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

    def _mark_running_tasks(self, run_id: str, live: Sequence[BatchJob]) -> None:
        running = (job for job in live if job.state == JobState.RUNNING)
        with self.ingest.writing(run_id) as writer:
            writer.mark_running(jobs_by_task(running))
            writer.note_progress_if_due(at=self.clock())


def waiting_reason(run: Run, job: BatchJob | None) -> str | None:
    """The `status_detail` of a run: why it has not started yet, or that it is ending or will fail; else None."""
    if job and job.is_stopping:
        return "Cloud Batch is stopping the head job, though nobody asked Sluice to cancel the run"
    if run.failing:
        return FAILING
    if run.status != RunStatus.SUBMITTED or job is None:
        return None
    return reason_to_wait(job)
