"""Reads and writes the table `prices`."""

import json
from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import Connection, Engine, text

from common.domain.insight.cost.prices import ListPrice, PriceList

_READ: Final = text("""
    SELECT json_agg(json_build_array(sku, region, spot, nanos, since)) FROM prices
    WHERE region = ANY(string_to_array(:regions, E'\\n'))
""")
# A price that has not changed gets no second row, and one that is known for the day stays as it is.
_ADD: Final = text("""
    INSERT INTO prices (sku, region, spot, nanos, since)
    SELECT sku, region, spot, nanos, :since
    FROM json_to_recordset(:prices) AS new (sku text, region text, spot boolean, nanos bigint)
    WHERE nanos IS DISTINCT FROM (
        SELECT known.nanos FROM prices known
        WHERE known.sku = new.sku AND known.region = new.region AND known.spot = new.spot AND known.since <= :since
        ORDER BY known.since DESC LIMIT 1
    )
    ON CONFLICT (region, sku, spot, since) DO NOTHING
""")


def price_list(connection: Connection, regions: Collection[str]) -> PriceList:
    """All prices of some regions."""
    return price_list_in(connection.execute(_READ, {"regions": "\n".join(regions)}).scalar_one() if regions else None)


def price_list_in(found: Iterable[Sequence[Any]] | None) -> PriceList:
    """The prices in an array of arrays, as Postgres writes them."""
    return PriceList.of(
        ListPrice(sku, region, spot, nanos, date.fromisoformat(since))
        for sku, region, spot, nanos, since in found or ()
    )


class PriceStore:
    """Keeps prices with their history. Raises UnavailableError."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, prices: Iterable[ListPrice], *, since: date) -> int:
        """Store the prices that differ from those in force on the day `since`; returns how many did."""
        rows = [{"sku": each.sku, "region": each.region, "spot": each.spot, "nanos": each.nanos} for each in prices]
        with self._engine.begin() as connection:
            return connection.execute(_ADD, {"prices": json.dumps(rows), "since": since}).rowcount
