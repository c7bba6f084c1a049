"""Read Google's list prices into a database: python -m tools.prices [--catalog FILE…] [--ours] [--into DATABASE_URL].

A FILE is a page of the catalog as the Cloud Billing API answers it; without one, Google is asked with the credentials
of this machine. Without a database, the prices are printed. A deployment does the same by itself each week.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from common.domain.insight.cost.catalog import Catalog, read_catalog
from common.services.insight.cost.catalog import BillingCatalog
from tools.prices.store import store_prices
from tools.prices.table import SINCE, table_of_ours
from tools.text_table import text_table


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the prices, or store those that have changed; 1 if there are none."""
    parser = argparse.ArgumentParser(prog="python -m tools.prices", description=__doc__)
    parser.add_argument("--catalog", type=Path, nargs="+", metavar="FILE", help="pages of the catalog, as JSON")
    parser.add_argument("--ours", action="store_true", help="the table in the repository")
    parser.add_argument("--into", metavar="DATABASE_URL", help="store the prices there")
    options = parser.parse_args(arguments)
    since = SINCE if options.ours else datetime.now(UTC).date()
    skus = _skus_in(options.catalog) if options.catalog else BillingCatalog().skus()
    found = Catalog(table_of_ours(), []) if options.ours else read_catalog(skus, since=since)
    for name in found.ambiguous:
        print(f"two prices for {name}: neither is used", file=sys.stderr)
    if not found.prices:
        print("The catalog has no price that is understood.", file=sys.stderr)
        return 1
    if options.into:
        added = store_prices(options.into, found.prices, since=since)
        print(f"{len(found.prices):,} prices, {added:,} of them new since {since}")
    else:
        rows = [[each.sku, each.region, "Spot" if each.spot else "", f"{each.nanos:,}"] for each in found.prices]
        print(text_table(["for", "region", "", "nano-dollars"], rows, right=["nano-dollars"]))
    return 0


def _skus_in(files: Sequence[Path]) -> Iterator[dict[str, Any]]:
    for file in files:
        yield from json.loads(file.read_text(encoding="utf-8")).get("skus", ())


if __name__ == "__main__":
    sys.exit(main())
