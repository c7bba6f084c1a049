"""The scenarios of the demo, on the complete local stack; test_journeys.py has the one that needs slow runs."""

import pytest

from localdev.demo.__main__ import demonstrate
from localdev.stack.stack import Stack


@pytest.mark.parametrize("scenario", ["recover", "benchling"])  # recover includes a failure and a success
def test_the_checks_of_a_scenario_pass(stack: Stack, scenario: str) -> None:
    assert demonstrate(stack.ports, stack.folders.root, scenario=scenario) == []
