"""Our own table of list prices, for a laptop that cannot ask Google.

E2 and N2 are solved from the hourly prices of whole machines (a machine costs its cores and its GiB) in pricing.yml of
Cyclenerd/google-cloud-pricing-cost-calculator, generated from Google's catalog on 2025-03-06: e2-medium and
e2-highmem-4, n2-standard-96 and n2-highmem-96. N1 in Iowa is from broadinstitute/cromwell, issue 7729; N1 in Belgium
has the price of N2, as in Iowa. Disks are from c3x.dev on persistent disks. GPUs and other families are left out.
"""

import csv
from datetime import date
from pathlib import Path
from typing import Final

from common.domain.insight.cost.prices import ListPrice

SINCE: Final = date(2025, 3, 6)
_FILE: Final = Path(__file__).with_name("list_prices.tsv")


def table_of_ours() -> list[ListPrice]:
    """The prices of the table, all in force since SINCE."""
    with _FILE.open(newline="", encoding="utf-8") as file:
        return [
            ListPrice(row["sku"], row["region"], row["spot"] == "yes", int(row["nanos"]), SINCE)
            for row in csv.DictReader(file, delimiter="\t")
        ]
