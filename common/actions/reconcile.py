"""Find runs that nobody has heard of for a while, and get their work going again: lost launches, syncs, cancels.

Only work is asked for, and each piece of it looks at the run again and heals what it finds. What was done and on what
evidence is in the run's journal.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from common.domain.runs.live_events import AutomaticAction
from common.domain.runs.reconciling import (
    HeadJob,
    ReconcileRule,
    Remedy,
    RunPhase,
    head_job_of,
    last_heard,
    phase_of,
    retry_number,
    rule_for,
)
from common.domain.runs.run import Run
from common.domain.runs.work_items import ChainStep
from common.errors import UnavailableError
from common.services.batch.service import BatchService
from common.services.queue.work_queue import WorkQueue
from common.services.runs.store import RunStoreService
from common.telemetry import telemetry

log = telemetry("reconcile")

# A head job may come to light late: Batch may have been slow to make it, or have said that there was none.
_HEAD_MAY_APPEAR = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconcileRuns:
    """Returns how many runs it did something about.

    Raises UnavailableError once it has been through all runs, if something was away for one of them.
    """

    runs: RunStoreService
    batch: BatchService
    queue: WorkQueue
    silence: timedelta  # how long a run may go unheard of
    clock: Callable[[], datetime]

    def run(self) -> int:
        since = self.clock() - self.silence
        ended = self.runs.archived_runs(since=since, ended_after=since - _HEAD_MAY_APPEAR)
        runs = [*self.runs.silent_runs(since=since), *self.runs.unarchived_runs(since=since), *ended]
        done, failures = 0, list[UnavailableError]()
        for run in runs:
            try:
                done += self._apply_rule(run)
            except UnavailableError as error:  # one run must not keep the others from being helped
                failures.append(error)
                why = {"action": "not_reconciled", "run_id": run.run_id, "why": error.message}
                log.warning("something is away that a run needs", extra=why)
        if failures:
            raise UnavailableError(f"{len(failures)} of {len(runs)} runs got no help; try again") from failures[0]
        return done

    def _apply_rule(self, run: Run) -> bool:
        """Whether something was done."""
        silent = self.clock() - last_heard(run)
        standing, head = phase_of(run), self._head_job(run)
        rule = rule_for(standing, head, silent=silent, patience=self.silence)
        if rule.remedy == Remedy.NOTHING or not self._do(rule.remedy, run, silent):
            return False
        self.runs.note_action(run.run_id, _action(rule, standing, head, silent), at=self.clock())
        log.warning(rule.why, extra={"action": rule.name, "run_id": run.run_id, "head_job": head.value})
        return True

    def _head_job(self, run: Run) -> HeadJob:
        if run.batch_job_name is None:
            return HeadJob.NOT_ASKED_FOR
        try:
            return head_job_of(self.batch.get_job(run.batch_job_name))
        except UnavailableError:
            return HeadJob.NO_ANSWER

    def _do(self, remedy: Remedy, run: Run, silent: timedelta) -> bool:
        """Ask for it, unless it was asked for at this turn already; whether that was now."""
        if remedy == Remedy.STOP_HEAD:
            self.batch.cancel_job(run.batch_job_name or "")
            return True
        turn = retry_number(remedy, silent=silent, patience=self.silence)
        step = ChainStep(run_id=run.run_id, chain=f"reconcile-{int(last_heard(run).timestamp())}-{turn}")
        return self.queue.add(remedy.value, step.as_json(), key=step.key)


def _action(rule: ReconcileRule, standing: RunPhase, head: HeadJob, silent: timedelta) -> AutomaticAction:
    evidence = {"run": standing.value, "head_job": head.value, "silent_s": int(silent.total_seconds())}
    return AutomaticAction(name=rule.name, why=rule.why, evidence=evidence)
