"""Each function is asked without an identity."""

from localdev.stack.layout import FUNCTIONS
from tools.verify.facts.identity import PATHS


def test_there_is_an_address_for_each_function() -> None:
    assert PATHS.keys() == set(FUNCTIONS)
