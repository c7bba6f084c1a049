"""Read Google's prices, and compute again what today's runs cost, and those of which something was not known.

Runs of a release that kept machines and no costs are summed up here too, since this is done at each deployment.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from common.domain.health.parts import SystemPart
from common.domain.insight.cost.catalog import read_catalog
from common.services.health.reports import HealthReports
from common.services.insight.cost.catalog import BillingCatalog
from common.services.insight.cost.prices import PriceStore
from common.services.insight.cost.sums import CostSums
from common.telemetry import telemetry

log = telemetry("prices")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadPrices:
    """Stores the prices of today that have changed. Runs keep the prices of their day."""

    catalog: BillingCatalog
    prices: PriceStore
    costs: CostSums
    reports: HealthReports
    clock: Callable[[], datetime]

    def run(self) -> int:
        """The number of prices that were new. Raises UnavailableError."""
        today = self.clock().date()
        found = read_catalog(self.catalog.skus(), since=today)
        if found.ambiguous:
            about = {"action": "prices_ambiguous", "prices": found.ambiguous[:20], "count": len(found.ambiguous)}
            log.warning("Google's catalog has two prices for one thing; neither is used", extra=about)
        if not found.prices:
            log.error("Google's catalog has no price that is understood", extra={"action": "prices_missing"})
            return 0
        added = self.prices.add(found.prices, since=today)
        summed = self.costs.sum_up_old(at=self.clock())
        self.reports.note({SystemPart.PRICES: None}, at=self.clock())
        priced = self.costs.price_again(since=today)
        about = {
            "action": "prices_read",
            "prices": len(found.prices),
            "new": added,
            "runs_priced": priced,
            "runs_summed": summed,
        }
        log.info("prices read", extra=about)
        return added
