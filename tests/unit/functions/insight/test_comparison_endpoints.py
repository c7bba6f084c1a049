"""Two runs compared over HTTP, with their inputs in Storage and their tasks in Postgres."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import text

from common.domain.runs.run import Run
from common.domain.runs.status import RunStatus
from common.domain.tasks.task import Task, TaskStatus
from common.services.ingest.task_rows import write_tasks
from common.services.insight.cost.prices import PriceStore
from localdev.stack.layout import ADMIN
from tests.support.actions.stage import RUN, Stage
from tests.support.functions.clients import Clouds, FunctionClient
from tests.support.runs import NOON, OWNER, make_run, make_task
from tests.unit.common.domain.insight.cost.prices import SINCE
from tests.unit.functions.insight.test_endpoints import EUROPE

EARLIER, BEN = "run-0f0e0d0c", "ben@lab.example"
SHEET = "sample,fastq_1\ndonor_1,gs://lab/a.gz\n"
STAR = "SCRNASEQ:STAR_ALIGN"


@pytest.fixture
def earlier(stage: Stage) -> Run:
    """A completed run of the same pipeline."""
    run = make_run(run_id=EARLIER, created_at=NOON - timedelta(days=1), params={"aligner": "star", "api_key": "k1"})
    stage.runs.create_run(run)
    for status in (RunStatus.SUBMITTED, RunStatus.RUNNING, RunStatus.COMPLETED):
        run = stage.runs.update_run_status(EARLIER, status, at=NOON)
    return run


def put_inputs(clouds: Clouds, run_id: str, *, sheet: str = SHEET, config: str = "") -> None:
    clouds.put_input(f"runs/{run_id}/inputs/samplesheet.csv", sheet.encode())
    clouds.put_input(f"runs/{run_id}/inputs/nextflow.config", config.encode())


def put_tasks(stage: Stage, run_id: str, *tasks: Task) -> None:
    with stage.engine.begin() as connection:
        write_tasks(connection, run_id, added=tasks, changed=())


def task(minutes: int, **changes: object) -> Task:
    own = {"process": STAR, "name": f"{STAR} (donor_1)", "tag": "donor_1", "duration_ms": minutes * 60_000}
    return make_task(**own | {"status": TaskStatus.COMPLETED, "attempt": 1} | changes)


def put_usual_duration(stage: Stage, run_id: str, minutes: int) -> None:
    """The summary that is made when tasks are read."""
    process = {STAR: {"count": 1, "p50_duration": minutes * 60_000}}
    with stage.engine.begin() as connection:
        connection.execute(
            text("INSERT INTO task_summaries (run_id, summary) VALUES (:run_id, cast(:summary AS jsonb))"),
            {"run_id": run_id, "summary": json.dumps({"by_process": process, "by_status": {}})},
        )


@pytest.mark.usefixtures("earlier")
def test_a_run_does_not_differ_from_itself(send: FunctionClient, stage: Stage, clouds: Clouds) -> None:
    put_inputs(clouds, RUN, config="process.cpus = 2\n")
    put_tasks(stage, RUN, task(5))
    put_usual_duration(stage, EARLIER, minutes=2)  # slower than usual, but not than itself
    found = send("GET", f"/api/runs/{RUN}/compare/{RUN}").get_json()
    assert found == {
        "run_id": RUN, "with_run_id": RUN, "pipeline": None, "pipeline_version": None, "params": [], "config": [],
        "sheet": {"added": 0, "removed": 0, "changed": 0, "rows": []}, "processes": [],
        "nano_dollars": 0, "with_nano_dollars": 0, "slower_together": False,
        "different_tasks": 0, "tasks": [], "unknown": [],
    }  # fmt: skip


@pytest.mark.usefixtures("earlier")
def test_every_difference_is_told_and_secrets_are_hidden(send: FunctionClient, stage: Stage, clouds: Clouds) -> None:
    put_inputs(clouds, EARLIER, config="process.memory = 36.GB\n")
    put_inputs(clouds, RUN, sheet=SHEET + "donor_2,gs://lab/b.gz\n", config="process.memory = 72.GB\n")
    put_tasks(stage, EARLIER, task(2, realtime_ms=60_000))
    put_tasks(stage, RUN, task(9, status=TaskStatus.FAILED, exit_code=137))
    put_usual_duration(stage, EARLIER, minutes=2)
    found = send("GET", f"/api/runs/{RUN}/compare").get_json()
    assert found["with_run_id"] == EARLIER
    params = {param["name"]: (param["before"], param["after"]) for param in found["params"]}
    assert params["aligner"] == ("star", "alevin")
    assert params["api_key"] == ("•••", None)
    assert [(line["text"], line["is_added"]) for line in found["config"]] == [
        ("process.memory = 36.GB", False), ("process.memory = 72.GB", True),
    ]  # fmt: skip
    assert [(row["sample"], row["before"], row["after"]) for row in found["sheet"]["rows"]] == [("donor_2", None, 3)]
    (process,) = found["processes"]
    assert (process["process"], process["differences"], process["causes"]) == (STAR, ["slower", "failed"], [])
    assert found["different_tasks"] == 1
    assert found["tasks"][0]["fields"] == ["state"]
    assert found["unknown"] == []


@pytest.mark.usefixtures("earlier")
def test_both_runs_must_be_readable(send: FunctionClient, stage: Stage) -> None:
    stage.runs.create_run(make_run(run_id="run-0000beef", user_email=BEN))
    path = f"/api/runs/{RUN}/compare/run-0000beef"
    assert [send("GET", path, user=user).status_code for user in (OWNER, BEN, ADMIN)] == [403, 403, 200]
    assert send("GET", f"/api/runs/{RUN}/compare/run-ffffffff").status_code == 404
    assert send("GET", f"/api/runs/{RUN}/compare/{EARLIER}?depth=2").status_code == 422


@pytest.mark.usefixtures("earlier")
def test_a_cost_of_which_something_is_guessed_is_called_so(send: FunctionClient, stage: Stage, clouds: Clouds) -> None:
    put_inputs(clouds, EARLIER)
    put_inputs(clouds, RUN)
    for run_id in (EARLIER, RUN):
        put_tasks(stage, run_id, task(5, cpus=2, memory=8 << 30, start_time=NOON, end_time=NOON + timedelta(hours=1)))
    PriceStore(stage.engine).add(EUROPE, since=SINCE)
    stage.keep_jobs.costs.sum_up(RUN, at=NOON)
    found = send("GET", f"/api/runs/{RUN}/compare/{EARLIER}").get_json()
    assert (found["nano_dollars"], found["with_nano_dollars"]) == (64_000_000, 0)
    assert found["unknown"] == [f"all of what run {RUN} cost: some machines are guessed"]
    assert len(send("GET", f"/api/runs/{RUN}/compare/{RUN}").get_json()["unknown"]) == 1


@pytest.mark.usefixtures("earlier")
def test_a_reader_is_told_nothing_of_runs_that_are_not_shared(
    send: FunctionClient, stage: Stage, clouds: Clouds
) -> None:
    other = "run-0000beef"
    stage.runs.create_run(make_run(run_id=other))
    with stage.engine.begin() as connection:
        connection.execute(
            text("UPDATE runs SET shared_with = array[:ben] WHERE run_id IN (:run, :other)"),
            {"ben": BEN, "run": RUN, "other": other},
        )
    put_tasks(stage, RUN, task(9, cpus=8))
    put_tasks(stage, other, task(9, cpus=16))
    put_usual_duration(stage, EARLIER, minutes=2)
    path = f"/api/runs/{RUN}/compare"
    assert [send("GET", path, user=user).status_code for user in (OWNER, BEN)] == [200, 404]
    usual = [send("GET", f"{path}/{other}", user=user).get_json()["processes"][0]["usual_ms"] for user in (OWNER, BEN)]
    assert usual == [120_000, None]


def test_without_an_earlier_success_it_says_what_to_do(send: FunctionClient) -> None:
    answer = send("GET", f"/api/runs/{RUN}/compare")
    assert answer.status_code == 404
    assert f"/api/runs/{RUN}/compare/{{run_id}}" in answer.get_json()["error"] + str(answer.get_json()["detail"])


@pytest.mark.usefixtures("earlier")
def test_what_cannot_be_compared_is_told(send: FunctionClient, stage: Stage, clouds: Clouds) -> None:
    put_inputs(clouds, RUN)
    other = make_run(run_id="run-0000beef", pipeline="lab/gone", pipeline_version="1.0.0")
    stage.runs.create_run(other)
    found = send("GET", f"/api/runs/{RUN}/compare/{other.run_id}").get_json()
    assert found["pipeline"] == {"before": "lab/gone", "after": "nf-core/scrnaseq"}
    assert found["unknown"] == [
        "the defaults of lab/gone 1.0.0, which is not registered any more",
        f"the samplesheet of run {other.run_id}, which is not stored any more",
        "which parameters and processes belong together: the pipelines differ, so the same names were compared",
        f"what run {other.run_id} did: it has no tasks",
        f"what run {RUN} did: it has no tasks",
    ]
