"""POST /api/runs/{id}/recover, from the request to Postgres."""

import json
from typing import Any

import pytest
from flask import Response

from common.domain.runs.files import SAMPLESHEET, USER_CONFIG
from common.domain.runs.status import RunStatus
from common.domain.tasks.merging import TaskSource
from common.domain.tasks.task import TaskStatus
from tests.support.actions.stage import ADMIN, BEN, RUN, Stage
from tests.support.runs import NOON, OWNER, make_task
from tests.unit.functions.runs.conftest import Ask

RECOVER = f"/api/runs/{RUN}/recover"
NEW = "run-00000002"
WORK_DIR = f"gs://sluice-work/runs/{RUN}/work"
KEYED = {"Idempotency-Key": "again"}


@pytest.fixture(autouse=True)
def failed(stage: Stage) -> None:
    """A failed run with one finished task; the next run will be NEW."""
    stage.pending(params={"genome": "GRCh38", "protocol": "10XV3", "aligner": "star"})
    stage.storage.upload_run_files(RUN, {SAMPLESHEET: b"sample\n", USER_CONFIG: b"//\n"})
    stage.storage.work_dirs.add(RUN)
    with stage.ingest.writing(RUN) as writer:
        writer.merge_tasks([make_task(status=TaskStatus.COMPLETED)], TaskSource.TRACE)
        writer.merge_tasks([make_task(hash="ff/000000", name="STAR", status=TaskStatus.FAILED)], TaskSource.TRACE)
    stage.runs.update_run_status(RUN, RunStatus.FAILED, at=NOON)
    stage.numbers = [2]


def body_of(response: Response) -> Any:  # noqa: ANN401 a test knows what it expects
    return json.loads(response.data)


def ids(stage: Stage) -> list[str]:
    return [run_id for (run_id,) in stage.rows("SELECT run_id FROM runs ORDER BY created_at, run_id DESC")]


def test_the_answer_has_the_new_run_and_the_expiry_of_its_work_directory(ask: Ask) -> None:
    answer = ask("POST", RECOVER, {"notes": "again"})
    body = body_of(answer)
    assert (answer.status_code, answer.headers["Location"]) == (201, f"/api/runs/{NEW}")
    assert (body["run_id"], body["status"], body["parent_run_id"]) == (NEW, "pending", RUN)
    assert (body["is_recovery"], body["recovery_notes"], body["reused_work_dir"]) == (True, "again", WORK_DIR)
    assert body["work_dir_expires_at"] == "2026-12-23T12:00:00Z"


def test_a_recovery_without_reuse_has_no_expiry(ask: Ask) -> None:
    body = body_of(ask("POST", RECOVER, {"reuse_work_dir": False}))
    assert (body["reused_work_dir"], body["work_dir_expires_at"], body["is_recovery"]) == (None, None, True)


def test_a_plan_estimates_reuse_and_changes_nothing(ask: Ask, stage: Stage) -> None:
    answer = ask("POST", f"{RECOVER}?plan=true", {"override_params": {"aligner": "kallisto"}}, headers=KEYED)
    body = body_of(answer)
    assert answer.status_code == 200
    assert (body["parent_run_id"], body["params"]["aligner"]) == (RUN, "kallisto")
    assert (body["reused_work_dir"], body["work_dir_expires_at"]) == (WORK_DIR, "2026-12-23T12:00:00Z")
    assert (body["reused_count"], body["run_again_count"]) == (1, 1)
    assert [(task["name"], task["reused"]) for task in body["tasks"]] == [
        ("STAR", False),
        ("NFCORE_SCRNASEQ:SCRNASEQ:FASTQC (sample_1)", True),
    ]
    assert ids(stage) == [RUN]


@pytest.mark.parametrize("address", [RECOVER, f"{RECOVER}?plan=true"])
def test_a_setting_that_the_pipeline_overrides_is_a_warning(ask: Ask, address: str) -> None:
    body = body_of(ask("POST", address, {"override_config": "process { cpus = 9 }"}))
    assert [(warning["field"], warning["row"]) for warning in body["warnings"]] == [("override_config", 1)]


