from datetime import date
from fractions import Fraction

from common.domain.insight.cost.prices import ListPrice, PriceList, Rate, UnknownPrice, built_in_gpus
from tests.unit.common.domain.insight.cost.prices import IOWA, LIST, SINCE

OLD, NEW = date(2026, 1, 1), date(2026, 6, 1)
HISTORY = PriceList.of(ListPrice("gpu/t4", IOWA, False, nanos, since) for nanos, since in ((7200, NEW), (3600, OLD)))


def test_the_price_in_force_on_the_day_counts_and_before_all_prices_the_oldest() -> None:
    found = [HISTORY.gpu("t4", IOWA, spot=False, on=date(year, 3, 1)) for year in (2025, 2026, 2027)]
    assert found == [Rate(Fraction(1), OLD), Rate(Fraction(1), OLD), Rate(Fraction(2), NEW)]


def test_a_spot_machine_never_gets_the_price_of_a_standard_one() -> None:
    assert LIST.machine("e2-standard-2", IOWA, spot=True, on=NEW) == UnknownPrice(
        "the Spot price of e2-standard-2 in us-central1"
    )


def test_persistent_disks_have_one_price_and_local_ssds_two() -> None:
    assert LIST.disk("pd-balanced", IOWA, spot=True, on=SINCE) == LIST.disk("pd-balanced", IOWA, spot=False, on=SINCE)
    rates = [LIST.disk("local-ssd", IOWA, spot=spot, on=SINCE) for spot in (False, True)]
    assert rates == [Rate(Fraction(80_000_000, 2_628_000), SINCE), Rate(Fraction(48_000_000, 2_628_000), SINCE)]


def test_a_machine_of_another_region_has_no_price() -> None:
    assert isinstance(LIST.machine("n1-standard-4", "mars-north1", spot=False, on=SINCE), UnknownPrice)


def test_a_machine_whose_memory_has_no_price_has_none() -> None:
    only_cores = PriceList.of([ListPrice("core/n1", IOWA, False, 1, SINCE)])
    assert isinstance(only_cores.machine("n1-standard-4", IOWA, spot=False, on=SINCE), UnknownPrice)


def test_only_machine_types_with_gpus_have_built_in_ones() -> None:
    assert [built_in_gpus(name) for name in ("g2-standard-4", "n1-standard-4", None)] == [("nvidia-l4", 1), None, None]
