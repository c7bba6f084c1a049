"""The function `insight` over HTTP: its real main.py and a real database."""

from datetime import timedelta

import pytest

from common.domain.batch.child_jobs import JobWithMachines
from common.domain.batch.job import BatchJob, JobState, MachineKind
from common.domain.batch.machines import MachineStay, StayEnd
from common.domain.insight.cost.prices import ListPrice
from common.domain.runs.work_items import ChainStep
from common.domain.tasks.task import TaskStatus
from common.services.ingest.task_rows import write_tasks
from common.services.insight.cost.prices import PriceStore
from localdev.stack.layout import ADMIN
from tests.support.actions.stage import RUN, Stage
from tests.support.functions.clients import FunctionClient
from tests.support.runs import NOON, make_run, make_task
from tests.unit.common.domain.insight.cost.prices import SINCE

EUROPE = [
    ListPrice("core/e2", "europe-west1", False, 20_000_000, SINCE),
    ListPrice("memory/e2", "europe-west1", False, 3_000_000, SINCE),
]
COST = f"/api/runs/{RUN}/cost"
BEN = "ben@lab.example"


def test_the_owner_and_administrators_see_what_a_run_cost(send: FunctionClient) -> None:
    assert [send("GET", COST, user=user).status_code for user in (None, ADMIN, BEN)] == [401, 200, 403]
    answer = send("GET", COST).get_json()
    assert (answer["run_id"], answer["total"]["nano_dollars"], answer["summed_at"]) == (RUN, 0, None)


def test_what_is_known_of_a_cost_is_shown_with_what_is_not(send: FunctionClient, stage: Stage) -> None:
    child = stage.batch.add_child(RUN, "nf-abcdef01-1")
    stage.sync.run(ChainStep(run_id=RUN, chain="launch"))
    stage.batch.move(child, JobState.SUCCEEDED)
    later = NOON + timedelta(hours=1)
    stage.batch.stays[child] = [MachineStay(assigned_at=NOON, released_at=later, end=StayEnd.DONE)]
    PriceStore(stage.engine).add(EUROPE, since=SINCE)
    stage.sync.run(ChainStep(run_id=RUN, chain="launch", tick=1))
    answer = send("GET", COST).get_json()
    # an hour of e2-standard-4: 4 * 20,000,000 + 16 * 3,000,000
    assert {name: answer["total"][name] for name in ("nano_dollars", "machines", "basis", "complete")} == {
        "nano_dollars": 128_000_000, "machines": 128_000_000, "basis": "machine", "complete": True,
    }  # fmt: skip
    assert (answer["processes"][0]["process"], answer["priced_on"]) == (None, "2026-11-01")


def test_the_tasks_of_a_run_have_their_own_costs(send: FunctionClient, stage: Stage) -> None:
    task = make_task(process="STAR", name="STAR (d1)", status=TaskStatus.COMPLETED, native_id="nf-1/0/u")
    with stage.engine.begin() as connection:
        write_tasks(connection, RUN, added=[task], changed=())
    PriceStore(stage.engine).add(EUROPE, since=SINCE)
    kind = MachineKind(machine_type="e2-standard-4", provisioning_model="STANDARD", region="europe-west1")
    job = BatchJob(name="jobs/nf-1", uid="u", state=JobState.SUCCEEDED, labels={}, machine=kind)
    stay = MachineStay(assigned_at=NOON, released_at=NOON + timedelta(hours=1), end=StayEnd.DONE)
    stage.jobs.save(RUN, "nf-1", JobWithMachines(job=job, stays=[stay]), at=NOON)
    stage.keep_jobs.costs.sum_up(RUN, at=NOON)
    assert [send("GET", f"{COST}/tasks", user=user).status_code for user in (None, ADMIN, BEN)] == [401, 200, 403]
    answer = send("GET", f"{COST}/tasks?process=STAR").get_json()
    assert (answer["total"], answer["page"], answer["next_cursor"]) == (1, 1, None)
    (found,) = answer["tasks"]
    assert (found["task_id"], found["name"], found["cost"]["nano_dollars"]) == ("ab-cdef01", "STAR (d1)", 128_000_000)
    assert found["attempts"] == [
        {
            "machine_type": "e2-standard-4", "zone": None, "spot": False, "is_guess": False,
            "began_at": "2026-11-23T12:00:00Z", "released_at": "2026-11-23T13:00:00Z", "ended": "done",
            "nano_dollars": 128_000_000,
        }
    ]  # fmt: skip
    assert send("GET", f"{COST}/tasks?process=FASTQC").get_json()["tasks"] == []
    assert send("GET", f"{COST}/tasks?cursor=x").get_json()["faults"][0]["field"] == "cursor"


def test_the_cost_of_an_unknown_run_is_not_found(send: FunctionClient) -> None:
    assert send("GET", "/api/runs/run-ffffffff/cost").status_code == 404


def test_an_unknown_parameter_is_named(send: FunctionClient) -> None:
    answer = send("GET", f"{COST}?currency=EUR")
    assert (answer.status_code, answer.get_json()["faults"][0]["field"]) == (422, "currency")


def test_an_answer_that_has_not_changed_is_not_sent_again(send: FunctionClient) -> None:
    tag = send("GET", COST).headers["ETag"]
    assert send("GET", COST, headers={"If-None-Match": tag}).status_code == 304


def test_users_see_what_their_own_runs_cost_and_administrators_what_all_cost(send: FunctionClient) -> None:
    own, others = "user_email=BEN@lab.example", "user_email=ana@lab.example"
    asked = ((own, BEN), (others, BEN), ("all=true", BEN), ("all=true", ADMIN))
    statuses = [send("GET", f"/api/costs?{query}", user=user).status_code for query, user in asked]
    assert statuses == [200, 403, 403, 200]
    assert [send("GET", "/api/costs?by=user", user=user).get_json()["total"] for user in (BEN, ADMIN)] == [0, 0]
    everyone = send("GET", "/api/costs?by=user&all=true", user=ADMIN).get_json()
    assert [group["key"] for group in everyone["costs"]] == ["ana@lab.example"]


def test_costs_are_a_file_for_a_spreadsheet_too(send: FunctionClient, stage: Stage) -> None:
    stage.runs.create_run(make_run(run_id="run-00000002", pipeline="=cmd()"))
    answer = send("GET", "/api/costs?by=pipeline&format=csv")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="costs-by-pipeline.csv"'
    assert answer.text.splitlines() == [
        "pipeline,runs,nano_dollars,saved_nano_dollars,incomplete_runs,runs_without_cost",
        "nf-core/scrnaseq,1,0,0,0,1",
        "'=cmd(),1,0,0,0,1",
    ]


@pytest.mark.parametrize(
    "query", ["by=week", "page=0", "page_size=101", "page=101&page_size=100", "format=xlsx", "cursor=x"]
)
def test_an_invalid_query_of_costs_names_its_parameter(send: FunctionClient, query: str) -> None:
    answer = send("GET", f"/api/costs?{query}")
    assert (answer.status_code, answer.get_json()["faults"][0]["field"]) == (422, query.partition("=")[0])
