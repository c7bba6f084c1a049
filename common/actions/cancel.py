"""Cancel a run: stop its head job, then every job that Nextflow made for it, and only then set it to cancelled."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from common.actions.steps.note_failure import failure_before_a_cancel
from common.actions.steps.queue_archive import queue_final_archive
from common.actions.steps.queue_notifications import QueueNotifications
from common.actions.steps.read_file import ReadFile
from common.actions.steps.sweep_jobs import SweepJobs, report_jobs_that_do_not_end
from common.domain.batch.child_jobs import GONE
from common.domain.batch.job import BatchJob, JobState
from common.domain.ingest.reading import summary_so_far
from common.domain.runs import files as run_files
from common.domain.runs.ending import EMPTY_LISTINGS_NEEDED, target_status, waiting_detail
from common.domain.runs.live_events import AutomaticAction
from common.domain.runs.run import Run
from common.domain.runs.status import FINAL_STATUSES, RunStatus
from common.domain.runs.work_items import ChainStep, WorkKind
from common.services.batch.service import BatchService
from common.services.ingest.store import IngestStore
from common.services.queue.work_queue import WorkQueue
from common.services.runs.store import RunStoreService
from common.telemetry import telemetry

log = telemetry("cancel")


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelRun:
    """One step in the chain of a cancel; it queues the next step until the run is over."""

    runs: RunStoreService
    batch: BatchService
    ingest: IngestStore
    read_file: ReadFile
    sweep_jobs: SweepJobs
    notifications: QueueNotifications
    queue: WorkQueue
    interval: timedelta
    clock: Callable[[], datetime]

    def run(self, step: ChainStep, *, empty_listings: int) -> Run:
        """Go on with a cancel; `empty_listings` counts how often in a row no live child job was found.

        Raises NotFoundError, and UnavailableError when a retry of the same step can help.
        """
        run = self.runs.get_run(step.run_id)
        if run.is_over and run.batch_job_name:
            queue_final_archive(self.queue, run.run_id)  # the step that ended the run may have died before this
            self.notifications.run(run.run_id)
        if run.is_over or run.cancel_requested_at is None or run.batch_job_name is None:
            return run
        head = self.batch.get_job(run.batch_job_name)
        self.runs.note_sync(run.run_id, at=self.clock(), status_detail=run.status_detail)
        if head and not head.has_ended:
            self.batch.cancel_job(head.name)
            return self._wait(run, step.next(), [head.name], 0)
        if self._has_finished(run, head):  # before the cancel reached it: it keeps its own status
            self._queue_sync(step)
            return run
        sweep = self.sweep_jobs.run(run)
        empty_listings = empty_listings + 1 if sweep.all_ended else 0
        if empty_listings >= EMPTY_LISTINGS_NEEDED and self._files_are_read(run):
            return self._finish(run, step, head)
        return self._wait(run, step.next(), sweep.names_left, empty_listings)

    def _has_finished(self, run: Run, head: BatchJob | None) -> bool:
        log_file = self.read_file.run(run, run_files.NEXTFLOW_LOG)
        summary = summary_so_far(log_file.cursor, near=run.created_at)
        return target_status(head, run, summary, gone_answers=0) in FINAL_STATUSES

    def _wait(self, run: Run, step: ChainStep, jobs_left: Sequence[str], empty_listings: int) -> Run:
        """Queue the next step, and say which jobs it waits for."""
        now = self.clock()
        self.runs.note_sync(run.run_id, at=now, status_detail=waiting_detail(jobs_left, cancelling=True))
        report_jobs_that_do_not_end(run.run_id, jobs_left, waited=now - (run.cancel_requested_at or now))
        item = step.as_json() | {"empty_listings": empty_listings}
        self.queue.add(WorkKind.CANCEL, item, key=step.key, delay=self.interval)
        return run

    def _files_are_read(self, run: Run) -> bool:
        read = [self.read_file.run(run, name) for name in run_files.INGESTED_FILES]
        return all(file.is_complete for file in read)

    def _finish(self, run: Run, step: ChainStep, head: BatchJob | None) -> Run:
        evidence = jobs_stopped(self.sweep_jobs.count(run), head)
        with self.ingest.writing(run.run_id) as writer:
            writer.abort_unfinished_tasks()
            writer.note_progress(at=self.clock())
        log.info("run cancelled", extra={"action": "run_cancelled", "run_id": run.run_id})
        log_cursor = self.ingest.cursor(run.run_id, run_files.NEXTFLOW_LOG)
        failure = failure_before_a_cancel(run, summary_so_far(log_cursor, near=run.created_at), self.ingest)
        facts = {"status_detail": None, **failure}
        run = self.runs.update_run_status(run.run_id, RunStatus.CANCELLED, at=self.clock(), facts=facts, after=evidence)
        queue_final_archive(self.queue, run.run_id)
        self.notifications.run(run.run_id)
        if self.sweep_jobs.keep_jobs.run(run, head=head).more:
            self._queue_sync(step)  # syncs go on until all jobs are read
        return run

    def _queue_sync(self, step: ChainStep) -> None:
        self.queue.add(WorkKind.SYNC, step.as_json(), key=step.key)


def jobs_stopped(jobs: Counter[str], head: BatchJob | None) -> AutomaticAction:
    """The journal's proof that no job of the run is left; `jobs` counts all jobs by their states."""
    evidence = {
        "head_job": head.state.name if head else "GONE",
        "jobs_found": jobs.total(),
        "jobs_stopped": jobs[JobState.CANCELLED.name],
        "jobs_that_had_ended": jobs[JobState.SUCCEEDED.name] + jobs[JobState.FAILED.name],
        "jobs_removed_by_nextflow": jobs[GONE],
    }
    return AutomaticAction(name="jobs_stopped", why="no job of the run is left in Cloud Batch", evidence=evidence)
