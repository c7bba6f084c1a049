"""Example runs and tasks; a test changes the fields it needs."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from common.domain.runs.run import Run
from common.domain.runs.status import RunStatus
from common.domain.tasks.task import Task, TaskStatus

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
OWNER = "ana@lab.example"

_RUN = Run(
    run_id="run-1a2b3c4d",
    pipeline="nf-core/scrnaseq",
    pipeline_version="2.7.1",
    status=RunStatus.PENDING,
    user_email=OWNER,
    user_name="ana",
    gcs_path="gs://sluice-runs/runs/run-1a2b3c4d",
    params={"aligner": "alevin", "protocol": "10XV3"},
    sample_count=2,
    session_id="0e9c6c5e-2b6f-4b27-9d0e-3a4f5b6c7d8e",
    created_at=NOON,
    updated_at=NOON,
)
_TASK = Task(
    hash="ab/cdef01",
    name="NFCORE_SCRNASEQ:SCRNASEQ:FASTQC (sample_1)",
    process="NFCORE_SCRNASEQ:SCRNASEQ:FASTQC",
    tag="sample_1",
    status=TaskStatus.SUBMITTED,
)


def make_run(**changes: Any) -> Run:  # noqa: ANN401 a field of any type
    """A pending run of Ana, created at NOON; its path and session id are derived from its id."""
    run_id = changes.get("run_id", _RUN.run_id)
    own = {"gcs_path": f"gs://sluice-runs/runs/{run_id}", "session_id": str(uuid5(NAMESPACE_OID, run_id))}
    return replace(_RUN, **own | changes)


def make_task(**changes: Any) -> Task:  # noqa: ANN401 a field of any type
    """A submitted FastQC task of one sample, without any other facts."""
    return _TASK._replace(**changes)
