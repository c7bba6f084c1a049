"""Prices of machines, GPUs and disks: what one second of each costs, and on which day the price came into force.

Prices are whole nano-dollars for an hour of a core, of a GiB of memory, or of a GPU, and for a month of a GiB of disk,
as Google's Cloud Billing Catalog gives them.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import Final, NamedTuple

from common.domain.insight.cost.machine_types import MachineShape, shape_of

SECONDS_PER_HOUR: Final = 3600
SECONDS_PER_MONTH: Final = 2_628_000  # a twelfth of 365 days
# Google sells disks at one price; only machines, GPUs and local SSDs are cheaper as Spot.
_SAME_FOR_SPOT: Final = "disk/pd-"


class PricedPart(StrEnum):
    """What a price is for."""

    CORE = "core"
    MEMORY = "memory"
    GPU = "gpu"
    DISK = "disk"


def sku(part: PricedPart, kind: str) -> str:
    """Our own name of a thing with a price, such as `core/n2` or `disk/pd-balanced`."""
    return f"{part}/{kind}"


class ListPrice(NamedTuple):
    """A price in nano-dollars for an hour, of a disk for a GiB and month, in force from a day on."""

    sku: str
    region: str
    spot: bool
    nanos: int
    since: date


class Rate(NamedTuple):
    """Nano-dollars for a second, exactly, and the day from which on the newest price in it was in force."""

    nanos: Fraction
    priced_on: date


class UnknownPrice(NamedTuple):
    """Why there is no price; `reason` is for people."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceList:
    """All prices with their history."""

    _by_key: Mapping[tuple[str, str, bool], Sequence[ListPrice]] = field(default_factory=dict)

    @classmethod
    def of(cls, prices: Iterable[ListPrice]) -> "PriceList":
        by_key: dict[tuple[str, str, bool], list[ListPrice]] = defaultdict(list)
        for price in sorted(prices, key=lambda price: price.since):
            by_key[price.sku, price.region, price.spot].append(price)
        return cls(_by_key=by_key)

    def price(self, name: str, region: str, *, spot: bool, on: date) -> ListPrice | None:
        """The price in force on a day; the oldest one for a day before all of them, None if there is none."""
        history = self._by_key.get((name, region, spot and not name.startswith(_SAME_FOR_SPOT)), ())
        return next((price for price in reversed(history) if price.since <= on), history[0] if history else None)

    def machine(self, machine_type: str, region: str, *, spot: bool, on: date) -> Rate | UnknownPrice:
        """The rate of the cores and the memory of a machine."""
        shape = shape_of(machine_type)
        if shape is None:
            return UnknownPrice(f"the price of the machine type {machine_type}")
        found = [
            (self.price(sku(part, shape.family), region, spot=spot, on=on), amount)
            for part, amount in ((PricedPart.CORE, shape.cores), (PricedPart.MEMORY, shape.gib))
        ]
        priced = [(price, amount) for price, amount in found if price]
        if len(priced) < len(found):
            return UnknownPrice(_machine_words(machine_type, region, spot=spot))
        nanos = sum((price.nanos * amount for price, amount in priced), Fraction()) / SECONDS_PER_HOUR
        return Rate(nanos, max(price.since for price, _ in priced))

    def gpu(self, kind: str, region: str, *, spot: bool, on: date) -> Rate | UnknownPrice:
        """The rate of one GPU."""
        price = self.price(sku(PricedPart.GPU, kind), region, spot=spot, on=on)
        return (
            Rate(Fraction(price.nanos, SECONDS_PER_HOUR), price.since)
            if price
            else UnknownPrice(f"the price of the GPU {kind} in {region}")
        )

    def disk(self, kind: str, region: str, *, spot: bool, on: date) -> Rate | UnknownPrice:
        """The rate of one GiB of a disk."""
        price = self.price(sku(PricedPart.DISK, kind), region, spot=spot, on=on)
        return (
            Rate(Fraction(price.nanos, SECONDS_PER_MONTH), price.since)
            if price
            else UnknownPrice(f"the price of the disk {kind} in {region}")
        )


def built_in_gpus(machine_type: str | None) -> tuple[str, int] | None:
    """The GPUs that belong to a machine type."""
    shape: MachineShape | None = shape_of(machine_type) if machine_type else None
    return shape.gpus if shape else None


def _machine_words(machine_type: str, region: str, *, spot: bool) -> str:
    return f"the {'Spot ' if spot else ''}price of {machine_type} in {region}"
