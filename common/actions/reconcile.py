"""Find runs whose work was lost (launches, syncs, cancels, archives) and queue it again.

The queued work reads the run again and repairs what it finds. The run's journal records each action and its evidence.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from common.actions.steps.stop_leftovers import StopLeftovers
from common.domain.health.parts import SystemPart
from common.domain.runs.live_events import AutomaticAction
from common.domain.runs.reconciling import (
    HeadJob,
    NoHeadJob,
    ReconcileRule,
    Remedy,
    RunPhase,
    head_job_state,
    last_checked,
    phase_of,
    retry_number,
    rule_for,
)
from common.domain.runs.run import Run
from common.domain.runs.work_items import ChainStep, WorkKind
from common.errors import UnavailableError
from common.services.batch.child_jobs import ChildJobStore
from common.services.batch.service import BatchService
from common.services.health.reports import HealthReports
from common.services.queue.work_queue import WorkQueue
from common.services.runs.store import RunStoreService
from common.telemetry import telemetry

log = telemetry("reconcile")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconcileRuns:
    """Looks for runs that were silent for longer than `silence`."""

    runs: RunStoreService
    batch: BatchService
    stop_leftovers: StopLeftovers
    jobs: ChildJobStore
    queue: WorkQueue
    reports: HealthReports
    silence: timedelta
    clock: Callable[[], datetime]

    def run(self) -> int:
        """Stop what finished runs left in Batch, and apply the rules to each silent run; returns how many got a remedy.

        Raises UnavailableError after the last run if a service was away for any of them.
        """
        leftovers = self.stop_leftovers.find()
        self.reports.note({SystemPart.TIMER: None, SystemPart.BATCH: leftovers.batch_away}, at=self.clock())
        done, failures = self.stop_leftovers.stop(leftovers)
        since = self.clock() - self.silence
        found = [*self.runs.silent_runs(since=since), *self.runs.unarchived_runs(since=since), *leftovers.with_head]
        runs = {run.run_id: run for run in found}.values()
        for run in runs:
            try:
                done += self._apply_rule(run)
            except UnavailableError as error:  # go on: the other runs need their remedy, too
                failures.append(error)
                why = {"action": "not_reconciled", "run_id": run.run_id, "why": error.message}
                log.warning("run not reconciled: a service is away", extra=why)
        if failures:
            failed = f"{len(failures)} of {len(runs)} runs could not be reconciled; try again"
            raise UnavailableError(failed) from failures[0]
        self._keep_jobs_of_finished_runs(since)  # last: jobs that have ended cost nothing
        return done

    def _keep_jobs_of_finished_runs(self, since: datetime) -> None:
        """Queue a sync for runs with jobs that ended after them, or whose last sync was lost."""
        for run_id in self.jobs.runs_with_unread(read_before=since):
            step = ChainStep(run_id=run_id, chain=f"jobs-{int(since.timestamp())}")
            self.queue.add(WorkKind.SYNC, step.as_json(), key=step.key)

    def _apply_rule(self, run: Run) -> bool:
        """Whether the run got a remedy."""
        silent = self.clock() - last_checked(run)
        phase, head = phase_of(run), self._head_job(run)
        rule = rule_for(phase, head, silent=silent, patience=self.silence)
        if rule.remedy == Remedy.NOTHING or not self._do(rule.remedy, run, silent):
            return False
        self.runs.note_action(run.run_id, _action(rule, phase, head, silent), at=self.clock())
        log.warning(rule.why, extra={"action": rule.name, "run_id": run.run_id, "head_job": _name(head)})
        return True

    def _head_job(self, run: Run) -> HeadJob:
        if run.batch_job_name is None:
            return NoHeadJob.NOT_ASKED_FOR
        try:
            return head_job_state(self.batch.get_job(run.batch_job_name))
        except UnavailableError:
            return NoHeadJob.NO_ANSWER

    def _do(self, remedy: Remedy, run: Run, silent: timedelta) -> bool:
        """Apply a remedy; False when this attempt was queued before."""
        if remedy == Remedy.STOP_HEAD:
            self.batch.cancel_job(run.batch_job_name or "")
            return True
        attempt = retry_number(remedy, silent=silent, patience=self.silence)
        step = ChainStep(run_id=run.run_id, chain=f"reconcile-{int(last_checked(run).timestamp())}-{attempt}")
        return self.queue.add(WorkKind(remedy), step.as_json(), key=step.key)


def _action(rule: ReconcileRule, phase: RunPhase, head: HeadJob, silent: timedelta) -> AutomaticAction:
    evidence = {"run": phase.value, "head_job": _name(head), "silent_s": int(silent.total_seconds())}
    return AutomaticAction(name=rule.name, why=rule.why, evidence=evidence)


def _name(head: HeadJob) -> str:
    return head.name.lower()
