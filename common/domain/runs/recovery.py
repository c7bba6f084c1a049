"""The recovery of a failed or cancelled run by a new run.

Finished tasks are reused if the new run has the session and the work directory of the root run, the first run of a
chain of recoveries. A recovery that reuses nothing is the root of a new chain.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from common.domain.pipelines.pipeline import PipelineVersion
from common.domain.runs import files as run_files
from common.domain.runs.access import Caller
from common.domain.runs.files import Buckets
from common.domain.runs.run import WORK_DIR_REUSABLE, Run
from common.domain.runs.status import RunStatus
from common.domain.tasks.task import TaskStatus
from common.domain.users.user import default_display_name
from common.errors import ConflictError

RECOVERABLE = frozenset({RunStatus.FAILED, RunStatus.CANCELLED})
REUSABLE = frozenset({TaskStatus.COMPLETED, TaskStatus.CACHED})


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkDir:
    """The work directory of a root run, which recoveries may reuse until `expires_at`."""

    root_run_id: str
    uri: str
    expires_at: datetime


def require_recoverable(parent: Run) -> None:
    """Raise ConflictError unless the run has failed or was cancelled."""
    if parent.status not in RECOVERABLE:
        raise ConflictError(f"run {parent.run_id} is {parent.status}; only a failed or cancelled run can be recovered")


def merged_params(parent: Run, overrides: Mapping[str, Any]) -> dict[str, Any]:
    """The parent's params, overridden key by key; None removes a param."""
    return {name: value for name, value in {**parent.params, **overrides}.items() if value is not None}


def work_dir_of(root: Run, buckets: Buckets) -> WorkDir:
    """The work directory of the run `root`."""
    return WorkDir(
        root_run_id=root.run_id,
        uri=run_files.work_uri(buckets, root.run_id),
        expires_at=root.work_dir_expires_at or root.created_at + WORK_DIR_REUSABLE,
    )


def require_unexpired(work_dir: WorkDir, *, at: datetime) -> None:
    """Raise ConflictError from the moment on in which the work directory expires."""
    if at >= work_dir.expires_at:
        when = f"{work_dir.expires_at:%Y-%m-%d %H:%M} UTC"
        raise ConflictError(
            f"the work directory expired on {when}; send reuse_work_dir: false to start from the beginning"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """A planned recovery of `parent`; a `work_dir` of None means a new work directory and session."""

    parent: Run
    version: PipelineVersion
    params: Mapping[str, Any]
    work_dir: WorkDir | None
    notes: str | None

    def new_run(self, run_id: str, caller: Caller, *, new_session: str, buckets: Buckets, at: datetime) -> Run:
        """The pending run, owned by the caller; `new_session` is used if no work directory is reused."""
        return Run(
            run_id=run_id,
            pipeline=self.parent.pipeline,
            pipeline_version=self.parent.pipeline_version,
            status=RunStatus.PENDING,
            user_email=caller.email,
            user_name=default_display_name(caller.email),
            gcs_path=run_files.gcs_path(buckets, run_id),
            params=self.params,
            sample_count=self.parent.sample_count,
            samples=self.parent.samples,
            session_id=self.parent.session_id if self.work_dir else new_session,
            created_at=at,
            updated_at=at,
            source_ngs_runs=self.parent.source_ngs_runs,
            source_project=self.parent.source_project,
            parent_run_id=self.parent.run_id,
            is_recovery=True,
            recovery_notes=self.notes,
            reused_work_dir=self.work_dir.uri if self.work_dir else None,
            work_dir_expires_at=self.work_dir.expires_at if self.work_dir else None,
        )
