"""Stores prices in a database of which only the address is known."""

from collections.abc import Iterable
from datetime import date

from sqlalchemy import create_engine

from common.domain.insight.cost.prices import ListPrice
from common.services.insight.cost.prices import PriceStore


def store_prices(url: str, prices: Iterable[ListPrice], *, since: date) -> int:
    """Store the prices that differ from those in force on the day `since`; returns how many did."""
    engine = create_engine(url)
    try:
        return PriceStore(engine).add(prices, since=since)
    finally:
        engine.dispose()
