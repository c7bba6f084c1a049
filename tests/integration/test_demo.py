"""One run from submit to finish through the public address, with every part real."""

from localdev.demo import demonstrate
from localdev.stack import Stack


def test_a_run_goes_from_submit_to_finish_and_everything_agrees(stack: Stack) -> None:
    assert demonstrate(stack.ports, stack.folders.root) == []
