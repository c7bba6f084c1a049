"""Months of log entries are dropped when they are old and nobody has read them again lately."""

from datetime import UTC, date, datetime, timedelta

import pytest

from common.domain.runs.retention import READ_AGAIN_FOR, months_to_drop

AT = datetime(2026, 12, 1, 0, 30, tzinfo=UTC)
LONG_AGO = AT - timedelta(days=400)


@pytest.mark.parametrize(("keep", "dropped"), [(1, [10, 5, 4]), (6, [5, 4]), (7, [4]), (8, [])])
def test_a_month_is_dropped_when_it_ended_so_many_months_ago(keep: int, dropped: list[int]) -> None:
    months = {date(2026, month, 1): LONG_AGO for month in (4, 5, 10, 11, 12)}

    found = months_to_drop(months, keep=keep, at=AT)

    assert found == [date(2026, month, 1) for month in sorted(dropped)]


def test_a_month_that_was_read_again_is_kept_for_a_while() -> None:
    month = date(2026, 1, 1)

    assert months_to_drop({month: AT - READ_AGAIN_FOR + timedelta(seconds=1)}, keep=6, at=AT) == []
    assert months_to_drop({month: AT - READ_AGAIN_FOR}, keep=6, at=AT) == [month]
