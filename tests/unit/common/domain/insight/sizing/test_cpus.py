"""How many CPUs are advised."""

import pytest

from common.domain.insight.sizing.cpus import cpus_advice
from tests.unit.common.domain.insight.sizing.attempts import make_attempt


@pytest.mark.parametrize(
    ("percents", "cpus"),
    [
        ([20.0] * 30, 1),
        ([190.0] * 30, 2),
        ([202.0] * 30, 2),
        ([210.0] * 30, 3),
        ([95.0] * 96 + [800.0] * 4, 1),
        ([], None),
    ],
)
def test_the_cores_that_95_of_100_tasks_use(percents: list[float], cpus: int | None) -> None:
    assert cpus_advice(make_attempt(cpu_percent=percent) for percent in percents) == cpus


def test_only_completed_attempts_with_a_known_use_count() -> None:
    assert cpus_advice([make_attempt(has_completed=False), make_attempt(cpu_percent=None)]) is None
