"""Times as people type them."""

from datetime import UTC, datetime, timedelta

import pytest

from sluice.commands.parts.times import moment, seconds
from sluice.errors import InputError

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "ago"), [("90s", timedelta(seconds=90)), ("12h", timedelta(hours=12)), ("7d", timedelta(days=7))]
)
def test_a_time_ago(text: str, ago: timedelta) -> None:
    assert moment(text, now=NOW) == NOW - ago


def test_a_time_with_a_zone_is_that_time() -> None:
    assert moment("2026-11-30T12:00+01:00", now=NOW) == datetime(2026, 11, 30, 11, tzinfo=UTC)


def test_a_day_is_one_of_this_machine() -> None:
    assert moment("2026-11-30", now=NOW) == datetime(2026, 11, 30).astimezone()


@pytest.mark.parametrize("text", ["soon", "7", "d", "-1d", "2026-13-01", "999999d"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        moment(text, now=NOW)


@pytest.mark.parametrize(("text", "expected"), [("90", 90), ("90s", 90), ("15m", 900), ("4h", 14_400)])
def test_a_duration(text: str, expected: float) -> None:
    assert seconds(text) == expected


@pytest.mark.parametrize("text", ["", "h", "1.5h", "-1"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        seconds(text)
