"""Examples are built with the models, from the files in examples/."""

import json

import pytest

from common.schemas.runs import RunCreateRequest, RunListResponse, RunResponse
from localdev.stack.environment import ROOT
from localdev.stack.welcome import EXAMPLE
from tools.openapi.addresses import NotDescribedError
from tools.openapi.examples import example_of


def test_the_example_submission_is_the_one_in_examples() -> None:
    assert example_of(RunCreateRequest) == json.loads((ROOT / EXAMPLE).read_text())


def test_the_example_list_has_the_example_run() -> None:
    assert example_of(RunListResponse)["runs"] == [example_of(RunResponse)]


def test_a_model_without_an_example_is_named() -> None:
    with pytest.raises(NotDescribedError, match="NotDescribedError"):
        example_of(NotDescribedError)
