"""Update a run from its head job and its files, again and again until the run is over.

All files are read before a final status is written, so a finished run can be read completely.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from common.actions.request_archive import queue_final_archive
from common.actions.steps.end_run import EndRun
from common.actions.steps.note_failure import note_failure
from common.actions.steps.read_file import ReadFile
from common.actions.steps.sweep_jobs import SweepJobs
from common.domain.batch.child_jobs import jobs_by_task
from common.domain.batch.job import BatchJob, JobState, reason_to_wait, run_status_from
from common.domain.ingest.reading import summary_so_far
from common.domain.runs import files as run_files
from common.domain.runs.live_events import AutomaticAction
from common.domain.runs.run import FAILING, Run
from common.domain.runs.status import FINAL_STATUSES, RunStatus
from common.domain.runs.work_items import ChainStep, WorkKind, pause_after
from common.services.batch.service import BatchService
from common.services.ingest.store import IngestStore
from common.services.queue.work_queue import WorkQueue
from common.services.runs.store import RunStoreService

# Batch may wrongly report once that a job does not exist, and a failed run stays failed.
GONE_ANSWERS_NEEDED = 2


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

    def run(self, step: ChainStep, *, gone_answers: int = 0) -> Run:
        """Sync a run; `gone_answers` counts how often in a row Batch had no such head job.

        Raises NotFoundError, and UnavailableError when a retry of the same step can help.
        """
        run = self.runs.get_run(step.run_id)
        if run.batch_job_name and not run.is_over:
            job = self.batch.get_job(run.batch_job_name)  # before the files: the head job writes them, then ends
            gone_answers = 0 if job or run.status == RunStatus.PENDING else gone_answers + 1
            run = self._update(run, job, gone_answers)
        if run.is_over:
            queue_final_archive(self.queue, run.run_id)
        elif run.batch_job_name:
            pause = pause_after(step.tick, interval=self.interval)
            item = step.next().as_json() | {"gone_answers": gone_answers}
            self.queue.add(WorkKind.SYNC, item, key=step.next().key, delay=pause)
        return run

    def _update(self, run: Run, job: BatchJob | None, gone_answers: int) -> Run:
        read = {name: self.read_file.run(run, name) for name in run_files.INGESTED_FILES}
        run = self.runs.get_run(run.run_id)  # a cancel that was requested before `job` was asked for must be seen
        target = target_status(job, run, gone_answers)
        if target in FINAL_STATUSES:
            if job is None and run.batch_job_name:
                self.batch.cancel_job(run.batch_job_name)  # in case it exists after all
            if not self._stop_orphans(run) and all(file.is_complete for file in read.values()):
                run = self.end_run.run(run, target, job=job, log=read[run_files.NEXTFLOW_LOG].cursor)
        else:
            summary = summary_so_far(read[run_files.NEXTFLOW_LOG].cursor, near=run.created_at)
            run = note_failure(self.runs, run, summary, at=self.clock())
            self._mark_running_tasks(run.run_id)
        if target == RunStatus.SUBMITTED and run.status == RunStatus.PENDING:
            run = self.runs.update_run_status(run.run_id, target, at=self.clock())
        if not run.cancel_requested_at:  # else reconcile would take a lost cancel for a live one
            self.runs.note_sync(run.run_id, at=self.clock(), status_detail=waiting_reason(run, job))
        return run

    def _stop_orphans(self, run: Run) -> bool:
        """Stop jobs that the ended head job left behind; whether there were any."""
        orphans = self.sweep_jobs.run(run.run_id).stopped
        if orphans:
            why = "the head job ended and left jobs running"
            action = AutomaticAction(
                name="orphans_stopped", why=why, evidence={"jobs": len(orphans), "first": orphans[:10]}
            )
            self.runs.note_action(run.run_id, action, at=self.clock())
        return bool(orphans)

    def _mark_running_tasks(self, run_id: str) -> None:
        running = (job for job in self.batch.child_jobs(run_id) if job.state == JobState.RUNNING)
        with self.ingest.writing(run_id) as writer:
            writer.mark_running(jobs_by_task(running))
            writer.note_progress(at=self.clock())


def target_status(job: BatchJob | None, run: Run, gone_answers: int) -> RunStatus | None:
    """The status that `run` should have by its head job, or None; a launched run whose head job is gone has failed."""
    if job is not None:
        return run_status_from(job, cancel_requested_at=run.cancel_requested_at)
    launched = run.status != RunStatus.PENDING and run.cancel_requested_at is None
    return RunStatus.FAILED if launched and gone_answers >= GONE_ANSWERS_NEEDED else None


def waiting_reason(run: Run, job: BatchJob | None) -> str | None:
    """Why a submitted run has not started yet, or that a running one will fail, for people; None for any other run."""
    if run.failing:
        return FAILING
    if run.status != RunStatus.SUBMITTED or job is None:
        return None
    return reason_to_wait(job)
