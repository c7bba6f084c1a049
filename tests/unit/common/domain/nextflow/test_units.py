"""Nextflow's units, readable and raw."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.domain.nextflow import units


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [
        ("352ms", 352),
        ("0ms", 0),
        ("5.2s", 5_200),
        ("1s", 1_000),
        ("7m 14s", 434_000),
        ("2h 5s", 7_205_000),
        ("1h 2m", 3_720_000),
        ("1d 3h 2m 59s", 97_379_000),
        ("8215", 8_215),
        ("0", 0),
    ],
)
def test_a_duration_is_readable_or_raw(text: str, milliseconds: int) -> None:
    assert units.duration_ms(text) == milliseconds


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 0),
        ("894 B", 894),
        ("11.4 MB", 11_953_766),
        ("256 GB", 256 * 1024**3),
        ("1.5 TB", 1536 * 1024**3),
        ("3358720", 3_358_720),
    ],
)
def test_memory_units_are_multiples_of_1024(text: str, size: int) -> None:
    assert units.memory_bytes(text) == size


@pytest.mark.parametrize(
    ("text", "value"), [("98.1%", 98.1), ("2606.9%", 2606.9), ("91.7", 91.7), ("0.0%", 0.0), ("151,6%", 151.6)]
)
def test_a_comma_is_a_decimal_separator(text: str, value: float) -> None:
    assert units.percent(text) == value


def test_a_time_is_local_to_the_given_zone() -> None:
    bangkok = timezone(timedelta(hours=7))

    assert units.moment("2023-05-04 15:46:02.335", bangkok) == datetime(2023, 5, 4, 8, 46, 2, 335_000, tzinfo=UTC)


def test_a_raw_time_needs_no_zone() -> None:
    bangkok = timezone(timedelta(hours=7))

    assert units.moment("1669573015785", bangkok) == datetime(2022, 11, 27, 18, 16, 55, 785_000, tzinfo=UTC)


@pytest.mark.parametrize(("read", "text"), [(units.memory_bytes, "9999 ZB"), (units.duration_ms, "9999999999999d")])
def test_numbers_beyond_64_bits_are_refused(read: Callable[[str], int], text: str) -> None:
    with pytest.raises(ValueError, match="at most 18 digits"):
        read(text)


@pytest.mark.parametrize("text", ["", "-", "5 parsecs", "1.5", "5.2s or so", "٣s", "9" * 40])
def test_other_text_is_not_a_duration(text: str) -> None:
    with pytest.raises(ValueError, match="not a"):
        units.duration_ms(text)


@pytest.mark.parametrize("text", ["2023-13-04 15:46:02.335", "2023-05-04", "9999-12-31 23:59:59.999", "9" * 18])
def test_other_text_is_not_a_time(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - some of the texts are Python's own
        units.moment(text, timezone(-timedelta(hours=12)))


@given(st.text())
def test_any_text_is_read_or_refused_with_a_reason(text: str) -> None:
    for read in (units.duration_ms, units.memory_bytes, units.percent, units.whole_number):
        try:
            read(text)
        except ValueError as error:
            reason = str(error)
        else:
            reason = "not a refusal"
        assert reason.startswith("not a")


@given(st.integers(min_value=0, max_value=10**15))
def test_raw_numbers_are_kept_exactly(number: int) -> None:
    assert units.duration_ms(str(number)) == number
    assert units.memory_bytes(str(number)) == number
