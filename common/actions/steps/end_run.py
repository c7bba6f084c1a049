"""End a run: finish its tasks, diagnose a failure, and write the final state."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from common.domain.batch.job import BatchJob, exit_code_in, reason_for_end
from common.domain.diagnosis.diagnosis import diagnose
from common.domain.ingest.cursor import FileCursor
from common.domain.ingest.reading import end_of_trace, summary_so_far
from common.domain.nextflow.log.summary import LogSummary
from common.domain.runs import files as run_files
from common.domain.runs.ending import RunEnd
from common.domain.runs.live_events import AutomaticAction
from common.domain.runs.run import Run
from common.domain.runs.status import RunStatus, status_path
from common.errors import NotFoundError, TooLargeError
from common.services.ingest.store import IngestStore
from common.services.runs.store import RunStoreService
from common.services.storage.service import StorageService

# launch.sh ends it with a newline; without one, its copy was cut off. Nothing is missing after a 0.
_EXIT_STATUS = re.compile(r"([0-9]{1,3})\s+|0")
_JOURNALED_EVENTS, _LONGEST_EVENT = 20, 1_000
_LARGEST_CODE = 99_999  # Cloud Batch's own codes are around 50,000


@dataclass(frozen=True, slots=True, kw_only=True)
class EndRun:
    """Ends a live run as `end`. `job` is its head job, None if Batch no longer has it; `log` is the cursor of its log.

    Raises UnavailableError.
    """

    runs: RunStoreService
    storage: StorageService
    ingest: IngestStore
    clock: Callable[[], datetime]

    def run(self, run: Run, end: RunEnd, *, job: BatchJob | None, log: FileCursor) -> Run:
        self._finish_trace(run)
        summary = summary_so_far(log, near=run.created_at)
        facts = self._facts(run, end, summary, job)
        with self.ingest.writing(run.run_id) as writer:
            writer.abort_unfinished_tasks()
            writer.note_progress(at=self.clock())
        for status in status_path(run.status, end.status, has_started=summary.started_at is not None):
            is_end = status == end.status
            at = summary.started_at if status == RunStatus.RUNNING and summary.started_at else self.clock()
            facts_now, after = (facts, end_of_head_job(job)) if is_end else (None, None)
            run = self.runs.update_run_status(run.run_id, status, at=at, facts=facts_now, after=after)
        return run

    def _finish_trace(self, run: Run) -> None:
        with self.ingest.writing(run.run_id) as writer:
            before = writer.cursor(run_files.TRACE)
            rest = end_of_trace(before)
            writer.merge_tasks(rest.tasks, rest.source)
            if rest.cursor != before:
                writer.move_cursor(run_files.TRACE, rest.cursor, after=before, at=self.clock())

    def _facts(self, run: Run, end: RunEnd, summary: LogSummary, job: BatchJob | None) -> Mapping[str, Any]:
        head_exit_code = self.head_exit_code(run)
        if end.status != RunStatus.FAILED:
            no_failure = {"error_message": None, "error_task": None, "diagnosis": None}
            return {"status_detail": end.detail, "exit_code": head_exit_code, **no_failure}
        found = diagnose(
            summary,
            failed_task=self.ingest.failed_task(run.run_id, task_hash=summary.error_hash, name=summary.error_task),
            batch_events=job.events if job and not job.has_succeeded else (),
            head_exit_code=head_exit_code,
        )
        if end.reason:
            found = replace(found, message=end.reason)
        return {
            "status_detail": end.detail,
            "exit_code": _first_valid(found.exit_code, head_exit_code, _exit_code_from_batch(job)),
            "error_message": found.message or reason_for_end(job),
            "error_task": found.error_task,
            "diagnosis": found.as_json(),
        }

    def head_exit_code(self, run: Run) -> int | None:
        """The exit code that launch.sh wrote last; None if it ended before."""
        try:
            text = self.storage.get_file_text(run.run_id, run_files.EXIT_CODE)
        except (NotFoundError, TooLargeError):
            return None
        return int(text) if _EXIT_STATUS.fullmatch(text) else None


def end_of_head_job(job: BatchJob | None) -> AutomaticAction:
    """What Batch said of the head job when it had ended, for the journal; None stands for a job that it lost."""
    if job is None:
        return AutomaticAction(name="head_job_gone", why=reason_for_end(None), evidence={})
    since = job.state_since.isoformat() if job.state_since else None
    events = [event[:_LONGEST_EVENT] for event in job.events[-_JOURNALED_EVENTS:]]
    evidence = {"job": job.name, "state": job.state.name, "since": since, "events": events}
    return AutomaticAction(name="head_job_ended", why=f"Cloud Batch: {job.state.name}", evidence=evidence)


def _first_valid(*codes: int | None) -> int | None:
    """The first known exit code in the valid range; a log may contain any number."""
    return next((code for code in codes if code is not None and abs(code) <= _LARGEST_CODE), None)


def _exit_code_from_batch(job: BatchJob | None) -> int | None:
    """The exit code in Batch's events, for a head job that could not write its own."""
    found = exit_code_in(job.events) if job else None
    return found[0] if found else None
