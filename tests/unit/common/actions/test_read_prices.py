from datetime import timedelta

import pytest
from sqlalchemy import text

from common.domain.batch.child_jobs import JobWithMachines
from common.domain.batch.job import BatchJob, JobState, MachineKind
from common.domain.batch.machines import MachineStay, StayEnd
from common.domain.insight.cost.prices import ListPrice
from common.domain.runs.status import RunStatus
from common.errors import UnavailableError
from common.services.insight.cost.prices import PriceStore
from tests.support.actions.stage import RUN, Stage
from tests.support.runs import NOON
from tests.unit.common.domain.insight.cost.skus import AMERICAS, N1, one

MACHINE = MachineKind(machine_type="n1-standard-4", provisioning_model="STANDARD", region="us-central1")


def stored(stage: Stage) -> list[tuple[object, ...]]:
    return stage.rows(
        "SELECT since::text, nanos FROM prices WHERE sku = 'core/n1' AND region = 'us-central1' ORDER BY 1, 2"
    )


def test_prices_are_stored_for_each_region_from_today_on(stage: Stage) -> None:
    stage.catalog.known = N1
    assert stage.read_prices.run() == len(N1) * len(AMERICAS)
    assert stored(stage) == [("2026-11-23", 8_340_000), ("2026-11-23", 31_611_000)]


def test_reading_again_adds_only_what_has_changed(stage: Stage) -> None:
    stage.catalog.known = list(N1)
    stage.read_prices.run()
    stage.clock.advance(days=7)
    stage.catalog.known[0] = one("N1 Predefined Instance Core running in Americas", 40_000_000)
    assert [stage.read_prices.run(), stage.read_prices.run()] == [2, 0]
    assert stored(stage)[-1] == ("2026-11-30", 40_000_000)


def a_run_with_a_machine(stage: Stage) -> None:
    """Store a run, made today, that had MACHINE for an hour."""
    stage.running()
    stay = MachineStay(assigned_at=NOON, released_at=NOON + timedelta(hours=1), end=StayEnd.DONE)
    job = BatchJob(name="jobs/j", uid="u", state=JobState.SUCCEEDED, labels={}, machine=MACHINE)
    stage.jobs.save(RUN, "j", JobWithMachines(job=job, stays=[stay]), at=NOON)
    stage.keep_jobs.costs.sum_up(RUN, at=NOON)


def test_runs_whose_cost_was_not_known_get_it(stage: Stage) -> None:
    a_run_with_a_machine(stage)
    assert stage.rows("SELECT nanos, is_complete FROM run_costs") == [(None, False)]
    stage.catalog.known = N1
    stage.read_prices.run()
    assert stage.rows("SELECT nanos, is_complete FROM run_costs") == [(189_999_000, True)]


def test_runs_of_the_day_get_the_prices_that_came_into_force_that_day(stage: Stage) -> None:
    before = NOON.date() - timedelta(days=7)
    dearer = {"core/n1": 2 * 31_611_000, "memory/n1": 4_237_000}
    prices = [ListPrice(name, "us-central1", False, nanos, before) for name, nanos in dearer.items()]
    PriceStore(stage.engine).add(prices, since=before)
    a_run_with_a_machine(stage)
    assert stage.rows("SELECT nanos, is_complete FROM run_costs") == [(316_443_000, True)]
    stage.catalog.known = N1
    stage.read_prices.run()
    assert stage.rows("SELECT nanos FROM run_costs") == [(189_999_000,)]
    stage.clock.advance(days=1)
    stage.catalog.known = [one("N1 Predefined Instance Core running in Americas", 40_000_000)]
    stage.read_prices.run()
    assert stage.rows("SELECT nanos FROM run_costs") == [(189_999_000,)]


def test_runs_of_a_release_that_kept_no_costs_get_theirs(stage: Stage) -> None:
    a_run_with_a_machine(stage)
    for status in (RunStatus.RUNNING, RunStatus.COMPLETED):
        stage.runs.update_run_status(RUN, status, at=NOON)
    with stage.engine.begin() as connection:
        connection.execute(text("DELETE FROM run_costs"))
    stage.catalog.known = N1
    stage.read_prices.run()
    assert stage.rows("SELECT nanos FROM run_costs") == [(189_999_000,)]


def test_a_catalog_without_prices_changes_nothing(stage: Stage) -> None:
    stage.catalog.known = [one("Network Internet Egress from Americas to China", 7, unit="GiBy")]
    assert stage.read_prices.run() == 0
    assert stored(stage) == []
    assert stage.rows("SELECT part FROM health_reports") == []


def test_when_prices_were_read_last_is_reported(stage: Stage) -> None:
    stage.catalog.known = N1
    stage.read_prices.run()
    assert stage.rows("SELECT part, heard_at FROM health_reports") == [("prices", NOON)]


def test_a_catalog_that_does_not_answer_is_asked_again(stage: Stage) -> None:
    stage.catalog.is_down = True
    with pytest.raises(UnavailableError):
        stage.read_prices.run()
