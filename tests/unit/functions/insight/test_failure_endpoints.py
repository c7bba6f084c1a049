"""Failures that were seen before, over HTTP."""

from typing import Any

import pytest

from common.domain.diagnosis.causes import CauseClass
from common.domain.diagnosis.failure import FailureDiagnosis
from common.domain.runs.status import RunStatus
from common.domain.tasks.task import TaskStatus
from common.services.ingest.task_rows import write_tasks
from localdev.stack.layout import ADMIN
from tests.support.actions.stage import RUN, Stage
from tests.support.functions.clients import Clouds, FunctionClient
from tests.support.runs import NOON, make_run, make_task

BEN, RECOVERY = "ben@lab.example", "run-5e6f7a8b"
STAR = "SCRNASEQ:STAR_ALIGN"
GIB = 1 << 30


def end(stage: Stage, run_id: str, status: RunStatus, **facts: Any) -> None:  # noqa: ANN401 columns
    for step in (RunStatus.SUBMITTED, RunStatus.RUNNING, status):
        stage.runs.update_run_status(run_id, step, at=stage.clock(), facts=facts if step == status else None)


def failure(process: str = STAR) -> dict[str, Any]:
    found = FailureDiagnosis(
        cause=CauseClass.OUT_OF_MEMORY, error_task=f"{process} (x)", exit_code=137, message=None, evidence=()
    )
    return found.as_columns()


@pytest.fixture
def failed(stage: Stage, send: FunctionClient) -> None:
    """The run has failed, and one of Ben's in the same way."""
    end(stage, RUN, RunStatus.FAILED, **failure())
    stage.runs.create_run(make_run(run_id="run-0000beef", user_email=BEN))
    end(stage, "run-0000beef", RunStatus.FAILED, **failure())


@pytest.mark.usefixtures("failed")
def test_the_recovery_that_helped_is_told_with_what_it_changed(
    send: FunctionClient, stage: Stage, clouds: Clouds
) -> None:
    stage.runs.create_run(make_run(run_id=RECOVERY, parent_run_id=RUN, params=stage.runs.get_run(RUN).params))
    end(stage, RECOVERY, RunStatus.COMPLETED)
    clouds.put_input(f"runs/{RECOVERY}/inputs/nextflow.config", b"process.memory = 72.GB\n")
    for run_id, gib in ((RUN, 36), (RECOVERY, 72)):
        asked = make_task(process=STAR, status=TaskStatus.COMPLETED, attempt=1, memory=gib * GIB, cpus=8)
        with stage.engine.begin() as connection:
            write_tasks(connection, run_id, added=[asked], changed=())
    found = send("GET", f"/api/runs/{RUN}/failure").get_json()
    assert (found["cause"], found["process"], found["times"]) == ("out_of_memory", "STAR_ALIGN", 1)
    assert found["overcome"] == {
        "run_id": RECOVERY,
        "parent_run_id": RUN,
        "changes": [
            {"kind": "request", "name": "memory", "before": 36 * GIB, "after": 72 * GIB},
            {"kind": "config", "name": "line 1", "before": None, "after": "process.memory = 72.GB"},
        ],
    }


@pytest.mark.usefixtures("failed")
def test_owners_count_their_own_runs_and_administrators_all(send: FunctionClient) -> None:
    path = f"/api/runs/{RUN}/failure"
    assert send("GET", path).get_json()["times"] == 1
    assert send("GET", path, user=ADMIN).get_json()["times"] == 2
    assert send("GET", path, user=BEN).status_code == 403


@pytest.mark.usefixtures("failed")
def test_the_list_is_ones_own_or_that_of_all_for_administrators(send: FunctionClient) -> None:
    def times(query: str = "", user: str = BEN) -> list[int]:
        return [each["times"] for each in send("GET", f"/api/failures?{query}", user=user).get_json()["failures"]]

    since = f"since={NOON.isoformat().replace('+', '%2B')}"
    assert times(since) == [1]
    assert times(since, ADMIN) == []
    assert times(f"{since}&all=true", ADMIN) == [2]
    assert times(f"{since}&user_email={BEN}", ADMIN) == [1]
    assert [send("GET", f"/api/failures?{query}", user=BEN).status_code for query in ("all=true", "cursor=x")] == [
        403,
        422,
    ]


def test_a_run_that_has_not_failed_has_no_failure(send: FunctionClient) -> None:
    answer = send("GET", f"/api/runs/{RUN}/failure")
    assert answer.status_code == 404
