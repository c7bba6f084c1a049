"""Launch a run: claim it, create its head job in Cloud Batch, start the chain of syncs.

A launch that died is delivered again and continues: the claim is saved before the job is created, and the job's id
derives from the run's id.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from common.actions.steps.queue_notifications import QueueNotifications
from common.domain.batch.launch_config import ChildJobSettings, default_config, launch_config
from common.domain.batch.launch_plan import CopyPace, launch_plan
from common.domain.diagnosis.diagnosis import diagnose
from common.domain.nextflow.log.summary import LogSummary
from common.domain.runs import files as run_files
from common.domain.runs.files import Buckets
from common.domain.runs.run import Run
from common.domain.runs.status import RunStatus
from common.domain.runs.work_items import ChainStep, WorkKind
from common.errors import BatchError, RoleMissingError
from common.services.batch.service import BatchService
from common.services.pipelines.release_files import read_launch_needs
from common.services.queue.work_queue import WorkQueue
from common.services.runs.store import RunStoreService
from common.services.storage.service import StorageService
from common.telemetry import telemetry

log = telemetry("launch")


@dataclass(frozen=True, slots=True, kw_only=True)
class LaunchSettings:
    """The settings that all launches of a deployment share; `launcher` is the text of headjob/launch.sh."""

    buckets: Buckets
    launcher: bytes
    child_jobs: ChildJobSettings
    copies: CopyPace


@dataclass(frozen=True, slots=True, kw_only=True)
class LaunchRun:
    """Launches pending runs; a run that was launched before only gets its chain of syncs."""

    runs: RunStoreService
    storage: StorageService
    batch: BatchService
    notifications: QueueNotifications
    queue: WorkQueue
    settings: LaunchSettings
    interval: timedelta  # before the first sync: Batch needs time to register the job
    clock: Callable[[], datetime]

    def run(self, run_id: str) -> Run:
        """Launch a run; a refusal by Batch ends it as failed. Raises NotFoundError and UnavailableError."""
        run = self.runs.get_run(run_id)
        if run.status == RunStatus.PENDING:
            run = self._claim_and_create(run)
        if run.batch_job_name and head_must_stop(run):
            self._stop_head(run, run.batch_job_name)
        if run.batch_job_name and not run.is_over:
            step = ChainStep(run_id=run_id, chain="launch")
            self.queue.add(WorkKind.SYNC, step.as_json(), key=step.key, delay=self.interval)
        if run.is_over:
            self.notifications.run(run_id)
        return run

    def _stop_head(self, run: Run, job_name: str) -> None:
        """Stop the head job: a cancel may have looked for it before it was created."""
        try:
            self.batch.cancel_job(job_name)
        except RoleMissingError:  # a retry cannot help, and reconcile stops head jobs of runs that are over
            if not run.is_over:
                raise

    def _claim_and_create(self, run: Run) -> Run:
        needs = read_launch_needs(run.pipeline, run.pipeline_version)
        plan = launch_plan(run, self.settings.buckets, needs, copies=self.settings.copies)
        run = self.runs.claim_launch(run.run_id, self.batch.job_name(plan.job_id))
        if run.status != RunStatus.PENDING or run.cancel_requested_at:
            return run
        files = {
            run_files.LAUNCHER: self.settings.launcher,
            run_files.DEFAULT_CONFIG: default_config().encode(),
            run_files.OUR_CONFIG: launch_config(run.run_id, self.settings.child_jobs).encode(),
        }
        self.storage.upload_run_files(run.run_id, files)
        try:
            self.batch.create_job(plan)
        except BatchError as error:
            if self.batch.get_job(self.batch.job_name(plan.job_id)) is None:
                return self._fail(run, error)
            # an earlier attempt created the job, but its answer was lost
        log.info("head job created", extra={"action": "run_submitted", "run_id": run.run_id, "job": plan.job_id})
        return self.runs.update_run_status(run.run_id, RunStatus.SUBMITTED, at=self.clock())

    def _fail(self, run: Run, refusal: BatchError) -> Run:
        why = {"action": "launch_refused", "run_id": run.run_id, "why": str(refusal)}
        log.warning("Cloud Batch refused the head job", extra=why)
        diagnosis = diagnose(LogSummary(), batch_events=[refusal.message])
        facts = {"error_message": refusal.message, "diagnosis": diagnosis.as_json()}
        return self.runs.update_run_status(run.run_id, RunStatus.FAILED, at=self.clock(), facts=facts)


def head_must_stop(run: Run) -> bool:
    """Whether a head job created meanwhile must be stopped; that of a completed run has ended by itself."""
    return run.cancel_requested_at is not None or run.status in {RunStatus.CANCELLED, RunStatus.FAILED}
