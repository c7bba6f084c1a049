import uuid
from datetime import timedelta
from typing import Any

import pytest
import yaml

from common.domain.runs.access import Caller
from common.domain.runs.files import PARAMS, SAMPLESHEET, USER_CONFIG
from common.domain.runs.run import Run
from common.domain.runs.status import RunStatus
from common.errors import (
    AuthorizationError,
    ConflictError,
    NotFoundError,
    TooManyRequestsError,
    UnavailableError,
    ValidationError,
)
from common.schemas.runs import RunRecoverRequest
from common.services.runs.creation import OwnerLimits
from tests.support.actions.fakes import CrashError
from tests.support.actions.stage import ADMIN, ANA, BEN, RUN, Stage
from tests.support.runs import NOON, OWNER, make_run

NEW = "run-00000002"
KEY = str(uuid.UUID(int=7))
GIVEN = {"genome": "GRCh38", "protocol": "10XV3", "aligner": "star"}
INPUTS = {SAMPLESHEET: b"sample,fastq_1\n", USER_CONFIG: b"process.cpus = 2\n", PARAMS: b"old: true\n"}


@pytest.fixture
def parent(stage: Stage) -> Run:
    """A run that failed and left work; the next run will be NEW."""
    run = stage.pending(params=GIVEN, source_project="atlas")
    stage.storage.upload_run_files(RUN, INPUTS)
    stage.storage.work_dirs.add(RUN)
    stage.runs.update_run_status(RUN, RunStatus.SUBMITTED, at=NOON)
    stage.numbers = [2]
    return stage.runs.update_run_status(run.run_id, RunStatus.FAILED, at=NOON)


def recover(
    stage: Stage,
    run_id: str = RUN,
    caller: Caller = ANA,
    creation_key: str | None = None,
    **fields: Any,  # noqa: ANN401
) -> Run:
    return stage.recover.run(run_id, RunRecoverRequest.model_validate(fields), caller, creation_key=creation_key)


def end(stage: Stage, run_id: str, status: RunStatus = RunStatus.CANCELLED) -> None:
    stage.runs.update_run_status(run_id, status, at=NOON)


def test_a_recovery_continues_in_the_parents_directory_and_session(stage: Stage, parent: Run) -> None:
    recovered = recover(stage, notes="again", notify=False)

    run = stage.run(NEW)
    assert run.notify is False
    assert run.run_id == recovered.run_id
    assert (run.status, run.parent_run_id, run.is_recovery) == (RunStatus.PENDING, RUN, True)
    assert (run.session_id, run.reused_work_dir) == (parent.session_id, f"gs://sluice-work/runs/{RUN}/work")
    assert (run.recovery_notes, run.params, run.source_project) == ("again", GIVEN, "atlas")
    assert recovered.work_dir_expires_at == NOON + timedelta(days=30)


def test_a_recovery_has_the_parents_inputs_and_its_own_params(stage: Stage, parent: Run) -> None:
    recover(stage, override_params={"aligner": "kallisto"})
    assert stage.storage.inputs[NEW, SAMPLESHEET] == INPUTS[SAMPLESHEET]
    assert stage.storage.inputs[NEW, USER_CONFIG] == INPUTS[USER_CONFIG]
    assert yaml.safe_load(stage.storage.inputs[NEW, PARAMS]) == GIVEN | {"aligner": "kallisto"}
    assert stage.run(NEW).params == GIVEN | {"aligner": "kallisto"}


def test_a_config_may_be_replaced(stage: Stage, parent: Run) -> None:
    recover(stage, override_config="process.memory = '64 GB'\n")
    assert stage.storage.inputs[NEW, USER_CONFIG] == b"process.memory = '64 GB'\n"


def test_a_recovery_is_journaled_and_its_launch_queued(stage: Stage, parent: Run) -> None:
    recover(stage)
    assert stage.journal(NEW) == ["pending"]
    assert [(item.kind, item.body["run_id"]) for item in stage.queue.items] == [("launch", NEW)]


def test_the_head_job_of_a_recovery_resumes_the_session(stage: Stage, parent: Run) -> None:
    recover(stage)
    stage.launch.run(NEW)
    (plan,) = stage.batch.plans
    assert plan.environment["RESUME_SESSION"] == parent.session_id
    assert plan.environment["WORK_DIR"] == f"gs://sluice-work/runs/{RUN}/work"


def test_a_recovery_of_a_recovery_uses_the_roots_directory(stage: Stage, parent: Run) -> None:
    recover(stage)
    end(stage, NEW)
    stage.numbers = [3]
    third = recover(stage, NEW)
    assert (third.parent_run_id, third.root_run_id, third.session_id) == (NEW, RUN, parent.session_id)


