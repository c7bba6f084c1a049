from pathlib import Path

import pytest

from tools.cost_model import prices
from tools.cost_model.__main__ import main
from tools.cost_model.bill import bill_of, dollars_of_run, table_of
from tools.cost_model.prices import Price
from tools.cost_model.usage import Workload, counts_of_run

USUAL = Workload()
PAGE = (Path(__file__).parents[4] / "docs" / "cost.md").read_text(encoding="utf-8")


def test_the_free_amount_costs_nothing() -> None:
    price = Price(2.0, "nowhere", free=10)
    assert [price.of(9), price.of(10), price.of(11)] == [0, 0, 2]


def test_an_idle_month_costs_only_what_always_runs() -> None:
    idle = bill_of(Workload(runs_per_day=0, viewers=0))
    assert {line.item.partition(",")[0] for line in idle if line.dollars} == {
        "Artifact Registry",
        "Cloud SQL",
        "load balancer",
    }


def test_disks_are_billed_with_the_system_that_is_on_them() -> None:
    amounts = {
        line.item: line.amount for line in bill_of(Workload(runs_per_day=1, tasks_per_run=2, minutes_per_task=30))
    }
    assert amounts["head jobs, GiB hours of disk"] == 30 * 6 * (30 + 50)
    assert amounts["tasks, GiB hours of disk"] == 30 * 2 * 0.5 * (30 + 100)


def test_a_run_costs_what_it_adds_to_a_month_without_people_and_results() -> None:
    at_list_prices = {
        line.item: line.amount * line.price.dollars for line in bill_of(Workload(viewers=0, results_gib_per_run=0))
    }
    added = (
        at_list_prices.items()
        - {line.item: line.amount * line.price.dollars for line in bill_of(Workload(viewers=0, runs_per_day=0))}.items()
    )
    timer = 30 * 24 * 12 * 0.5 * (prices.CPU_SECOND.dollars + 0.5 * prices.GIB_SECOND.dollars)
    of_the_run = sum(dollars for item, dollars in added if not item.startswith(("head jobs", "tasks")))
    expected = dollars_of_run(USUAL, counts_of_run(USUAL))
    assert (of_the_run - timer) / 600 == pytest.approx(expected, rel=0.01)


def test_every_price_has_a_source() -> None:
    assert all(line.price.source for line in bill_of(Workload()))


def test_the_page_shows_the_tools_table() -> None:
    assert table_of(bill_of(Workload())) in PAGE
    assert f"{sum(line.dollars for line in bill_of(Workload(runs_per_day=0, viewers=0))):.0f} dollars" in PAGE


def test_the_command_prints_the_bill_of_a_workload(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--runs-per-day", "3", "--viewers", "2", "--hours-per-run", "1"]) == 0
    expected = bill_of(Workload(runs_per_day=3, viewers=2, hours_per_run=1))
    assert capsys.readouterr().out == table_of(expected)
