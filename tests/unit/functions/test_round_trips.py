"""How many round trips to Postgres each public address takes; in the cloud, each is another millisecond.

A new address is not in the table, and a new statement exceeds it; the message of the failing test lists the statements.
"""

import json
from collections.abc import Iterator, Mapping

import pytest

from common.domain.batch.job import JobState
from common.domain.runs.work_items import ChainStep
from localdev.stack.environment import ROOT
from localdev.stack.welcome import EXAMPLE
from tests.support.actions.stage import RUN, Stage
from tests.support.functions.clients import Clouds, FunctionClient
from tests.support.logs.nextflow_files import FAILED_LOG, FAILED_TRACE
from tests.support.round_trips import counted_round_trips
from tools.openapi.addresses import public_addresses

TASK = "ab-cdef01"
MOST = {  # of the functions `runs`, `logs`, `users` and `insight`
    "GET /api/runs": 2,
    "POST /api/runs": 17,
    "GET /api/runs/{run_id}": 1,
    "PATCH /api/runs/{run_id}": 7,
    "DELETE /api/runs/{run_id}": 1,
    "GET /api/runs/{run_id}/files": 1,
    "GET /api/runs/{run_id}/inputs": 1,
    "GET /api/runs/{run_id}/history": 2,
    "POST /api/runs/{run_id}/recover": 17,
    "GET /api/runs/{run_id}/logs": 2,
    "GET /api/runs/{run_id}/tasks": 2,
    "GET /api/runs/{run_id}/tasks/timeline": 4,
    "GET /api/runs/{run_id}/tasks/{task_id}/logs": 9,
    "GET /api/runs/{run_id}/logs/download": 4,
    "GET /api/runs/{run_id}/cost": 2,
    "GET /api/runs/{run_id}/cost/tasks": 4,
    "GET /api/costs": 2,
    "GET /api/runs/{run_id}/failure": 2,
    "GET /api/runs/{run_id}/compare": 4,
    "GET /api/runs/{run_id}/compare/{with_run_id}": 10,
    "GET /api/failures": 3,
    "GET /api/search": 6,
    "GET /api/runs/{run_id}/efficiency": 3,
    "GET /api/pipelines/{owner}/{name}/advice": 3,
    "GET /api/users/me": 2,
    "PATCH /api/users/me": 3,
    "GET /api/users/me/notifications": 3,
    "POST /api/users/me/notifications/test": 5,
    "GET /api/status": 1,
}
# Pages with a filter, where the total is counted, within a time limit if no index helps.
MOST_OF_PAGES = {
    "/api/runs?status=failed&page=2&page_size=1": 2,
    "/api/runs?search=run": 2,
    "/api/runs?shared=true&starred=true&label=pbmc": 2,
    f"/api/runs/{RUN}/logs?level=INFO&limit=1": 4,
    f"/api/runs/{RUN}/logs?search=process&order=desc&limit=1": 4,
    f"/api/runs/{RUN}/logs?offset=3&limit=2": 2,
    f"/api/runs/{RUN}/tasks?sort=-duration&limit=1": 2,
    f"/api/runs/{RUN}/tasks?search=a&limit=1": 4,
    f"/api/runs/{RUN}/tasks?status=COMPLETED&process=x&limit=1": 2,
}
BODIES: Mapping[str, object] = {
    "POST /api/runs": json.loads((ROOT / EXAMPLE).read_bytes()),
    "POST /api/runs/{run_id}/recover": {"reuse_work_dir": False},
    "PATCH /api/runs/{run_id}": {"name": "Donor 1", "starred": True},
    "PATCH /api/users/me": {"display_name": "Ana"},
}
# Streams are counted by their ticks, and these functions have no database of Sluice's.
OTHER_FUNCTIONS = {"events", "pipelines", "benchling"}


@pytest.fixture(scope="module")
def functions(_started_clouds: Clouds, shared_database_url: str) -> Iterator[Mapping[str, FunctionClient]]:
    started = {
        name: FunctionClient(name, _started_clouds.environment(name, shared_database_url), _started_clouds.iap)
        for name in ("runs", "logs", "users", "insight")
    }
    yield started
    for function in started.values():
        function.close()


@pytest.fixture(autouse=True)
def failed_run(stage: Stage, clouds: Clouds, functions: Mapping[str, FunctionClient]) -> None:
    """A run that failed, with its files read, and an open connection of each function."""
    stage.running()
    stage.upload(log=FAILED_LOG, trace=FAILED_TRACE)
    clouds.put_log(f"runs/{RUN}/logs/nextflow.log", FAILED_LOG)
    stage.batch.move(stage.head, JobState.FAILED)
    stage.sync.run(ChainStep(run_id=RUN, chain="launch"), empty_listings=1)
    first = {"runs": "/api/runs", "logs": f"/api/runs/{RUN}/logs", "users": "/api/users/me"}
    for name, path in (first | {"insight": f"/api/runs/{RUN}/cost"}).items():
        functions[name]("GET", path)


def test_every_public_address_has_a_number() -> None:
    asked = {
        f"{each.method.upper()} {each.path}" for each in public_addresses() if each.function not in OTHER_FUNCTIONS
    }

    assert asked == MOST.keys()
    assert max(most for address, most in MOST.items() if address.endswith(("/runs", "/logs", "/tasks", "/files"))) <= 17


@pytest.mark.parametrize("address", MOST)
def test_an_address_takes_no_more_round_trips(
    stage: Stage, functions: Mapping[str, FunctionClient], address: str
) -> None:
    method, path = address.split(" ")
    function = next(each.function for each in public_addresses() if (each.method.upper(), each.path) == (method, path))
    task = stage.rows("SELECT replace(hash, '/', '-') FROM tasks LIMIT 1")[0][0]

    sent = path.format(run_id=RUN, with_run_id=RUN, task_id=task, owner="nf-core", name="scrnaseq")

    with counted_round_trips() as trips:
        answer = functions[function](method, sent, BODIES.get(address))

    assert answer.status_code < 500, answer.text
    assert trips.count <= MOST[address], f"{answer.status_code} {trips}"


@pytest.mark.parametrize("path", MOST_OF_PAGES)
def test_a_page_takes_no_more_round_trips(functions: Mapping[str, FunctionClient], path: str) -> None:
    with counted_round_trips() as trips:
        answer = functions["runs" if path.startswith("/api/runs?") else "logs"]("GET", path)

    assert answer.status_code == 200, answer.text
    assert trips.count <= MOST_OF_PAGES[path] <= 4, trips
