from dataclasses import replace
from datetime import timedelta

import pytest

from common.domain.pipelines.pipeline import PipelineVersion
from common.domain.runs.access import Caller
from common.domain.runs.files import Buckets
from common.domain.runs.recovery import Recovery, WorkDir, merged_params, require_recoverable, work_dir_of
from common.domain.runs.run import Run
from common.domain.runs.status import RunStatus
from common.errors import ConflictError
from tests.support.runs import NOON, make_run

BUCKETS = Buckets(runs="runs-b", logs="logs-b", work="work-b")
LATER = NOON + timedelta(hours=3)
NEW_SESSION = "99999999-2b6f-4b27-9d0e-3a4f5b6c7d8e"
PARENT = make_run(
    run_id="run-aaaaaaaa",
    status=RunStatus.FAILED,
    source_ngs_runs=("NB0231",),
    source_project="atlas",
    submitted_at=NOON,
    failed_at=NOON,
    batch_job_name="job",
    exit_code=1,
    error_message="out of memory",
    metrics={"progress": 0.5},
    diagnosis={"cause": "out_of_memory"},
    status_detail="detail",
    event_seq=7,
    launch_attempt=2,
)
WORK_DIR = work_dir_of(PARENT, BUCKETS)
RELEASE = PipelineVersion(pipeline="nf-core/scrnaseq", version="2.7.1", groups=(), params=(), columns=())


def recovered(work_dir: WorkDir | None = WORK_DIR, parent: Run = PARENT) -> Run:
    recovery = Recovery(parent=parent, version=RELEASE, params={"aligner": "star"}, work_dir=work_dir, notes="again")
    caller = Caller(email="root@lab.example", is_admin=True)
    return recovery.new_run("run-bbbbbbbb", caller, new_session=NEW_SESSION, buckets=BUCKETS, at=LATER)


@pytest.mark.parametrize("status", [RunStatus.FAILED, RunStatus.CANCELLED])
def test_failed_and_cancelled_runs_can_be_recovered(status: RunStatus) -> None:
    require_recoverable(make_run(status=status))


@pytest.mark.parametrize("status", [status for status in RunStatus if status not in {"failed", "cancelled"}])
def test_other_runs_cannot_be_recovered(status: RunStatus) -> None:
    with pytest.raises(ConflictError, match=f"is {status}"):
        require_recoverable(make_run(status=status))


def test_overrides_replace_params_key_by_key() -> None:
    parent = make_run(params={"aligner": "alevin", "protocol": "10XV3"})
    assert merged_params(parent, {"aligner": "star", "genome": "GRCh38"}) == {
        "aligner": "star",
        "protocol": "10XV3",
        "genome": "GRCh38",
    }
    assert parent.params == {"aligner": "alevin", "protocol": "10XV3"}


def test_a_work_directory_expires_at_the_time_stored_with_its_root() -> None:
    root = make_run(created_at=NOON, submitted_at=LATER, work_dir_expires_at=LATER + timedelta(days=30))
    assert work_dir_of(root, BUCKETS) == WorkDir(
        root_run_id=root.run_id, uri=f"gs://work-b/runs/{root.run_id}/work", expires_at=LATER + timedelta(days=30)
    )


def test_a_work_directory_expires_30_days_after_creation_if_the_root_was_never_submitted() -> None:
    assert work_dir_of(make_run(), BUCKETS).expires_at == NOON + timedelta(days=30)


def test_the_new_run_belongs_to_the_caller_and_inherits_the_inputs_of_its_parent() -> None:
    assert recovered() == Run(
        run_id="run-bbbbbbbb",
        pipeline=PARENT.pipeline,
        pipeline_version=PARENT.pipeline_version,
        status=RunStatus.PENDING,
        user_email="root@lab.example",
        user_name="root",
        gcs_path="gs://runs-b/runs/run-bbbbbbbb",
        params={"aligner": "star"},
        sample_count=PARENT.sample_count,
        session_id=PARENT.session_id,
        created_at=LATER,
        updated_at=LATER,
        source_ngs_runs=("NB0231",),
        source_project="atlas",
        parent_run_id="run-aaaaaaaa",
        is_recovery=True,
        recovery_notes="again",
        work_dir_expires_at=WORK_DIR.expires_at,
        reused_work_dir="gs://work-b/runs/run-aaaaaaaa/work",
    )


def test_a_recovery_that_reuses_nothing_has_a_new_session() -> None:
    afresh = recovered(work_dir=None)
    assert (afresh.session_id, afresh.reused_work_dir, afresh.is_recovery) == (NEW_SESSION, None, True)
    assert afresh.root_run_id == "run-bbbbbbbb"


def test_a_recovery_of_a_recovery_uses_the_work_directory_of_the_root() -> None:
    grandchild = recovered(parent=replace(recovered(), status=RunStatus.CANCELLED))
    assert (grandchild.root_run_id, grandchild.session_id) == ("run-aaaaaaaa", PARENT.session_id)
