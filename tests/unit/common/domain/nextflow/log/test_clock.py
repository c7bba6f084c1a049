# ruff: noqa: RUF001 - months in many scripts
"""Months in many languages, and the years that logs leave out."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.domain.nextflow.log.clock import LogClock, month_number

NEAR = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("token", "month"),
    [
        ("Nov", 11),
        ("Oct.", 10),
        ("11月", 11),
        ("1월", 1),
        ("thg 12", 12),
        ("de nov.", 11),
        ("d’abr.", 4),  # as Java prints it
        ("d'ag.", 8),
        ("de març", 3),
        ("März", 3),
        ("Dez.", 12),
        ("févr.", 2),
        ("juil.", 7),
        ("août", 8),
        ("ene.", 1),
        ("sept.", 9),
        ("gen", 1),
        ("giu", 6),
        ("mrt.", 3),
        ("mei", 5),
        ("out.", 10),
        ("maj", 5),
        ("des.", 12),
        ("нояб.", 11),
        ("Şub", 2),
        ("\ufeffNov", 11),
        ("13月", None),
        ("Smarch", None),
        ("lis", None),  # November in Polish, October in Croatian
        ("", None),
    ],
)
def test_a_month_is_recognised_in_many_languages(token: str, month: int | None) -> None:
    assert month_number(token) == month


def read(clock: LogClock, stamp: str) -> datetime | None:
    return clock.read(stamp.encode())


@pytest.mark.parametrize(
    ("stamp", "year"), [("Nov-20 10:00:00", 2026), ("Dec-31 10:00:00", 2026), ("Jan-02 10:00:00", 2027)]
)
def test_the_first_timestamp_gets_the_year_nearest_to_the_given_time(stamp: str, year: int) -> None:
    at = read(LogClock(NEAR, UTC), f"{stamp}.000")

    assert at is not None
    assert at.year == year


def test_a_nearer_previous_year_is_chosen() -> None:
    at = read(LogClock(datetime(2026, 1, 3, tzinfo=UTC), UTC), "Dec-30 23:00:00.000")

    assert at == datetime(2025, 12, 30, 23, tzinfo=UTC)


def test_january_after_december_is_in_the_next_year() -> None:
    clock = LogClock(datetime(2025, 12, 31, tzinfo=UTC), UTC)

    assert read(clock, "Dec-31 23:59:59.999") == datetime(2025, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC)
    assert read(clock, "Jan-01 00:00:00.001") == datetime(2026, 1, 1, 0, 0, 0, 1_000, tzinfo=UTC)


def test_a_step_back_over_new_year_is_in_the_old_year() -> None:
    clock = LogClock(datetime(2026, 1, 1, tzinfo=UTC), UTC)
    read(clock, "Jan-01 00:00:00.001")

    assert read(clock, "Dec-31 23:59:59.998") == datetime(2025, 12, 31, 23, 59, 59, 998_000, tzinfo=UTC)


def test_times_after_midnight_are_on_the_next_day() -> None:
    clock = LogClock(NEAR, UTC)
    before, after = read(clock, "Nov-30 23:59:59.900"), read(clock, "Dec-01 00:00:00.100")

    assert before is not None
    assert after is not None
    assert after - before == timedelta(milliseconds=200)


def test_a_small_step_back_is_kept() -> None:
    clock = LogClock(NEAR, UTC)
    first, second = read(clock, "Nov-23 10:00:01.000"), read(clock, "Nov-23 10:00:00.992")

    assert first is not None
    assert second is not None
    assert first - second == timedelta(milliseconds=8)


def test_february_29_is_in_the_nearest_leap_year() -> None:
    assert read(LogClock(NEAR, UTC), "Feb-29 10:00:00.000") == datetime(2028, 2, 29, 10, tzinfo=UTC)


@pytest.mark.parametrize("stamp", ["Nov-31 10:00:00.000", "Nov-00 10:00:00.000", "Nov-23 24:00:00.000"])
def test_an_impossible_time_is_none(stamp: str) -> None:
    assert read(LogClock(NEAR, UTC), stamp) is None


def test_an_unknown_month_does_not_affect_other_timestamps() -> None:
    clock = LogClock(NEAR, UTC)

    assert read(clock, "Zzz-23 10:00:00.000") is None
    assert read(clock, "Nov-23 10:00:00.000") == datetime(2026, 11, 23, 10, tzinfo=UTC)


def test_timestamps_are_local_to_the_given_zone() -> None:
    summer, winter = LogClock(NEAR, ZoneInfo("Europe/Berlin")), LogClock(NEAR, timezone(timedelta(hours=-8)))

    assert read(summer, "Jul-01 12:00:00.000") == datetime(2026, 7, 1, 10, tzinfo=UTC)
    assert read(winter, "Dec-31 23:00:00.000") == datetime(2027, 1, 1, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    "months",
    [  # as SimpleDateFormat and DateTimeFormatter print MMM, by CLDR and by JDK 8
        "ιαν φεβ μαρ απρ μαΐ ιουν ιουλ αυγ σεπ οκτ νοε δεκ",
        "Ιαν Φεβ Μάρ Απρ Μάι Ιούν Ιούλ Αύγ Σεπ Οκτ Νοέ Δεκ",
        "яну фев март апр май юни юли авг сеп окт ное дек",
        "ינו׳ פבר׳ מרץ אפר׳ מאי יוני יולי אוג׳ ספט׳ אוק׳ נוב׳ דצמ׳",
        "ม.ค. ก.พ. มี.ค. เม.ย. พ.ค. มิ.ย. ก.ค. ส.ค. ก.ย. ต.ค. พ.ย. ธ.ค.",
        "जन॰ फ़र॰ मार्च अप्रैल मई जून जुल॰ अग॰ सित॰ अक्तू॰ नव॰ दिस॰",
        "जनवरी फ़रवरी मार्च अप्रैल मई जून जुलाई अगस्त सितंबर अक्टूबर नवंबर दिसंबर",
        "يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر",
        "ينا فبر مار أبر ماي يون يول أغس سبت أكت نوف ديس",
    ],
)
def test_the_months_of_a_year_are_one_to_twelve(months: str) -> None:
    assert [month_number(token) for token in months.split()] == list(range(1, 13))


def test_the_months_of_the_levant_have_two_words() -> None:
    assert [month_number(token) for token in ("تشرين الأول", "كانون الثاني")] == [10, 1]


@given(
    st.sampled_from(["Nov", "Feb", "", "\x00", "11月"]) | st.text(max_size=20),
    st.from_regex(r"\A[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}\Z"),
)
def test_any_timestamp_can_be_read(token: str, rest: str) -> None:
    at = LogClock(NEAR, timezone(timedelta(hours=14))).read(f"{token}-{rest}.999".strip().encode())

    assert at is None or abs(at - NEAR) < timedelta(days=366 * 8)
