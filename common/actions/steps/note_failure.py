"""Note that a running run will fail, as soon as its log shows it.

After the first task that failed for good, Nextflow may continue for hours with the tasks that it has submitted: this is
the error strategy `finish`, which nf-core pipelines use.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from common.domain.diagnosis.diagnosis import diagnose, failure_so_far
from common.domain.nextflow.log.summary import LogSummary
from common.domain.runs.run import Run
from common.domain.runs.status import RunStatus
from common.services.ingest.store import IngestStore
from common.services.runs.store import RunStoreService


def note_failure(runs: RunStoreService, run: Run, summary: LogSummary, *, at: datetime) -> Run:
    """Store and journal the diagnosis of a running run whose log shows that it will fail, unless it is stored already.

    Raises UnavailableError.
    """
    found = failure_so_far(summary) if run.status == RunStatus.RUNNING else None
    if found is None or found.as_json() == run.diagnosis:
        return run
    return runs.note_failing(run.run_id, found, at=at)


def failure_before_a_cancel(run: Run, summary: LogSummary, ingest: IngestStore) -> Mapping[str, Any]:
    """The columns with the failure of a run that was cancelled after its log had shown one; empty if it had shown none.

    Raises UnavailableError.
    """
    if failure_so_far(summary) is None:
        return {}
    failed_task = ingest.failed_task(run.run_id, task_hash=summary.error_hash, name=summary.error_task)
    found = diagnose(summary, failed_task=failed_task)
    return {"exit_code": found.exit_code, **found.as_columns()}