def test_a_run_that_reused_nothing_is_the_root_of_its_recoveries(stage: Stage, parent: Run) -> None:
    afresh = recover(stage, reuse_work_dir=False)
    assert (afresh.reused_work_dir, afresh.work_dir_expires_at, afresh.is_recovery) == (None, None, True)
    assert afresh.session_id != parent.session_id
    end(stage, NEW)
    stage.storage.work_dirs.add(NEW)
    stage.numbers = [3]
    assert recover(stage, NEW).root_run_id == NEW


def test_a_recovery_belongs_to_its_caller(stage: Stage, parent: Run) -> None:
    assert recover(stage, caller=ADMIN).user_email == ADMIN.email
    assert stage.run().user_email == OWNER


def test_other_users_may_not_recover_a_run(stage: Stage, parent: Run) -> None:
    with pytest.raises(AuthorizationError):
        recover(stage, caller=BEN)


def test_an_unknown_run_is_not_found(stage: Stage) -> None:
    with pytest.raises(NotFoundError):
        recover(stage, "run-00000009")


@pytest.mark.parametrize("steps", [(), ("submitted",), ("submitted", "running"), ("submitted", "running", "completed")])
def test_an_active_or_completed_run_cannot_be_recovered(stage: Stage, steps: tuple[str, ...]) -> None:
    stage.pending(params=GIVEN)
    for step in steps:
        end(stage, RUN, RunStatus(step))
    with pytest.raises(ConflictError, match="only a failed or cancelled run"):
        recover(stage)


def test_an_empty_work_directory_is_a_conflict_with_a_remedy(stage: Stage, parent: Run) -> None:
    stage.storage.work_dirs.clear()
    with pytest.raises(ConflictError, match="reuse_work_dir: false"):
        recover(stage)
    assert recover(stage, reuse_work_dir=False).run_id == NEW


def test_a_work_directory_can_be_reused_for_30_days(stage: Stage, parent: Run) -> None:
    stage.clock.advance(days=30, seconds=-1)
    run = recover(stage)
    assert run.work_dir_expires_at == NOON + timedelta(days=30)
    end(stage, run.run_id, RunStatus.SUBMITTED)
    assert stage.run(run.run_id).work_dir_expires_at == NOON + timedelta(days=30)


@pytest.mark.parametrize("late", [timedelta(0), timedelta(seconds=1), timedelta(days=200)])
def test_an_expired_work_directory_is_not_reused_even_if_it_has_files(
    stage: Stage, parent: Run, late: timedelta
) -> None:
    stage.clock.advance(days=30, seconds=late.total_seconds())
    with pytest.raises(ConflictError, match="expired on 2026-12-23 12:00 UTC; send reuse_work_dir: false"):
        recover(stage)
    assert recover(stage, reuse_work_dir=False).work_dir_expires_at is None


def test_a_recovery_of_a_recovery_expires_with_the_first_run(stage: Stage, parent: Run) -> None:
    stage.clock.advance(days=29)
    first = recover(stage)
    end(stage, first.run_id, RunStatus.SUBMITTED)
    end(stage, first.run_id)
    stage.numbers = [3]
    stage.clock.advance(days=2)
    with pytest.raises(ConflictError, match="expired"):
        recover(stage, first.run_id)


def test_a_second_recovery_waits_until_the_first_is_over(stage: Stage, parent: Run) -> None:
    recover(stage)
    stage.numbers = [3]
    with pytest.raises(ConflictError, match=NEW):
        recover(stage)
    end(stage, NEW)
    assert recover(stage).run_id == "run-00000003"


def test_merged_params_are_validated_again(stage: Stage, parent: Run) -> None:
    with pytest.raises(ValidationError) as refused:
        recover(stage, override_params={"aligner": "bowtie", "run_id": "run-00000001"})
    assert {fault.field for fault in refused.value.faults} == {"override_params.aligner", "override_params.run_id"}


def test_a_fault_of_the_parents_params_is_not_reported_as_an_override(stage: Stage) -> None:
    stage.pending(params={"genome": "GRCh38", "protocol": "10XV3", "aligner": "bowtie"})
    stage.runs.update_run_status(RUN, RunStatus.CANCELLED, at=NOON)
    with pytest.raises(ValidationError) as refused:
        recover(stage, reuse_work_dir=False, override_params={"skip_emptydrops": "maybe"})
    assert {fault.field for fault in refused.value.faults} == {"params.aligner", "override_params.skip_emptydrops"}


def test_overriding_with_null_removes_a_parameter(stage: Stage, parent: Run) -> None:
    run = recover(stage, override_params={"multiqc_title": "x"})
    end(stage, run.run_id)
    stage.numbers = [3]
    again = recover(stage, run.run_id, override_params={"multiqc_title": None})
    assert "multiqc_title" not in again.params
    assert "multiqc_title" not in yaml.safe_load(stage.storage.inputs[again.run_id, PARAMS])


