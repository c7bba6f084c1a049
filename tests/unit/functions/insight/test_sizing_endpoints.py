"""What tasks used, and what they should ask for, over HTTP."""

from sqlalchemy import text

from common.domain.nextflow.config.user_config import faults_in_config
from common.domain.tasks.task import TaskStatus
from common.services.ingest.task_rows import write_tasks
from tests.support.actions.stage import RUN, Stage
from tests.support.functions.clients import FunctionClient
from tests.support.runs import make_run, make_task

ADVICE, EFFICIENCY = "/api/pipelines/nf-core/scrnaseq/advice", f"/api/runs/{RUN}/efficiency"
BEN = "ben@lab.example"
STAR = "SCRNASEQ:STAR_ALIGN"
GIB = 1 << 30


def put_tasks(stage: Stage, run_id: str, **changes: object) -> None:
    """Ten completed tasks that use two of eight cores and a quarter of their memory."""
    own = {
        "process": STAR, "status": TaskStatus.COMPLETED, "attempt": 1, "cpus": 8, "memory": 32 * GIB,
        "memory_peak": 8 * GIB, "cpu_percent": 200.0, "realtime_ms": 60_000,
    }  # fmt: skip
    tasks = [
        make_task(**{"hash": f"{number:09x}", "name": f"{STAR} ({number})"} | own | changes) for number in range(10)
    ]
    with stage.engine.begin() as connection:
        write_tasks(connection, run_id, added=tasks, changed=())


def test_the_efficiency_of_a_run_is_what_was_used_of_what_was_asked_for(send: FunctionClient, stage: Stage) -> None:
    put_tasks(stage, RUN)
    quarter = {"low": 0.25, "middle": 0.25, "high": 0.25}
    assert send("GET", EFFICIENCY).get_json() == {
        "run_id": RUN,
        "processes": [
            {"process": STAR, "tasks": 10, "cpus": 8, "memory": 32 * GIB, "cpu": quarter, "memory_used": quarter}
        ],
    }
    assert send("GET", EFFICIENCY, user=BEN).status_code == 403


def test_what_is_not_known_of_efficiency_is_null(send: FunctionClient, stage: Stage) -> None:
    assert send("GET", EFFICIENCY).get_json()["processes"] == []
    put_tasks(stage, RUN, cpus=None, memory_peak=None)
    (process,) = send("GET", EFFICIENCY).get_json()["processes"]
    assert (process["cpu"], process["memory_used"], process["memory"]) == (None, None, 32 * GIB)


def test_the_advice_comes_with_a_config_that_a_run_may_have(send: FunctionClient, stage: Stage) -> None:
    stage.runs.create_run(make_run(run_id="run-00000002"))
    with stage.engine.begin() as connection:
        connection.execute(text("UPDATE runs SET started_at = created_at"))
    for run_id in (RUN, "run-00000002"):
        put_tasks(stage, run_id)
    found = send("GET", f"{ADVICE}?version=2.7.1").get_json()
    assert (found["family"], found["runs"]) == ("2.7", 2)
    (star,) = found["processes"]
    assert (star["verdict"], star["advised"]) == ("ask_less", {"cpus": 2, "memory": 10 * GIB})
    assert star["machine_now"]["machine_type"] != star["machine_then"]["machine_type"]
    assert (found["saved_monthly"], found["unknown"]) == (
        None,
        ["prices: no run has had a machine whose region is known"],
    )
    assert faults_in_config(found["config"], field="config_content") == []
    assert send("GET", f"{ADVICE}?version=2.7.1", user=BEN).get_json()["processes"] == []


def test_without_runs_the_answer_says_so(send: FunctionClient) -> None:
    found = send("GET", f"{ADVICE}?version=2.7.1").get_json()
    assert (found["processes"], found["config"]) == ([], None)
    assert found["unknown"] == ["what tasks need: no run of release 2.7 that you may see has tasks"]


def test_unknown_pipelines_and_versions_are_named(send: FunctionClient) -> None:
    answer = send("GET", "/api/pipelines/nf-core/scrnasek/advice")
    assert (answer.status_code, "did you mean nf-core/scrnaseq" in answer.text) == (404, True)
    assert send("GET", f"{ADVICE}?version=99.0.0").status_code == 404
    assert send("GET", f"{ADVICE}?family=2").status_code == 422
