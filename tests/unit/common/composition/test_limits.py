"""The limits for each user that hold where an operator sets none."""

from collections.abc import Callable

import pytest

from common.composition.limits.checks import read_checks
from common.composition.limits.output_looks import read_output_looks
from common.composition.limits.owners import read_owner_limits
from common.composition.limits.searches import read_searches
from common.composition.limits.streams import read_streams, read_task_streams
from common.errors import TooManyRequestsError
from common.services.runs.creation import OwnerLimits
from common.settings import Environment
from common.web.callers.limits import UserRate, UserSlots

_ANA = "ana@lab.example"


@pytest.mark.parametrize(
    ("read", "variable", "most"),
    [
        (read_checks, "CHECKS_PER_MINUTE", 60),
        (read_searches, "SEARCHES_PER_MINUTE", 120),
        (read_streams, "STREAMS_PER_USER", 30),
        (read_task_streams, "TASK_STREAMS_PER_USER", 10),
    ],
)
def test_a_user_is_refused_beyond_the_limit(
    read: Callable[[Environment], UserRate | UserSlots], variable: str, most: int
) -> None:
    for limit, settings in ((most, {}), (2, {variable: "2"})):
        counted = read(Environment(settings))
        for _ in range(limit):
            counted.take(_ANA)
        with pytest.raises(TooManyRequestsError):
            counted.take(_ANA)


def test_the_limits_that_postgres_counts() -> None:
    assert read_output_looks(Environment({})) == 60
    assert read_output_looks(Environment({"TASK_OUTPUTS_PER_MINUTE": "5"})) == 5
    assert read_owner_limits(Environment({})) == OwnerLimits(per_minute=10, live=50)
    assert read_owner_limits(Environment({"RUNS_PER_MINUTE": "1", "LIVE_RUNS_PER_USER": "2"})) == OwnerLimits(
        per_minute=1, live=2
    )
