"""Costs by pipeline, user and month, over runs whose costs are stored directly."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, insert

from common.errors import ValidationError
from common.models.insight.costs import RunCostRow
from common.services.insight.cost.listing import CostFilter, CostOfGroup, CostPage, CostsBy
from common.services.insight.cost.service import CostService
from common.services.runs.store import RunStoreService
from tests.support.runs import NOON, make_run

ANA, BEN = "ana@lab.example", "ben@lab.example"
OCTOBER = datetime.fromisoformat("2026-10-31T23:59:59+00:00")


class Lab:
    """Runs with costs."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.count, self.service = engine, 0, CostService(engine)

    def run(self, nanos: int | None, *, summed: bool = True, complete: bool = True, saved: int = 0, **run: Any) -> None:  # noqa: ANN401
        self.count += 1
        run_id = f"run-{self.count:08x}"
        assert RunStoreService(self.engine).create_run(make_run(run_id=run_id, **run))
        cost: dict[str, Any] = {
            "run_id": run_id,
            "sums": [],
            "nanos": nanos,
            "saved_nanos": saved,
            "is_complete": complete,
        }
        if summed:
            with self.engine.begin() as connection:
                connection.execute(insert(RunCostRow).values(**cost, summed_at=NOON))

    def page(self, by: CostsBy = CostsBy.USER, owner: str | None = None, **more: Any) -> CostPage:  # noqa: ANN401
        return self.service.list_costs(CostFilter(by=by, owner=owner, **more))


@pytest.fixture
def lab(engine: Engine) -> Lab:
    return Lab(engine)


def test_costs_are_added_up_by_user_the_dearest_first(lab: Lab) -> None:
    lab.run(5, saved=2, user_email=ANA)
    lab.run(7, complete=False, user_email=BEN)
    lab.run(3, user_email=BEN)
    assert lab.page().groups == [CostOfGroup(BEN, 2, 10, 0, 1, 0), CostOfGroup(ANA, 1, 5, 2, 0, 0)]


def test_runs_of_which_nothing_is_known_are_counted(lab: Lab) -> None:
    lab.run(None, complete=False)
    lab.run(0, summed=False)
    assert [(group.runs, group.nano_dollars, group.runs_without_cost) for group in lab.page().groups] == [(2, 0, 2)]


def test_months_are_those_of_utc_the_newest_first(lab: Lab) -> None:
    lab.run(1, created_at=OCTOBER)
    lab.run(2, created_at=OCTOBER + timedelta(seconds=1))
    assert [group[:3] for group in lab.page(CostsBy.MONTH).groups] == [("2026-11", 1, 2), ("2026-10", 1, 1)]


def test_only_the_runs_that_pass_the_filters_count(lab: Lab) -> None:
    lab.run(1, user_email=ANA, pipeline="nf-core/rnaseq")
    lab.run(2, user_email=ANA)
    lab.run(4, user_email=BEN)
    lab.run(8, user_email=ANA, created_at=OCTOBER)
    by_pipeline = lab.page(CostsBy.PIPELINE, owner=ANA, created_after=OCTOBER)
    assert [group[:3] for group in by_pipeline.groups] == [("nf-core/scrnaseq", 1, 2), ("nf-core/rnaseq", 1, 1)]
    only = lab.page(CostsBy.MONTH, pipeline="nf-core/scrnaseq", created_before=OCTOBER + timedelta(seconds=1))
    assert [group.nano_dollars for group in only.groups] == [8]


@pytest.mark.parametrize("by", CostsBy)
def test_cursors_lead_through_all_groups_once(lab: Lab, by: CostsBy) -> None:
    for number in range(5):
        month = NOON + timedelta(days=31 * number)
        lab.run(number // 2, user_email=f"u{number}@lab.example", pipeline=f"nf-core/p{number}", created_at=month)
    found, cursor = [], None
    for _ in range(3):
        page = lab.page(by, page_size=2, cursor=cursor)
        found += [group.key for group in page.groups]
        cursor = page.next_cursor
        assert page.total.count == 5
    assert cursor is None
    assert found == [group.key for group in lab.page(by).groups]
    assert [group.key for group in lab.page(by, page=2, page_size=2).groups] == found[2:4]


def test_a_cursor_of_another_list_is_refused(lab: Lab) -> None:
    for user in (ANA, BEN):
        lab.run(1, user_email=user)
    cursor = lab.page(page_size=1).next_cursor
    with pytest.raises(ValidationError, match="next_cursor"):
        lab.page(CostsBy.MONTH, cursor=cursor)


def test_a_page_beyond_the_last_is_empty_and_has_the_total(lab: Lab) -> None:
    lab.run(1)
    page = lab.page(page=9)
    assert (page.groups, page.total.count, page.next_cursor) == ([], 1, None)
