"""Examples are made with the models, from the example that the project ships."""

import json

import pytest

from common.schemas.runs import RunCreateRequest, RunListResponse, RunResponse
from localdev.stack.environment import ROOT
from localdev.stack.welcome import EXAMPLE
from tools.openapi.addresses import NotDescribedError
from tools.openapi.examples import example_of


def test_the_run_to_create_is_the_one_that_the_project_ships() -> None:
    assert example_of(RunCreateRequest) == json.loads((ROOT / EXAMPLE).read_text())


def test_a_list_of_runs_holds_the_run_of_the_other_examples() -> None:
    assert example_of(RunListResponse)["runs"] == [example_of(RunResponse)]


def test_a_model_without_an_example_is_named() -> None:
    with pytest.raises(NotDescribedError, match="NotDescribedError"):
        example_of(NotDescribedError)
