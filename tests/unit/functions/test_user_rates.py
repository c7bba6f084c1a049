"""Every address that costs an instance much counts against its user's minute, with one unit a minute here.

`make attack` tries the same on a running stack, in bursts; here a call that was left out is noticed at once.
"""

from collections.abc import Iterator, Mapping

import pytest

from tests.support.actions.stage import RUN, Stage
from tests.support.functions.clients import Clouds, FunctionClient
from tests.support.logs.nextflow_files import FAILED_LOG

NGS_RUN = "/api/benchling/runs/none"
VALIDATE = "/api/pipelines/nf-core/scrnaseq/validate"
SEARCHES = {  # addresses that read much, by function
    "/api/runs?search=x": "runs",
    f"/api/runs/{RUN}/inputs": "runs",
    f"/api/runs/{RUN}/logs?search=x": "logs",
    f"/api/runs/{RUN}/tasks?search=x": "logs",
    f"/api/runs/{RUN}/tasks/timeline": "logs",
    "/api/costs": "insight",
    f"/api/runs/{RUN}/cost/tasks": "insight",
    f"/api/runs/{RUN}/failure": "insight",
    f"/api/runs/{RUN}/compare": "insight",
    f"/api/runs/{RUN}/compare/{RUN}": "insight",
    "/api/failures": "insight",
    "/api/search?q=x": "insight",
    f"/api/runs/{RUN}/efficiency": "insight",
    "/api/pipelines/nf-core/scrnaseq/advice": "insight",
    "/api/benchling/runs?name=x": "benchling",
    f"{NGS_RUN}/samples": "benchling",
    f"{NGS_RUN}/samplesheet": "benchling",
}
CHECKS = {  # addresses that check what a user wrote
    "/api/runs": "runs",
    f"/api/runs/{RUN}/recover": "runs",
    VALIDATE: "pipelines",
    VALIDATE.replace("validate", "config"): "pipelines",
}
USERS = {path: f"user-{number}@lab.example" for number, path in enumerate([*SEARCHES, *CHECKS])}


@pytest.fixture(scope="module")
def functions(_started_clouds: Clouds, shared_database_url: str) -> Iterator[Mapping[str, FunctionClient]]:
    low = {"SEARCHES_PER_MINUTE": "1", "CHECKS_PER_MINUTE": "1", "ADMIN_EMAILS": ",".join(USERS.values())}
    started = {
        name: FunctionClient(name, _started_clouds.environment(name, shared_database_url) | low, _started_clouds.iap)
        for name in ("runs", "logs", "benchling", "pipelines", "insight")
    }
    yield started
    for function in started.values():
        function.close()


@pytest.fixture(autouse=True)
def running_run(stage: Stage, clouds: Clouds) -> None:
    """A run with a log and its inputs."""
    stage.running()
    clouds.put_log(f"runs/{RUN}/logs/nextflow.log", FAILED_LOG)
    clouds.put_input(f"runs/{RUN}/inputs/samplesheet.csv", b"sample\n")


@pytest.mark.parametrize("path", SEARCHES)
def test_a_search_counts(functions: Mapping[str, FunctionClient], path: str) -> None:
    function = functions[SEARCHES[path]]
    statuses = [function("GET", path, user=USERS[path]).status_code for _ in range(2)]
    assert statuses[0] != 429
    assert statuses[1] == 429


def test_a_log_as_text_counts(functions: Mapping[str, FunctionClient]) -> None:
    path, user, headers = f"/api/runs/{RUN}/logs", USERS["/api/runs"], {"Accept": "text/plain"}
    statuses = [functions["logs"]("GET", path, user=user, headers=headers).status_code for _ in range(2)]
    assert statuses == [200, 429]


@pytest.mark.parametrize("path", CHECKS)
def test_a_check_counts(functions: Mapping[str, FunctionClient], path: str) -> None:
    function = functions[CHECKS[path]]
    statuses = [function("POST", path, {"notes": 1}, user=USERS[path]).status_code for _ in range(2)]
    assert statuses[0] != 429
    assert statuses[1] == 429


def test_what_reads_little_does_not_count(functions: Mapping[str, FunctionClient]) -> None:
    paths = ["/api/runs", f"/api/runs/{RUN}", f"/api/runs/{RUN}/files", f"/api/runs/{RUN}/history"]
    answers = {functions["runs"]("GET", path).status_code for path in paths * 2}
    assert 429 not in answers
