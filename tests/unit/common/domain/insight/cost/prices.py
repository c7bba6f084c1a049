"""Prices for tests. Those of N1 are Google's of Iowa; the others are close to Google's, and round."""

from datetime import date

from common.domain.insight.cost.prices import ListPrice, PriceList

IOWA = "us-central1"
SINCE = date(2026, 11, 1)
PRICES = [
    ListPrice("core/n1", IOWA, False, 31_611_000, SINCE),
    ListPrice("memory/n1", IOWA, False, 4_237_000, SINCE),
    ListPrice("core/n1", IOWA, True, 8_340_000, SINCE),
    ListPrice("memory/n1", IOWA, True, 1_070_000, SINCE),
    ListPrice("core/e2", IOWA, False, 21_811_590, SINCE),
    ListPrice("memory/e2", IOWA, False, 2_923_530, SINCE),
    ListPrice("gpu/nvidia-tesla-t4", IOWA, False, 350_000_000, SINCE),
    ListPrice("disk/pd-balanced", IOWA, False, 100_000_000, SINCE),
    ListPrice("disk/local-ssd", IOWA, False, 80_000_000, SINCE),
    ListPrice("disk/local-ssd", IOWA, True, 48_000_000, SINCE),
]
LIST = PriceList.of(PRICES)