def test_a_plan_without_reuse_reuses_nothing(ask: Ask) -> None:
    body = body_of(ask("POST", f"{RECOVER}?plan=true", {"reuse_work_dir": False}))
    assert (body["reused_count"], body["run_again_count"], body["reused_work_dir"]) == (0, 2, None)


@pytest.mark.parametrize("query", ["", "?plan=true"])
def test_a_plan_refuses_a_malformed_key(ask: Ask, query: str) -> None:
    refused = ask("POST", RECOVER + query, {}, headers={"Idempotency-Key": "\xe9"})
    assert (refused.status_code, body_of(refused)["faults"][0]["field"]) == (422, "Idempotency-Key")


def test_a_plan_does_not_use_up_the_key(ask: Ask) -> None:
    ask("POST", f"{RECOVER}?plan=true", {}, headers=KEYED)
    assert ask("POST", RECOVER, {}, headers=KEYED).status_code == 201


def test_a_repeated_recovery_is_answered_as_the_first(ask: Ask, stage: Stage) -> None:
    first, second = (ask("POST", RECOVER, {}, headers=KEYED) for _ in range(2))
    assert (second.status_code, second.data) == (201, first.data)
    assert second.headers["Idempotency-Replayed"] == "true"
    assert ids(stage) == [RUN, NEW]


@pytest.mark.parametrize("path", [RECOVER, f"{RECOVER}?plan=true"])
@pytest.mark.parametrize(
    ("caller", "status"), [(OWNER, {200, 201}), (ADMIN.email, {200, 201}), (BEN.email, {403}), (None, {401})]
)
def test_only_owner_and_admins_may_recover(ask: Ask, path: str, caller: str | None, status: set[int]) -> None:
    assert ask("POST", path, {}, caller=caller).status_code in status


@pytest.mark.parametrize("path", [RECOVER, f"{RECOVER}?nonsense=1"])
def test_permission_is_checked_before_the_request_body(ask: Ask, path: str) -> None:
    assert ask("POST", path, caller=BEN.email).status_code == 403


@pytest.mark.parametrize("query", ["", "?plan=true"])
@pytest.mark.parametrize("run_id", ["run-99999999", "nonsense"])
def test_an_unknown_run_is_404(ask: Ask, run_id: str, query: str) -> None:
    assert ask("POST", f"/api/runs/{run_id}/recover{query}", {}).status_code == 404


@pytest.mark.parametrize("query", ["", "?plan=true"])
def test_a_run_that_cannot_be_recovered_is_a_conflict_for_the_plan_too(ask: Ask, stage: Stage, query: str) -> None:
    stage.storage.work_dirs.clear()
    answer = ask("POST", f"{RECOVER}{query}", {})
    assert (answer.status_code, body_of(answer)["code"]) == (409, "CONFLICT")
    assert WORK_DIR in body_of(answer)["detail"]


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        (RECOVER, {"override_params": {"aligner": "bowtie"}}, "override_params.aligner"),
        (RECOVER, {"reuse_work_dir": "yes"}, "reuse_work_dir"),
        (RECOVER, {"noets": "x"}, "noets"),
        (f"{RECOVER}?plan=perhaps", {}, "plan"),
        (f"{RECOVER}?dry=true", {}, "dry"),
    ],
)
def test_invalid_fields_are_named(ask: Ask, path: str, body: dict[str, Any], field: str) -> None:
    answer = ask("POST", path, body)
    assert answer.status_code == 422
    assert [fault["field"] for fault in body_of(answer)["faults"]] == [field]


def test_a_config_of_more_than_100_kb_is_too_large(ask: Ask) -> None:
    assert ask("POST", RECOVER, {"override_config": "x" * (100 * 1024 + 1)}).status_code == 413
