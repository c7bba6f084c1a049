"""Reads prices from the SKUs of Google's Cloud Billing Catalog, service 6F81-5844-456A (Compute Engine).

A SKU names its machine family in its description only. Each has its regions, a usage type, and a price in units and
nanos (billionths of a dollar) for an amount from which on it holds. Source: services.skus.list of the Cloud Billing
API.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any, Final, NamedTuple

from common.domain.insight.cost.prices import ListPrice, PricedPart, sku

COMPUTE_ENGINE: Final = "services/6F81-5844-456A"
_SPOT_OF: Final = {"OnDemand": False, "Preemptible": True}  # by usage type; commitments are left out
_UNITS: Final = {PricedPart.CORE: "h", PricedPart.MEMORY: "GiBy.h", PricedPart.GPU: "h", PricedPart.DISK: "GiBy.mo"}
_NANOS: Final = 1_000_000_000
_PLACE: Final = r"(?: running in .+)?"
_INSTANCE: Final = re.compile(
    rf"(?:Spot Preemptible )?(?:(?P<family>[A-Z][0-9][A-Z]?)(?: AMD| Arm| Predefined)? )?(?P<custom>Custom )?"
    rf"(?:Instance|Compute optimized) (?P<what>Core|Ram){_PLACE}"
)
_GPU: Final = re.compile(
    rf"Nvidia (?P<kind>(?:Tesla )?[A-Z][0-9]+(?: 80GB)?) GPU(?: attached to Spot Preemptible VMs)?{_PLACE}"
)
_GPU_KINDS: Final = {"Tesla A100 80GB": "nvidia-a100-80gb"}  # the others are named as Batch names them
_DISKS: Final = {
    "Storage PD Capacity": "pd-standard",
    "Balanced PD Capacity": "pd-balanced",
    "SSD backed PD Capacity": "pd-ssd",
    "SSD backed Local Storage": "local-ssd",
    "SSD backed Local Storage attached to Spot Preemptible VMs": "local-ssd",
}
_DISK: Final = re.compile(rf"(?P<name>{'|'.join(sorted(_DISKS, key=len, reverse=True))})(?: in .+)?")


class Catalog(NamedTuple):
    """The prices of a catalog; `ambiguous` names those that it gives twice, which are left out."""

    prices: list[ListPrice]
    ambiguous: list[str]


def read_catalog(skus: Iterable[Mapping[str, Any]], *, since: date) -> Catalog:
    """The prices of machines, GPUs and disks among the SKUs of a catalog that was read on the day `since`."""
    found: dict[tuple[str, str, bool], set[int]] = {}
    for each in skus:
        for price in _prices_of(each, since):
            found.setdefault((price.sku, price.region, price.spot), set()).add(price.nanos)
    prices = [ListPrice(*key, nanos.pop(), since) for key, nanos in sorted(found.items()) if len(nanos) == 1]
    return Catalog(prices, sorted({f"{name} in {region}" for (name, region, _), nanos in found.items() if nanos}))


def _prices_of(each: Mapping[str, Any], since: date) -> Iterator[ListPrice]:
    spot = _SPOT_OF.get(each.get("category", {}).get("usageType", ""))
    thing = _thing_of(str(each.get("description", "")))
    if spot is None or thing is None:
        return
    part, kind = thing
    nanos = _nanos_of(each, unit=_UNITS[part])
    if nanos is not None:
        for region in each.get("serviceRegions", ()):
            yield ListPrice(sku(part, kind), region, spot, nanos, since)


def _thing_of(description: str) -> tuple[PricedPart, str] | None:
    """What a SKU is for; None for everything that no task of ours is billed for."""
    if found := _INSTANCE.fullmatch(description):
        family = (found["family"] or ("c2" if "Compute optimized" in description else "n1")).lower()
        is_custom = found["custom"] or (family == "n1" and "Predefined" not in description)
        part = PricedPart.CORE if found["what"] == "Core" else PricedPart.MEMORY
        return part, f"{family}-custom" if is_custom else family
    if found := _GPU.fullmatch(description):
        return PricedPart.GPU, _GPU_KINDS.get(found["kind"], f"nvidia-{found['kind'].lower().replace(' ', '-')}")
    if found := _DISK.fullmatch(description):
        return PricedPart.DISK, _DISKS[found["name"]]
    return None


def _nanos_of(each: Mapping[str, Any], *, unit: str) -> int | None:
    """The price in force, beyond what is free; None unless it is in dollars for `unit`."""
    pricing = each.get("pricingInfo") or [{}]
    expression = pricing[-1].get("pricingExpression", {})
    rates = sorted(expression.get("tieredRates", ()), key=lambda rate: rate.get("startUsageAmount", 0))
    price = rates[-1].get("unitPrice", {}) if rates else {}
    if expression.get("usageUnit") != unit or price.get("currencyCode") != "USD":
        return None
    return int(price.get("units", 0)) * _NANOS + int(price.get("nanos", 0))
