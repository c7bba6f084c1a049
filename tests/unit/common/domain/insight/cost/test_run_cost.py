"""Runs whose cost is computed by hand, to the nano-dollar, in the comment of each test; prices are in prices.py."""

from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from common.domain.insight.cost.basis import Basis
from common.domain.insight.cost.prices import ListPrice, PriceList
from common.domain.insight.cost.run_cost import (
    NO_DISKS,
    NO_MACHINE,
    NO_REGION,
    UNDATED,
    UNRATED,
    CostFigure,
    Parts,
    RunCost,
    cost_of_attempts,
    cost_of_run,
    priced,
    rates_of,
)
from common.domain.insight.cost.usage import Amount, BilledMachine, Role, Usage
from tests.unit.common.domain.insight.cost.prices import IOWA, LIST, PRICES, SINCE

TODAY = date(2026, 11, 23)
N1 = BilledMachine(machine_type="n1-standard-4", region=IOWA)  # 4 cores, 15 GiB
N1_SPOT = BilledMachine(machine_type="n1-standard-4", region=IOWA, spot=True)
BOOT = Amount("pd-balanced", 130)
GIB = 1 << 30


def usage(seconds: float, machine: BilledMachine | None = N1, process: str | None = "STAR", **more: Any) -> Usage:  # noqa: ANN401
    return Usage(microseconds=round(seconds * 1_000_000), machine=machine, process=process, **more)


def cost(*usages: Usage, prices: PriceList = LIST, on: date = TODAY) -> RunCost:
    return cost_of_run(usages, prices, on=on, region=IOWA)


def nanos(found: RunCost) -> dict[str | None, int | None]:
    return {each.process: each.cost.nanos for each in found.processes}


# ── ten runs and more ──


def test_a_task_costs_its_time_on_the_whole_machine() -> None:
    # 1 h * (4 * 31,611,000 + 15 * 4,237,000) = 126,444,000 + 63,555,000
    found = cost(usage(3600))
    assert (found.total.nanos, found.total.basis, found.priced_on) == (189_999_000, Basis.MACHINE, SINCE)
    assert (found.total.is_complete, found.unknown, found.head.nanos) == (True, {}, 0)


def test_both_preempted_attempts_of_a_job_are_paid_at_the_spot_price() -> None:
    # An hour is 4 * 8,340,000 + 15 * 1,070,000 = 49,410,000; (100 + 50 + 90) s are 240 / 3600 of it.
    found = cost(usage(240, N1_SPOT, attempts=3, losses=2))
    assert (found.total.nanos, found.total.losses, found.total.attempts) == (3_294_000, 2, 3)


def test_a_resumed_run_pays_only_for_what_it_computed_and_says_what_the_cache_saved() -> None:
    # Half an hour is 189,999,000 / 2. The cached task once took an hour.
    found = cost(usage(1800), usage(3600, process="FASTQC", role=Role.SAVED))
    assert (found.total.nanos, found.saved.nanos) == (94_999_500, 189_999_000)
    assert nanos(found) == {"STAR": 94_999_500, "FASTQC": 0}
    assert [each.saved.nanos for each in found.processes] == [0, 189_999_000]


def test_a_killed_job_costs_what_its_request_would_buy_until_the_end_of_the_run() -> None:
    # 2 cores and 8 GiB are e2-standard-2: 2 * 21,811,590 + 8 * 2,923,530 = 67,011,420 an hour, of which 20 minutes.
    found = cost(usage(1200, None, cpus=2, memory=8 * GIB))
    assert (found.total.nanos, found.total.basis, found.total.is_complete) == (22_337_140, Basis.REQUEST, False)
    assert found.unknown == {NO_DISKS: 1}


