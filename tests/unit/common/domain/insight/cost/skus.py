"""SKUs in the shape in which the Cloud Billing Catalog answers them; prices of N1 are from cromwell's issue 7729."""

from typing import Any

AMERICAS, BELGIUM = ("us-central1", "us-east1"), ("europe-west1",)


def one(
    description: str,
    nanos: int,
    *,
    unit: str = "h",
    usage: str = "OnDemand",
    regions: tuple[str, ...] = AMERICAS,
    units: str = "0",
    free: int = 0,
) -> dict[str, Any]:
    """A SKU with one price; `free` is the amount that costs nothing."""
    rates = [_rate(0, "0", 0)] if free else []
    return {
        "name": "services/6F81-5844-456A/skus/2E27-4F75-95CD",
        "skuId": "2E27-4F75-95CD",
        "description": description,
        "category": {
            "serviceDisplayName": "Compute Engine", "resourceFamily": "Compute", "resourceGroup": "CPU",
            "usageType": usage,
        },
        "serviceRegions": list(regions),
        "pricingInfo": [
            {
                "summary": "",
                "pricingExpression": {
                    "usageUnit": unit, "displayQuantity": 1, "tieredRates": [*rates, _rate(free, units, nanos)],
                },
                "currencyConversionRate": 1,
                "effectiveTime": "2026-11-22T08:00:00Z",
            }
        ],
        "serviceProviderName": "Google",
    }  # fmt: skip


def _rate(start: int, units: str, nanos: int) -> dict[str, Any]:
    return {"startUsageAmount": start, "unitPrice": {"currencyCode": "USD", "units": units, "nanos": nanos}}


N1 = [
    one("N1 Predefined Instance Core running in Americas", 31_611_000),
    one("N1 Predefined Instance Ram running in Americas", 4_237_000, unit="GiBy.h"),
    one("Spot Preemptible N1 Predefined Instance Core running in Americas", 8_340_000, usage="Preemptible"),
    one(
        "Spot Preemptible N1 Predefined Instance Ram running in Americas", 1_070_000, unit="GiBy.h", usage="Preemptible"
    ),
]
