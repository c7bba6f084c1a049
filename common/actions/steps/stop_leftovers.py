"""Stop jobs that live in Cloud Batch although their run is over."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from common.actions.steps.sweep_jobs import report_jobs_that_do_not_end, stop_jobs
from common.domain.batch.job import RUN_LABEL, BatchJob
from common.domain.batch.leftovers import Leftovers, leftovers_in
from common.domain.runs.live_events import AutomaticAction
from common.domain.runs.run import Run
from common.errors import UnavailableError
from common.services.batch.child_jobs import ChildJobStore
from common.services.batch.service import BatchService
from common.services.runs.store import RunStoreService
from common.telemetry import telemetry

log = telemetry("leftovers")

_SHOWN = 10  # names of jobs in the journal and in telemetry
_LOOKED_UP = 20  # jobs of one run that are being stopped


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundLeftovers:
    """The jobs to stop, and the runs that are over although their head job lives.

    `batch_away` says why Batch did not answer; None if it did.
    """

    jobs: Leftovers
    with_head: Sequence[Run]
    batch_away: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StopLeftovers:
    """Compares all live jobs of this deployment with the runs in the database."""

    runs: RunStoreService
    batch: BatchService
    jobs: ChildJobStore
    clock: Callable[[], datetime]

    def find(self) -> FoundLeftovers:
        """All leftovers; none while Batch is away, because the next pass looks again."""
        away = None
        try:
            jobs = list(self.batch.live_jobs())  # before the runs: a run is stored before its first job exists
        except UnavailableError as error:
            why = {"action": "leftovers_not_found", "why": error.message}
            log.warning("jobs of finished runs were not looked for: Cloud Batch is away", extra=why)
            jobs, away = [], error.message
        known = self.runs.find_runs({job.labels.get(RUN_LABEL, "") for job in jobs})
        found = leftovers_in(jobs, {run_id: run.is_over for run_id, run in known.items()}, at=self.clock())
        heads = [known[run_id] for run_id in sorted(found.heads)]
        return FoundLeftovers(jobs=found, with_head=heads, batch_away=away)

    def stop(self, found: FoundLeftovers) -> tuple[int, list[UnavailableError]]:
        """Stop task jobs of runs that are over, and a few old jobs of unknown runs.

        Returns the number of runs with stopped jobs, and the errors of those for which Batch was away.
        """
        done, failures = 0, list[UnavailableError]()
        works = [partial(self._stop, run_id, left) for run_id, left in found.jobs.of_runs.items()]
        for work in [*works, partial(self._stop_unknown, found.jobs)]:
            try:
                done += work()
            except UnavailableError as error:  # go on: the jobs of other runs cost money, too
                failures.append(error)
        return done, failures

    def _stop(self, run_id: str, left: Sequence[BatchJob]) -> bool:
        """Stop jobs of one run; False if all of them are being stopped already."""
        self.jobs.note_listed(run_id, left)
        stopped = stop_jobs(self.batch, left).stopped
        if stopped:
            why = "the run is over, but jobs of it were still in Cloud Batch"
            evidence = {"jobs": len(stopped), "first": stopped[:_SHOWN]}
            action = AutomaticAction(name="orphans_stopped", why=why, evidence=evidence)
            self.runs.note_action(run_id, action, at=self.clock())
            log.warning(why, extra={"action": "orphans_stopped", "run_id": run_id, **evidence})
        self._report_stuck(run_id, [job for job in left if not job.needs_stopping][:_LOOKED_UP])
        return bool(stopped)

    def _report_stuck(self, run_id: str, stopping: Sequence[BatchJob]) -> None:
        for listed in stopping:
            job = self.batch.get_job(listed.name)  # a listing does not say since when
            if job and not job.has_ended and job.state_since:
                report_jobs_that_do_not_end(run_id, [job.name], waited=self.clock() - job.state_since)

    def _stop_unknown(self, found: Leftovers) -> bool:
        """Stop jobs of unknown runs, unless there are suspiciously many; whether any was stopped."""
        names = [job.name for job in found.unknown]
        facts = {"jobs": len(names), "first": names[:_SHOWN]}
        if not found.may_stop_unknown:
            words = "too many jobs belong to runs that the database does not know; none of them was stopped"
            log.error(words, extra={"action": "unknown_jobs", **facts})
        elif names:
            stop_jobs(self.batch, found.unknown)
            log.warning(
                "stopped jobs of runs that the database does not know",
                extra={"action": "unknown_jobs_stopped", **facts},
            )
        return bool(names) and found.may_stop_unknown
