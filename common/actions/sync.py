"""Bring a run up to what Batch and its files say, and come back until it is over.

Files are read before a final state is written, so that done means readable.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from common.actions.request_archive import queue_final_archive
from common.actions.steps.end_run import EndRun
from common.actions.steps.read_file import ReadFile
from common.actions.steps.sweep_jobs import SweepJobs
from common.domain.batch.child_jobs import task_hash_of
from common.domain.batch.job import BatchJob, JobState, reason_to_wait, run_status_from
from common.domain.runs import files as run_files
from common.domain.runs.live_events import AutomaticAction
from common.domain.runs.run import Run
from common.domain.runs.status import FINAL_STATUSES, RunStatus
from common.domain.runs.work_items import ChainStep, pause_after
from common.services.batch.service import BatchService
from common.services.ingest.store import IngestStore
from common.services.queue.work_queue import WorkQueue
from common.services.runs.store import RunStoreService

# One answer that there is no such job may be wrong, and a run that has failed never comes back.
GONE_ANSWERS_NEEDED = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncRun:
    """Called with the step of a chain and how many answers in a row knew no head job; adds the next while it goes on.

    Raises NotFoundError, and UnavailableError when coming back with the same step can help.
    """

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
        run = self.runs.get_run(step.run_id)
        if run.batch_job_name and not run.is_over:
            job = self.batch.get_job(run.batch_job_name)  # before the files are read: the head writes them, then ends
            gone_answers = 0 if job or run.status == RunStatus.PENDING else gone_answers + 1
            run = self._look(run, job, gone_answers)
        if run.is_over:
            queue_final_archive(self.queue, run.run_id)
        elif run.batch_job_name:
            pause = pause_after(step.tick, interval=self.interval)
            item = step.next().as_json() | {"gone_answers": gone_answers}
            self.queue.add("sync", item, key=step.next().key, delay=pause)
        return run

    def _look(self, run: Run, job: BatchJob | None, gone_answers: int) -> Run:
        read = {name: self.read_file.run(run, name) for name in run_files.INGESTED_FILES}
        run = self.runs.get_run(run.run_id)  # a cancel that was requested before `job` was asked for must be seen
        meant = target_status(job, run, gone_answers)
        if meant in FINAL_STATUSES:
            if job is None and run.batch_job_name:
                self.batch.cancel_job(run.batch_job_name)  # in case it is there after all
            if not self._stop_orphans(run) and all(file.is_complete for file in read.values()):
                run = self.end_run.run(run, meant, job=job, log=read[run_files.NEXTFLOW_LOG].cursor)
        else:
            self._mark_running_tasks(run.run_id)
        if meant == RunStatus.SUBMITTED and run.status == RunStatus.PENDING:
            run = self.runs.update_run_status(run.run_id, meant, at=self.clock())
        if not run.cancel_requested_at:  # else only the cancel counts as work on it, so that a lost one is missed
            self.runs.note_sync(run.run_id, at=self.clock(), status_detail=waiting_reason(run, job))
        return run

    def _stop_orphans(self, run: Run) -> bool:
        """Whether a head that ended has left jobs behind, as one that was lost does; they are asked to stop."""
        left = self.sweep_jobs.run(run.run_id).stopped
        if left:
            why = "the head job has ended and left jobs behind"
            found = AutomaticAction(name="orphans_stopped", why=why, evidence={"jobs": len(left), "first": left[:10]})
            self.runs.note_action(run.run_id, found, at=self.clock())
        return bool(left)

    def _mark_running_tasks(self, run_id: str) -> None:
        running = (job for job in self.batch.child_jobs(run_id) if job.state == JobState.RUNNING)
        hashes = [found for job in running if (found := task_hash_of(job))]
        with self.ingest.writing(run_id) as writer:
            writer.mark_running(hashes)
            writer.note_progress(at=self.clock())


def target_status(job: BatchJob | None, run: Run, gone_answers: int) -> RunStatus | None:
    """The state that `run` should be in by its head job; a launched run whose job is really gone has failed."""
    if job is not None:
        return run_status_from(job, cancel_requested_at=run.cancel_requested_at)
    launched = run.status != RunStatus.PENDING and run.cancel_requested_at is None
    return RunStatus.FAILED if launched and gone_answers >= GONE_ANSWERS_NEEDED else None


def waiting_reason(run: Run, job: BatchJob | None) -> str | None:
    """What a run that has not started is waiting for, in words; None once it runs."""
    if run.status != RunStatus.SUBMITTED or job is None:
        return None
    return reason_to_wait(job)
