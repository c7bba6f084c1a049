from datetime import date, timedelta

from sqlalchemy import Engine

from common.domain.insight.cost.prices import ListPrice
from common.services.insight.cost.prices import PriceStore, price_list
from tests.unit.common.domain.insight.cost.prices import IOWA, PRICES, SINCE

LATER = SINCE + timedelta(days=7)


def of_core(engine: Engine) -> dict[date, int]:
    """The prices of a core of N1 by the day from which on they are in force."""
    with engine.connect() as connection:
        found = price_list(connection, [IOWA])
    days = [SINCE - timedelta(days=1), SINCE, LATER]
    prices = [found.price("core/n1", IOWA, spot=False, on=day) for day in days]
    return {price.since: price.nanos for price in prices if price}


def test_a_price_that_has_not_changed_is_stored_once(engine: Engine) -> None:
    prices = PriceStore(engine)
    assert prices.add(PRICES, since=SINCE) == len(PRICES)
    assert prices.add(PRICES, since=LATER) == 0
    assert of_core(engine) == {SINCE: 31_611_000}


def test_a_changed_price_gets_a_second_row_and_the_first_one_stays(engine: Engine) -> None:
    prices = PriceStore(engine)
    prices.add(PRICES, since=SINCE)
    changed = [ListPrice("core/n1", IOWA, False, 1, LATER)]
    assert [prices.add(changed, since=LATER), prices.add(changed, since=LATER)] == [1, 0]
    assert of_core(engine) == {SINCE: 31_611_000, LATER: 1}


def test_a_second_price_for_the_same_day_changes_nothing(engine: Engine) -> None:
    prices = PriceStore(engine)
    prices.add(PRICES, since=SINCE)
    assert prices.add([ListPrice("core/n1", IOWA, False, 1, SINCE)], since=SINCE) == 0
    assert of_core(engine) == {SINCE: 31_611_000}


def test_only_the_prices_of_the_regions_are_read(engine: Engine) -> None:
    PriceStore(engine).add(PRICES, since=SINCE)
    with engine.connect() as connection:
        assert price_list(connection, ["mars"]).price("core/n1", IOWA, spot=False, on=SINCE) is None
        assert price_list(connection, []).price("core/n1", IOWA, spot=False, on=SINCE) is None
