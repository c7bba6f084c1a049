import json
from contextlib import suppress
from typing import Any

import pytest
from cloudevents.conversion import to_binary, to_structured
from cloudevents.http import CloudEvent
from flask import Request
from hypothesis import given
from hypothesis import strategies as st

from common.errors import MalformedBodyError, TooLargeError
from common.web.file_notices import FINALIZED, FileNotice
from tests.unit.common.web.messages import make_request

NAME = "runs/run-1a2b3c4d/logs/nextflow.log"
DATA = {"bucket": "sluice-logs", "name": NAME, "generation": "1587627537231057", "size": "352", "metageneration": "1"}
ATTRIBUTES = {
    "type": FINALIZED,
    "source": "//storage.googleapis.com/projects/_/buckets/sluice-logs",
    "subject": f"objects/{NAME}",
}
NOTICE = FileNotice(bucket="sluice-logs", name=NAME, generation=1587627537231057, size=352)


def delivered(headers: dict[str, str], body: bytes) -> Request:
    return make_request(method="POST", headers=headers, body=body)


def binary(data: object, **changes: str) -> Request:
    headers, body = to_binary(CloudEvent(ATTRIBUTES | changes, data))
    return delivered(headers, body)


def test_a_binary_event_is_read() -> None:
    assert FileNotice.of(binary(DATA)) == NOTICE


def test_a_structured_event_is_read() -> None:
    assert FileNotice.of(delivered(*to_structured(CloudEvent(ATTRIBUTES, DATA)))) == NOTICE


def test_an_event_needs_no_subject() -> None:
    without = {name: value for name, value in ATTRIBUTES.items() if name != "subject"}
    assert FileNotice.of(delivered(*to_binary(CloudEvent(without, DATA)))) == NOTICE


def test_an_event_about_an_empty_object_is_read() -> None:
    assert FileNotice.of(binary(DATA | {"size": "0"})).size == 0


@pytest.mark.parametrize("name", ["bucket", "name", "generation", "size"])
@pytest.mark.parametrize("value", [None, "", 7, [], {}])
def test_data_without_an_object_is_malformed(name: str, value: object) -> None:
    with pytest.raises(MalformedBodyError, match=name):
        FileNotice.of(binary(DATA | {name: value}))


@pytest.mark.parametrize("number", ["-1", "1.5", "x", "1_0", "\u0661", "9" * 20])
def test_a_generation_that_is_not_a_number_is_malformed(number: str) -> None:
    with pytest.raises(MalformedBodyError, match="generation"):
        FileNotice.of(binary(DATA | {"generation": number}))


def test_another_kind_of_event_is_malformed() -> None:
    with pytest.raises(MalformedBodyError):
        FileNotice.of(binary(DATA, type="google.cloud.storage.object.v1.deleted"))


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({}, json.dumps(DATA).encode()),
        ({"ce-type": FINALIZED}, b""),
        ({"ce-type": FINALIZED}, b"not json"),
        ({"Content-Type": "application/cloudevents+json"}, b"{}"),
        ({"Content-Type": "application/cloudevents+json"}, json.dumps({"type": FINALIZED, "data": "text"}).encode()),
    ],
)
def test_a_request_that_is_not_a_cloud_event_is_malformed(headers: dict[str, str], body: bytes) -> None:
    with pytest.raises(MalformedBodyError):
        FileNotice.of(delivered(headers, body))


def test_a_huge_event_is_not_read() -> None:
    with pytest.raises(TooLargeError):
        FileNotice.of(delivered({"ce-type": FINALIZED}, b" " * ((1 << 20) + 1)))


@given(st.dictionaries(st.sampled_from([*DATA, "other"]), st.none() | st.text() | st.integers()))
def test_any_data_is_read_or_refused(data: dict[str, Any]) -> None:
    with suppress(MalformedBodyError):
        assert FileNotice.of(binary(data)).generation >= 0
