from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from common.domain.insight.cost.catalog import read_catalog
from common.domain.insight.cost.prices import ListPrice, PriceList, Rate
from tests.unit.common.domain.insight.cost.skus import BELGIUM, N1, one

TODAY = date(2026, 11, 23)


def prices(*skus: dict[str, Any]) -> dict[tuple[str, str, bool], int]:
    """The price of each thing by its name, region, and whether it is Spot."""
    return {(each.sku, each.region, each.spot): each.nanos for each in read_catalog(skus, since=TODAY).prices}


def test_n1_costs_what_google_asks_for_it_in_the_americas() -> None:
    found = PriceList.of(read_catalog(N1, since=TODAY).prices)
    hour = 3600
    for spot, nanos in ((False, 4 * 31_611_000 + 15 * 4_237_000), (True, 4 * 8_340_000 + 15 * 1_070_000)):
        rate = found.machine("n1-standard-4", "us-east1", spot=spot, on=TODAY)
        assert rate == Rate(Fraction(nanos, hour), TODAY)


@pytest.mark.parametrize(
    ("description", "unit", "sku"),
    [
        ("E2 Instance Core running in Belgium", "h", "core/e2"),
        ("E2 Instance Ram running in Belgium", "GiBy.h", "memory/e2"),
        ("N2D AMD Instance Core running in Belgium", "h", "core/n2d"),
        ("T2A Arm Instance Ram running in Belgium", "GiBy.h", "memory/t2a"),
        ("C3D Instance Core running in Belgium", "h", "core/c3d"),
        ("N2 Custom Instance Core running in Belgium", "h", "core/n2-custom"),
        ("N2D AMD Custom Instance Ram running in Belgium", "GiBy.h", "memory/n2d-custom"),
        ("Custom Instance Core running in Belgium", "h", "core/n1-custom"),
        ("Compute optimized Core running in Belgium", "h", "core/c2"),
        ("Compute optimized Ram running in Belgium", "GiBy.h", "memory/c2"),
        ("Nvidia Tesla T4 GPU running in Belgium", "h", "gpu/nvidia-tesla-t4"),
        ("Nvidia L4 GPU running in Belgium", "h", "gpu/nvidia-l4"),
        ("Nvidia Tesla A100 80GB GPU running in Belgium", "h", "gpu/nvidia-a100-80gb"),
        ("Storage PD Capacity in Belgium", "GiBy.mo", "disk/pd-standard"),
        ("Balanced PD Capacity in Belgium", "GiBy.mo", "disk/pd-balanced"),
        ("SSD backed PD Capacity", "GiBy.mo", "disk/pd-ssd"),
        ("SSD backed Local Storage in Belgium", "GiBy.mo", "disk/local-ssd"),
    ],
)
def test_a_description_says_what_a_price_is_for(description: str, unit: str, sku: str) -> None:
    assert prices(one(description, 7, unit=unit, regions=BELGIUM)) == {(sku, "europe-west1", False): 7}


@pytest.mark.parametrize(
    "description",
    [
        "Spot Preemptible E2 Instance Core running in Belgium",
        "Spot Preemptible Compute optimized Core running in Belgium",
        "Nvidia Tesla T4 GPU attached to Spot Preemptible VMs running in Belgium",
    ],
)
def test_spot_prices_are_those_of_preemptible_usage(description: str) -> None:
    (key,) = prices(one(description, 7, usage="Preemptible", regions=BELGIUM))
    assert key[2]


@pytest.mark.parametrize(
    "sku",
    [
        one("Commitment v1: N2 Cpu in Americas for 1 Year", 7, usage="Commit1Yr"),
        one("N2 Sole Tenancy Instance Core running in Americas", 7),
        one("N2 Custom Extended Instance Ram running in Americas", 7, unit="GiBy.h"),
        one("Regional Storage PD Capacity in Belgium", 7, unit="GiBy.mo"),
        one("E2 Instance Core running in Belgium", 7, unit="mo"),
        one("Network Internet Egress from Americas to China", 7, unit="GiBy"),
        {"description": "E2 Instance Core running in Belgium", "category": {"usageType": "OnDemand"}},
        {},
    ],
)
def test_what_no_task_is_billed_for_is_left_out(sku: dict[str, Any]) -> None:
    assert prices(sku) == {}


def test_units_are_dollars_and_nanos_billionths_of_them() -> None:
    assert prices(one("Nvidia L4 GPU running in Iowa", 500_000_000, units="2", regions=("us-central1",))) == {
        ("gpu/nvidia-l4", "us-central1", False): 2_500_000_000
    }


def test_the_price_beyond_what_is_free_counts_and_of_several_in_time_the_last() -> None:
    sku = one("Storage PD Capacity", 40_000_000, unit="GiBy.mo", free=30, regions=("us-central1",))
    older = one("Storage PD Capacity", 1, unit="GiBy.mo")["pricingInfo"]
    sku["pricingInfo"] = older + sku["pricingInfo"]
    assert prices(sku) == {("disk/pd-standard", "us-central1", False): 40_000_000}


def test_a_thing_with_two_prices_has_none() -> None:
    twice = [one("E2 Instance Core running in Belgium", nanos, regions=BELGIUM) for nanos in (7, 8)]
    found = read_catalog([*twice, *N1[:1]], since=TODAY)
    assert found.ambiguous == ["core/e2 in europe-west1"]
    assert found.prices[0] == ListPrice("core/n1", "us-central1", False, 31_611_000, TODAY)
