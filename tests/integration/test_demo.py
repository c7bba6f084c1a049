"""Runs from submit to their end through the public address, with every part real."""

import pytest

from localdev.demo.__main__ import demonstrate
from localdev.stack.stack import Stack


@pytest.mark.parametrize("scenario", ["cancel", "recover", "benchling"])  # a failure, then one that goes on
def test_a_run_goes_from_submit_to_its_end_and_everything_agrees(stack: Stack, scenario: str) -> None:
    assert demonstrate(stack.ports, stack.folders.root, scenario=scenario) == []
