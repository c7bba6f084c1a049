"""The function `insight` over HTTP: its real main.py and a real database."""

from collections.abc import Iterator

import pytest

from localdev.stack.layout import ADMIN
from tests.support.actions.stage import RUN, Stage
from tests.support.functions.clients import Clouds, FunctionClient

COST = f"/api/runs/{RUN}/cost"
BEN = "ben@lab.example"


@pytest.fixture(scope="module")
def _function(_started_clouds: Clouds, shared_database_url: str) -> Iterator[FunctionClient]:
    function = FunctionClient(
        "insight", _started_clouds.environment("insight", shared_database_url), _started_clouds.iap
    )
    yield function
    function.close()


@pytest.fixture
def send(_function: FunctionClient, clouds: Clouds, stage: Stage) -> FunctionClient:
    """Sends requests to the function; there is one live run."""
    stage.running()
    return _function


def test_the_owner_and_administrators_see_what_a_run_cost(send: FunctionClient) -> None:
    assert [send("GET", COST, user=user).status_code for user in (None, ADMIN, BEN)] == [401, 200, 403]
    assert send("GET", COST).get_json()["jobs"] == 0


def test_the_cost_of_an_unknown_run_is_not_found(send: FunctionClient) -> None:
    assert send("GET", "/api/runs/run-ffffffff/cost").status_code == 404


def test_an_unknown_parameter_is_named(send: FunctionClient) -> None:
    answer = send("GET", f"{COST}?currency=EUR")
    assert (answer.status_code, answer.get_json()["faults"][0]["field"]) == (422, "currency")


def test_an_answer_that_has_not_changed_is_not_sent_again(send: FunctionClient) -> None:
    tag = send("GET", COST).headers["ETag"]
    assert send("GET", COST, headers={"If-None-Match": tag}).status_code == 304
