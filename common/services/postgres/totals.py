"""Totals of lists: exact up to a bound, so that counting costs no more than it is worth."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, func, select

COUNTED_AT_MOST = 10_000


@dataclass(frozen=True, slots=True)
class Total:
    """How many there are; when `is_capped`, at least that many."""

    count: int
    is_capped: bool


def count_up_to_cap(connection: Connection, matching: Select[Any]) -> Total:
    """The number of rows that `matching` selects, counted no further than COUNTED_AT_MOST."""
    counted = select(func.count()).select_from(matching.order_by(None).limit(COUNTED_AT_MOST + 1).subquery())
    found: int = connection.execute(counted).scalar_one()
    return Total(min(found, COUNTED_AT_MOST), found > COUNTED_AT_MOST)