def test_aliases_in_overrides_are_resolved_for_the_pipeline(stage: Stage, parent: Run) -> None:
    run = recover(stage, override_params={"aligner": "simpleaf"})
    assert run.params["aligner"] == "simpleaf"
    assert yaml.safe_load(stage.storage.inputs[run.run_id, PARAMS])["aligner"] == "alevin"


def test_a_parameter_that_fills_the_sheet_cannot_be_overridden(stage: Stage, parent: Run) -> None:
    with pytest.raises(ValidationError) as refused:
        recover(stage, override_params={"expected_cells": 5000})
    assert [fault.field for fault in refused.value.faults] == ["override_params.expected_cells"]


def test_an_override_config_may_not_make_reserved_settings(stage: Stage, parent: Run) -> None:
    with pytest.raises(ValidationError) as refused:
        recover(stage, override_config="cleanup = true\n")
    assert [(fault.field, fault.row) for fault in refused.value.faults] == [("override_config", 1)]


def test_a_release_that_the_registry_no_longer_has_is_a_conflict(stage: Stage) -> None:
    stage.pending(pipeline_version="1.0.0")
    end(stage, RUN)
    with pytest.raises(ConflictError, match=r"1\.0\.0"):
        recover(stage)


def test_a_refused_recovery_leaves_nothing(stage: Stage, parent: Run) -> None:
    stage.storage.work_dirs.clear()
    before = dict(stage.storage.inputs)
    with pytest.raises(ConflictError):
        recover(stage)
    assert (stage.storage.inputs, stage.queue.items) == (before, [])
    assert stage.rows("SELECT run_id FROM runs") == [(RUN,)]


def test_a_plan_changes_nothing(stage: Stage, parent: Run) -> None:
    before = dict(stage.storage.inputs)
    plan = stage.recover.plan.run(RUN, RunRecoverRequest(override_params={"aligner": "kallisto"}), ANA)
    assert (plan.parent.run_id, plan.params["aligner"]) == (RUN, "kallisto")
    assert plan.work_dir
    assert plan.work_dir.root_run_id == RUN
    assert (stage.storage.inputs, stage.queue.items) == (before, [])
    assert stage.rows("SELECT run_id FROM runs") == [(RUN,)]


def test_a_recovery_over_the_rate_limit_stores_nothing(stage: Stage, parent: Run) -> None:
    for number in range(100, 109):
        stage.runs.create_run(make_run(run_id=f"run-{number:08x}"))
    before = dict(stage.storage.inputs)
    with pytest.raises(TooManyRequestsError):
        recover(stage)
    assert stage.storage.inputs == before


def test_attempts_that_die_at_any_step_make_one_recovery_per_creation_key(stage: Stage, parent: Run) -> None:
    for step in range(1, 20):
        stage.steps.taken, stage.steps.crash_at, stage.numbers = 0, step, [step + 10]
        try:
            recover(stage, creation_key=KEY)
            break
        except CrashError:
            continue
    made = stage.rows("SELECT run_id FROM runs WHERE is_recovery")
    assert step > 4
    assert len(made) == 1
    assert [item.body["run_id"] for item in stage.queue.items] == [made[0][0]]


def test_a_repeated_recovery_returns_its_run_even_if_that_is_over(stage: Stage, parent: Run) -> None:
    first = recover(stage, creation_key=KEY)
    end(stage, NEW)
    again = recover(stage, creation_key=KEY)
    assert (again.run_id, again.work_dir_expires_at) == (NEW, first.work_dir_expires_at)


def test_a_recovery_succeeds_while_the_queue_is_down_and_reconcile_launches_it(stage: Stage, parent: Run) -> None:
    stage.queue.is_down = True
    assert recover(stage).run_id == NEW
    stage.queue.is_down = False
    stage.clock.advance(minutes=10)
    stage.reconcile.run()
    assert [item.body["run_id"] for item in stage.queue.items if item.kind == "launch"] == [NEW]


def test_a_recovery_succeeds_when_the_database_is_lost_right_after_its_commit(
    stage: Stage, parent: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    create = stage.runs.create_recovery_run

    def is_away(*_: object) -> Run:
        raise UnavailableError("the database is unavailable; try again")

    def create_and_lose(run: Run, *, limits: OwnerLimits, creation_key: str | None = None) -> bool:
        is_new = create(run, limits=limits, creation_key=creation_key)
        monkeypatch.setattr(stage.runs, "get_run", is_away)
        return is_new

    monkeypatch.setattr(stage.runs, "create_recovery_run", create_and_lose)
    recovered = recover(stage)
    assert recovered.run_id == NEW
    assert recovered.work_dir_expires_at is not None
