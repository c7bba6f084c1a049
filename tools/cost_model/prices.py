"""Google's list prices of us-central1 in US dollars, without discounts, each with its source and date.

Those of Cloud Run are for tier 1, which includes europe-west1. A price without a date comes from an undated copy of its
page.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Price:
    """Dollars per unit beyond the monthly free amount."""

    dollars: float
    source: str
    free: float = 0

    def of(self, amount: float) -> float:
        return max(0.0, amount - self.free) * self.dollars


_RUN: Final = "cloud.google.com/run/pricing"
_STORAGE: Final = "cloud.google.com/storage/pricing, 2026-09-20"
_OPERATIONS: Final = "cloud.google.com/storage/pricing-examples"
_SQL: Final = "usage.ai on cloud.google.com/sql/pricing, 2026-05"
_BALANCER: Final = "cloud.google.com/load-balancing/pricing"

CPU_SECOND: Final = Price(0.000024, _RUN, free=180_000)
GIB_SECOND: Final = Price(0.0000025, _RUN, free=360_000)
INVOCATION: Final = Price(0.40 / 1e6, _RUN, free=2e6)
QUEUE_OPERATION: Final = Price(0.40 / 1e6, "cloud.google.com/tasks/pricing", free=1e6)
GATEWAY_CALL: Final = Price(3.00 / 1e6, "c3x.dev on API Gateway", free=2e6)
STORAGE_WRITE: Final = Price(0.005 / 1000, f"{_OPERATIONS}, class A")
STORAGE_READ: Final = Price(0.0004 / 1000, f"{_OPERATIONS}, class B")
GIB_MONTH: Final = Price(0.000027397 * 730, _STORAGE)
TELEMETRY_GIB: Final = Price(0.50, "cloud.google.com/stackdriver/pricing, 2026-09-12", free=50)
SQL_CPU_HOUR: Final = Price(0.0413, _SQL)
SQL_GIB_HOUR: Final = Price(0.007, _SQL)
BALANCER_HOUR: Final = Price(0.025, _BALANCER)
DISK_GIB_HOUR: Final = Price(0.10 / 730, "c3x.dev on persistent disks: pd-balanced, the default of Batch's boot disks")
IMAGE_GIB: Final = Price(0.10, "cloud.google.com/artifact-registry/pricing", free=0.5)
SECRET_VERSION: Final = Price(0.06, "cloud.google.com/secret-manager/pricing", free=6)
HEAD_JOB_HOUR: Final = Price(0.067, "e2-standard-2, not verified: cloud.google.com/compute/vm-instance-pricing")
