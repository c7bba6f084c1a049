"""A run: one execution of a pipeline."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from common.domain.runs import files as run_files
from common.domain.runs.access import Access
from common.domain.runs.status import FINAL_STATUSES, RunStatus

FAILING = "the run will fail: Nextflow only finishes the tasks that it has submitted; cancel the run to stop them"
RUN_ID = re.compile(r"run-[0-9a-f]{8}")
# A recovery may reuse a work directory for this long after its first run was submitted. The bucket's lifecycle rule
# deletes objects 14 days later, the longest time that a head job can run, so nothing is deleted under a live task.
WORK_DIR_REUSABLE = timedelta(days=30)


def run_id_from(number: int) -> str:
    """The run id made from the low 32 bits of `number`: `run-` and 8 hex digits."""
    return f"run-{number & 0xFFFFFFFF:08x}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOutline:
    """Whose a run is, who may read it, when it began and whether it is over: all that most pages need to know."""

    run_id: str
    user_email: str
    status: RunStatus
    created_at: datetime
    shared_with: tuple[str, ...] = ()

    @property
    def is_over(self) -> bool:
        return self.status in FINAL_STATUSES

    @property
    def access(self) -> Access:
        return Access(self.user_email, self.shared_with)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run(RunOutline):
    """One row of the table `runs`. All times are aware and in UTC."""

    pipeline: str
    pipeline_version: str
    gcs_path: str
    params: Mapping[str, Any]
    sample_count: int
    session_id: str
    user_name: str | None = None
    updated_at: datetime
    submitted_at: datetime | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None
    failed_at: datetime | None = None
    cancelled_at: datetime | None = None
    batch_job_name: str | None = None  # None until a launch has claimed the run
    source_ngs_runs: tuple[str, ...] = field(default=())
    source_project: str | None = None
    parent_run_id: str | None = None
    is_recovery: bool = False
    recovery_notes: str | None = None
    reused_work_dir: str | None = None
    exit_code: int | None = None
    error_message: str | None = None
    error_task: str | None = None
    metrics: Mapping[str, Any] | None = None
    cancel_requested_at: datetime | None = None
    status_detail: str | None = None
    synced_at: datetime | None = None
    launch_attempt: int = 0
    event_seq: int = 0
    diagnosis: Mapping[str, Any] | None = None
    work_dir_expires_at: datetime | None = None  # None until the run, or the one it reuses, was submitted
    archived_at: datetime | None = None  # when the logs of a run that is over were archived
    samples: str | None = None  # names, one a line, for searches; None for runs of earlier releases
    name: str | None = None
    note: str | None = None
    labels: tuple[str, ...] = ()
    notify: bool | None = None  # None: as its owner prefers

    @property
    def failing(self) -> bool:
        """Whether Nextflow still runs although the run will fail: only then does a live run have a diagnosis."""
        return not self.is_over and self.diagnosis is not None

    @property
    def root_run_id(self) -> str:
        """The run whose work directory and session this run uses: itself, unless it reuses another's."""
        return run_files.run_id_in_work_uri(self.reused_work_dir) if self.reused_work_dir else self.run_id
