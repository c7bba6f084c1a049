"""A bench that fails does not affect the others."""

import pytest

from bench.harness.figures import Figure
from bench.harness.isolation import measured


def test_a_bench_returns_its_figures() -> None:
    assert measured("tests.unit.bench.working_bench") == [Figure(name="some.figure", value=1.0, goal=2)]


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        ("tests.unit.bench.breaking_bench", "concurrent.futures.process.BrokenProcessPool"),
        ("tests.unit.bench.no_such_bench", "ModuleNotFoundError"),
    ],
)
def test_a_failed_bench_has_no_figures_and_prints_its_error(
    broken: str, why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert measured(broken) == []
    assert capsys.readouterr().err.strip().splitlines()[-1].startswith(why)