def test_a_guessed_machine_is_a_spot_machine_if_the_run_had_such() -> None:
    # A quarter of the price of E2: 2 * 5,452,897.5 + 8 * 730,882.5 = 16,752,855 an hour; the N1 of Spot 49,410,000.
    spot = [price._replace(spot=True, nanos=price.nanos // 4) for price in PRICES if price.sku.endswith("/e2")]
    found = cost(usage(3600, None, cpus=2, memory=8 * GIB), usage(3600, N1_SPOT), prices=PriceList.of([*PRICES, *spot]))
    assert (found.total.nanos, found.total.basis) == (49_410_000 + 16_752_850, Basis.REQUEST)


def test_gpus_are_paid_beside_the_machine() -> None:
    # 36 s are a hundredth of an hour: 1,899,990 for the machine, 3,500,000 for one T4.
    found = cost(
        usage(36, BilledMachine(machine_type="n1-standard-4", region=IOWA, gpus=(Amount("nvidia-tesla-t4", 1),)))
    )
    assert (found.total.nanos, found.total.parts) == (5_399_990, Parts(1_899_990, 3_500_000, 0))


def test_disks_are_paid_by_the_month_and_only_local_ssds_are_cheaper_as_spot() -> None:
    # (130 * 100,000,000 + 375 * 48,000,000) * 3,600 / 2,628,000 = 42,465,753.42; the machine 49,410,000.
    machine = BilledMachine(
        machine_type="n1-standard-4", region=IOWA, spot=True, disks=(BOOT, Amount("local-ssd", 375))
    )
    found = cost(usage(3600, machine))
    assert (found.total.nanos, found.total.parts) == (91_875_753, Parts(49_410_000, 0, 42_465_753))


def test_a_run_without_tasks_costs_its_head_job() -> None:
    # 6 h * 67,011,420 = 402,068,520; 80 GiB: 80 * 100,000,000 * 21,600 / 2,628,000 = 65,753,424.66
    machine = BilledMachine(machine_type="e2-standard-2", region=IOWA, disks=(Amount("pd-balanced", 80),))
    found = cost(usage(6 * 3600, machine, None, role=Role.HEAD))
    assert (found.total.nanos, found.head.nanos, found.processes) == (467_821_945, 467_821_945, [])


def test_a_machine_without_a_price_costs_nothing_that_is_known() -> None:
    found = cost(usage(3600, BilledMachine(machine_type="x9-standard-4", region=IOWA)))
    assert (found.total.nanos, found.total.basis, found.total.is_complete) == (None, Basis.NONE, False)
    assert found.unknown == {"the price of the machine type x9-standard-4": 1}


def test_what_is_known_beside_an_unknown_machine_is_not_taken_for_all() -> None:
    # The N1 hour; two attempts on the other machine are missing.
    unknown = usage(60, BilledMachine(machine_type="c3-standard-4", region=IOWA), "ALIGN", attempts=2)
    found = cost(usage(3600), unknown)
    assert (found.total.nanos, found.total.is_complete) == (189_999_000, False)
    assert nanos(found) == {"STAR": 189_999_000, "ALIGN": None}
    assert found.unknown == {"the price of c3-standard-4 in us-central1": 2}


def test_tasks_that_share_a_machine_share_its_price() -> None:
    # Two tasks, each half an hour on half a machine: 2 * 189,999,000 / 4
    shared = BilledMachine(machine_type="n1-standard-4", region=IOWA, task_pack=2)
    assert cost(usage(3600, shared, attempts=2)).total.nanos == 94_999_500


def test_parts_of_a_nano_dollar_go_to_the_largest_remainder() -> None:
    # A second of n1-standard-1 is (31,611,000 + 3.75 * 4,237,000) / 3600 = 13,194.375; three are 39,583.125.
    small = BilledMachine(machine_type="n1-standard-1", region=IOWA)
    found = cost(*(usage(1, small, process) for process in "ABC"))
    assert found.total.nanos == 39_583
    assert nanos(found) == {"A": 13_195, "B": 13_194, "C": 13_194}


def test_a_changed_price_leaves_the_run_of_yesterday_alone() -> None:
    # Twice the price of cores from today on: 2 * 126,444,000 + 63,555,000
    dearer = PriceList.of([*PRICES, ListPrice("core/n1", IOWA, False, 63_222_000, TODAY)])
    yesterday = date(2026, 11, 22)
    assert cost(usage(3600), prices=dearer, on=yesterday) == cost(usage(3600), on=yesterday)
    found = cost(usage(3600), prices=dearer)
    assert (found.total.nanos, found.priced_on) == (316_443_000, TODAY)


def test_the_attempts_of_a_task_add_up_to_it_and_an_unknown_one_has_no_cost() -> None:
    # Thirds of 100 nano-dollars, the first of which has what is left.
    attempts = [*priced([usage(1)] * 3, LIST, on=TODAY, region=IOWA), (usage(1, None), UNRATED)]
    found, nanos = cost_of_attempts(attempts, 100)
    assert (nanos, found.nanos, found.is_complete, found.attempts) == ([34, 33, 33, None], 100, False, 4)


# ── what is not known ──


def test_a_machine_of_an_unknown_region_has_no_price() -> None:
    found = cost(usage(60, BilledMachine(machine_type="n1-standard-4")))
    assert (found.total.nanos, found.unknown) == (None, {NO_REGION: 1})


def test_a_task_that_asked_for_nothing_known_and_had_no_known_machine_has_no_cost() -> None:
    found = cost(usage(60, None, cpus=2))
    assert (found.total.nanos, found.total.basis, found.unknown) == (None, Basis.NONE, {NO_MACHINE: 1})


def test_attempts_whose_clocks_disagree_are_counted_and_cost_nothing_that_is_known() -> None:
    found = cost(usage(3600, attempts=3, undated=1), usage(0, process="ALIGN", undated=1))
    assert (found.total.nanos, found.total.is_complete, found.unknown) == (189_999_000, False, {UNDATED: 2})
    assert nanos(found)["ALIGN"] is None


def test_a_run_without_any_machine_has_cost_nothing() -> None:
    assert cost().total == CostFigure(
        nanos=0, parts=Parts(0, 0, 0), basis=Basis.NONE, is_complete=True, attempts=0, seconds=0, losses=0
    )


# ── any run ──

_MACHINES = [
    None,
    N1,
    N1_SPOT,
    BilledMachine(machine_type="n1-highmem-2", region=IOWA, task_pack=3, disks=(BOOT,)),
    BilledMachine(machine_type="e2-medium", region=IOWA, gpus=(Amount("nvidia-tesla-t4", 2),)),
    BilledMachine(machine_type="m9-x", region=IOWA, disks=(BOOT,)),
    BilledMachine(machine_type="n1-standard-4"),
]
_USAGES = st.lists(
    st.builds(
        Usage,
        role=st.sampled_from([Role.TASK, Role.TASK, Role.SAVED]),
        process=st.sampled_from(["A", "B", "C", None]),
        machine=st.sampled_from(_MACHINES),
        cpus=st.sampled_from([None, 2]),
        memory=st.just(8 * GIB),
        microseconds=st.integers(0, 10**12),
    )
    | st.builds(Usage, role=st.just(Role.HEAD), machine=st.just(N1), microseconds=st.integers(0, 10**12)),
    max_size=12,
)


def _sum(costs: Sequence[CostFigure]) -> int:
    return sum(cost.nanos or 0 for cost in costs)


@given(_USAGES)
def test_the_parts_of_any_run_add_up_to_it(usages: list[Usage]) -> None:
    found = cost(*usages)
    costs = [found.head, *(each.cost for each in found.processes)]
    assert _sum(costs) == (found.total.nanos or 0)
    assert _sum([each.saved for each in found.processes]) == (found.saved.nanos or 0)
    for each in [found.total, *costs]:
        assert sum(each.parts) == (each.nanos or 0)
        assert min(each.parts) >= 0


@given(_USAGES)
def test_usages_of_equal_machines_cost_the_same_one_by_one_and_summed_up(usages: list[Usage]) -> None:
    spot = any(each.machine == N1_SPOT and each.role == Role.TASK for each in usages)

    def exact(each: Usage) -> Fraction:
        machine = each.with_machine(region=IOWA, spot=spot).machine
        rates = rates_of(machine, LIST, on=TODAY) if machine else None
        return (rates.machine + rates.gpus + rates.disks) * each.microseconds / 1_000_000 if rates else Fraction()

    paid = [each for each in usages if each.role != Role.SAVED]
    assert (cost(*usages).total.nanos or 0) == round(sum(map(exact, paid), Fraction()))
