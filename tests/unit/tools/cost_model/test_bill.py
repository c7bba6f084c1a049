from pathlib import Path

import pytest

from tools.cost_model.__main__ import main
from tools.cost_model.bill import bill_of, table_of
from tools.cost_model.prices import Price
from tools.cost_model.usage import Workload

PAGE = (Path(__file__).parents[4] / "docs" / "cost.md").read_text(encoding="utf-8")


def test_what_is_free_costs_nothing() -> None:
    price = Price(2.0, "nowhere", free=10)
    assert [price.of(9), price.of(10), price.of(11)] == [0, 0, 2]


def test_when_nothing_happens_only_what_always_runs_is_paid_for() -> None:
    idle = bill_of(Workload(runs_per_day=0, viewers=0))
    assert {line.what.partition(",")[0] for line in idle if line.dollars} == {"Cloud SQL", "load balancer"}


def test_every_price_says_where_it_is_from() -> None:
    assert all(line.price.source for line in bill_of(Workload()))


def test_the_page_shows_what_the_tool_says() -> None:
    assert table_of(bill_of(Workload())) in PAGE
    assert f"{sum(line.dollars for line in bill_of(Workload(runs_per_day=0, viewers=0))):.0f} dollars" in PAGE


def test_the_command_takes_a_workload(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--runs-per-day", "3", "--viewers", "2", "--hours-per-run", "1"]) == 0
    wanted = bill_of(Workload(runs_per_day=3, viewers=2, hours_per_run=1))
    assert capsys.readouterr().out == table_of(wanted)
