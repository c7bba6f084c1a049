from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta, timezone
from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import Fault, ValidationError
from common.web.query import Parameter, Query, no_parameters, read_query
from tests.unit.common.web.messages import make_request


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


def query_of(text: str) -> Query:
    return Query(make_request(f"/?{text}").args.items(multi=True))


def faults_of(query: Query) -> list[Fault]:
    with pytest.raises(ValidationError) as raised:
        query.check()
    return list(raised.value.faults)


def read_all(query: Query) -> None:
    query.integer("page", 1, low=1, high=100)
    query.choice("colour", Colour, None)
    query.flag("all")
    query.moment("created_after")
    query.day("completed_from")
    query.text("search", longest=20)


def test_good_values_are_read() -> None:
    query = query_of(
        "page=7&colour=blue&all=true&created_after=2026-11-23T08:00:00Z&completed_from=2026-11-23&search=scrna"
    )
    assert query.integer("page", 1, low=1, high=100) == 7
    assert query.choice("colour", Colour, None) is Colour.BLUE
    assert query.flag("all") is True
    assert query.moment("created_after") == datetime(2026, 11, 23, 8, tzinfo=UTC)
    assert query.day("completed_from") == date(2026, 11, 23)
    assert query.text("search", longest=20) == "scrna"
    query.check()


@pytest.mark.parametrize("text", ["", "page=&colour=&all=&created_after=&completed_from=&search="])
def test_an_absent_or_empty_value_is_the_default(text: str) -> None:
    query = query_of(text)
    assert query.integer("page", 1, low=1, high=100) == 1
    assert query.integer("limit", None, low=1, high=100) is None
    assert query.choice("colour", Colour, Colour.RED) is Colour.RED
    assert query.flag("all", default=True) is True
    assert query.moment("created_after") is None
    assert query.day("completed_from") is None
    assert query.text("search", longest=20) is None
    query.check()


@pytest.mark.parametrize(
    "text",
    [
        "page=0",
        "page=101",
        "page=-1",
        "page=1.0",
        "page=1e2",
        "page=%20 7",
        "page=1_0",
        "page=%D9%A1",  # int() accepts the Arabic digit one
        "page=99999999999999999999999",
        "colour=green",
        "colour=RED",
        "all=maybe",
        "created_after=yesterday",
        "created_after=2026-11-23T08:00:00",
        "created_after=2026-11-23",
        "created_after=2026-11-23T08:00:00+01:00",  # the + has become a blank
        "created_after=0001-01-01T00:00:00%2B14:00",
        "created_after=9999-12-31T23:59:59-14:00",
        "completed_from=yesterday",
        "completed_from=2026-02-30",
        "completed_from=20261123",
        "completed_from=2026-W48-1",
        "completed_from=2026-11-23T08:00:00Z",
        "search=" + "x" * 21,
        "search=a%00b",
    ],
)
def test_a_faulty_value_is_named(text: str) -> None:
    query = query_of(text)
    read_all(query)
    (fault,) = faults_of(query)
    assert fault.field == text.partition("=")[0]


@pytest.mark.parametrize("text", ["page=3&page=3", "page=3&page="])
def test_a_repeated_parameter_is_a_fault(text: str) -> None:
    query = query_of(text)
    read_all(query)
    assert faults_of(query) == [Fault(field="page", message="is given more than once")]


def test_an_unknown_parameter_is_a_fault() -> None:
    query = query_of("stauts=failed&all=1&aaa=")
    read_all(query)
    assert [fault.field for fault in faults_of(query)] == ["aaa", "stauts"]


@pytest.mark.parametrize(
    ("read", "known"),
    [
        (read_all, "it takes all, colour, completed_from, created_after, page, search"),
        (no_parameters, "it takes none"),
    ],
)
def test_the_message_about_an_unknown_parameter_lists_the_known_ones(read: Callable[[Query], None], known: str) -> None:
    query = query_of("other=1")
    read(query)
    assert faults_of(query) == [Fault(field="other", message=f"is not a parameter of this address; {known}")]


def test_reading_an_empty_query_records_the_parameters() -> None:
    query = Query([])
    query.integer("page", 1, low=1, high=100, about="Which page.")
    query.choice("colour", Colour, None, about="Only of this colour.")
    query.flag("all", about="Whoever owns it.")
    query.moment("created_after", about="Only later ones.")
    query.text("search", longest=20, about="A part of the name.")
    assert list(query.read.values()) == [
        Parameter("page", "Which page.", {"type": "integer", "minimum": 1, "maximum": 100, "default": 1}),
        Parameter("colour", "Only of this colour.", {"type": "string", "enum": [Colour.RED, Colour.BLUE]}),
        Parameter("all", "Whoever owns it.", {"type": "boolean", "default": False}),
        Parameter("created_after", "Only later ones.", {"type": "string", "format": "date-time"}),
        Parameter("search", "A part of the name.", {"type": "string", "maxLength": 20}),
    ]


def test_a_query_with_faults_gives_no_result() -> None:
    assert read_query([("search", "abc")], lambda query: query.text("search", longest=20)) == "abc"
    with pytest.raises(ValidationError):
        read_query([("search", "abc"), ("page", "1")], lambda query: query.text("search", longest=20))


def test_every_fault_is_reported_at_once() -> None:
    query = query_of("page=x&colour=x&all=x&created_after=x&other=x")
    read_all(query)
    assert [fault.field for fault in faults_of(query)] == ["page", "colour", "all", "created_after", "other"]


def test_a_handler_can_add_a_fault() -> None:
    query = query_of("")
    query.refuse("cursor", "excludes page")
    assert faults_of(query) == [Fault(field="cursor", message="excludes page")]


def test_the_message_says_what_is_allowed() -> None:
    query = query_of("page=x&colour=x")
    read_all(query)
    assert [fault.message for fault in faults_of(query)] == [
        "must be a whole number from 1 to 100",
        "must be one of red, blue",
    ]


@pytest.mark.parametrize(("text", "expected"), [("TRUE", True), ("1", True), ("False", False), ("0", False)])
def test_flags_take_four_spellings(text: str, expected: bool) -> None:
    assert query_of(f"all={text}").flag("all", default=not expected) is expected


@given(st.integers(-(10**17), 10**17))
def test_every_whole_number_in_range_is_read(number: int) -> None:
    assert Query([("n", str(number))]).integer("n", None, low=-(10**17), high=10**17) == number


@given(
    st.datetimes(
        min_value=datetime(2, 1, 1),  # noqa: DTZ001 hypothesis wants bounds without a zone
        max_value=datetime(9998, 1, 1),  # noqa: DTZ001
        timezones=st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes))),
    )
)
def test_every_time_with_a_zone_is_read_as_utc(moment: datetime) -> None:
    read = Query([("at", moment.isoformat())]).moment("at")
    assert read == moment
    assert read.tzinfo is UTC


@given(st.text())
@pytest.mark.parametrize(
    "read",
    [
        lambda query: query.integer("x", None, low=0, high=10),
        lambda query: query.choice("x", Colour, None),
        lambda query: query.flag("x"),
        lambda query: query.moment("x"),
        lambda query: query.day("x"),
        lambda query: query.text("x", longest=5),
    ],
    ids=["integer", "choice", "flag", "moment", "day", "text"],
)
def test_any_text_is_read_or_refused(read: Callable[[Query], object], text: str) -> None:
    query = Query([("x", text)])
    if read(query):
        query.check()
    else:
        with suppress(ValidationError):
            query.check()
