"""Durations, timestamps and enums in protobuf's JSON."""

import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import given
from hypothesis import strategies as st

from localdev.stand_ins.http.messages import ServiceError
from localdev.stand_ins.http.proto_json import (
    read_duration,
    read_enum,
    read_int32,
    read_timestamp,
    write_duration,
    write_timestamp,
)

LAST_SECOND = 253_402_300_799  # of the year 9999


@given(st.integers(0, LAST_SECOND), st.integers(0, 999_999_999))
def test_timestamps_are_read_and_written_as_by_protobuf(seconds: int, nanos: int) -> None:
    theirs = Timestamp(seconds=seconds, nanos=nanos)
    assert read_timestamp(theirs.ToJsonString()) == theirs.ToNanoseconds()
    back = Timestamp()
    back.FromJsonString(write_timestamp(theirs.ToNanoseconds()))
    assert back == theirs


@given(st.integers(0, 10**6), st.integers(0, 999_999))
def test_durations_are_read_and_written_as_by_protobuf(seconds: int, micros: int) -> None:
    theirs = Duration(seconds=seconds, nanos=micros * 1000)
    assert read_duration(theirs.ToJsonString()) == pytest.approx(seconds + micros / 1e6)
    back = Duration()
    back.FromJsonString(write_duration(seconds + micros / 1e6))
    assert abs(back.ToMicroseconds() - theirs.ToMicroseconds()) <= 1


def test_a_timestamp_can_have_an_offset() -> None:
    zulu = read_timestamp("2026-11-23T08:00:00Z")
    assert read_timestamp("2026-11-23T09:00:00.000000+01:00") == read_timestamp("2026-11-23T08:00:00+0000") == zulu


@given(st.one_of(st.text(), st.none(), st.integers(), st.from_regex(r"\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\Z")))
def test_any_other_value_is_refused_with_400(value: object) -> None:
    for read in (read_timestamp, read_duration):
        try:
            read(value)
        except ServiceError as error:
            assert error.code == 400  # noqa: PT017 both outcomes are right


@pytest.mark.parametrize(
    ("value", "number"), [(None, 0), ("7", 7), (7, 7), (7.0, 7), ("-1", -1), ("2147483647", 2**31 - 1)]
)
def test_a_number_can_be_a_text(value: object, number: int) -> None:
    assert read_int32(value, "page_size") == number


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("ten", '"ten"'),
        ("", '""'),
        ("1.5", '"1.5"'),
        (1.5, "1.5"),
        ("2147483648", '"2147483648"'),
        (True, "true"),
        ("\u0663", '"\u0663"'),
    ],
)
def test_any_other_number_is_refused_in_googles_words(value: object, shown: str) -> None:
    with pytest.raises(ServiceError) as refusal:
        read_int32(value, "page_size")
    assert (refusal.value.code, refusal.value.status) == (400, "INVALID_ARGUMENT")
    assert refusal.value.message == f"Invalid value at 'page_size' (TYPE_INT32), {shown}"


@given(st.one_of(st.text(), st.none(), st.integers(), st.floats(), st.booleans(), st.lists(st.none())))
def test_no_number_breaks_a_service(value: object) -> None:
    try:
        read_int32(value, "page_size")
    except ServiceError as error:
        assert error.code == 400  # noqa: PT017 both outcomes are right


def test_an_enum_can_be_a_name_or_a_number() -> None:
    names = {1: "POST", 2: "GET"}
    assert read_enum(2, names) == read_enum("GET", names) == "GET"
    for unknown in (3, "FETCH", None):
        with pytest.raises(ServiceError):
            read_enum(unknown, names)
