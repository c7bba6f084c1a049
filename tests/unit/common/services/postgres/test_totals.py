"""Totals are exact up to a bound."""

import pytest
from sqlalchemy import Engine, func, select

from common.services.postgres.totals import COUNTED_AT_MOST, Total, count_up_to_cap


@pytest.mark.parametrize(
    ("rows", "total"),
    [
        (0, Total(0, is_capped=False)),
        (7, Total(7, is_capped=False)),
        (COUNTED_AT_MOST, Total(COUNTED_AT_MOST, is_capped=False)),
        (COUNTED_AT_MOST + 1, Total(COUNTED_AT_MOST, is_capped=True)),
        (COUNTED_AT_MOST * 3, Total(COUNTED_AT_MOST, is_capped=True)),
    ],
)
def test_a_total_is_exact_up_to_the_bound(engine: Engine, rows: int, total: Total) -> None:
    matching = select(func.generate_series(1, rows).label("n")).order_by("n")

    with engine.connect() as connection:
        assert count_up_to_cap(connection, matching) == total
