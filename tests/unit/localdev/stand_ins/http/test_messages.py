"""Requests and errors."""

import io
from collections.abc import Mapping
from email.message import Message
from types import MappingProxyType

import pytest
from werkzeug.exceptions import BadRequest

from localdev.stand_ins.http.messages import Request, ServiceError

NO_HEADERS: Mapping[str, str] = MappingProxyType({})


def request(target: str = "/", body: bytes = b"", headers: Mapping[str, str] = NO_HEADERS) -> Request:
    message = Message()
    for name, value in headers.items():
        message[name] = value
    return Request.read("POST", target, message, io.BytesIO(body))


def test_a_path_stays_percent_encoded() -> None:
    assert request("/a%2Fb/c?x=1").path == "/a%2Fb/c"


def test_the_host_of_an_absolute_target_is_no_part_of_the_path() -> None:
    assert request("http://elsewhere/a").path == "/a"


def test_the_last_of_repeated_parameters_counts() -> None:
    assert dict(request("/?x=1&x=2&y=&z=%C3%A9").args) == {"x": "2", "y": "", "z": "é"}


def test_a_query_may_have_any_bytes() -> None:
    assert dict(request("/?x=\xc3\xa9&y=\xff&z=a/b+c%26").args) == {"x": "é", "y": "%FF", "z": "a/b c&"}


def test_sent_headers_keep_underscores() -> None:
    sent = request(headers={"X-Goog-Meta-run_id": "1"})

    assert sent.headers["x-goog-meta-run_id"] == "1"
    assert dict(sent.sent_headers.items()) == {"X-Goog-Meta-run_id": "1"}


def test_a_repeated_header_is_joined() -> None:
    message = Message()
    message["x-goog-hash"], message["x-goog-hash"] = "crc32c=a", "md5=b"

    assert Request.read("GET", "/", message, io.BytesIO()).headers["x-goog-hash"] == "crc32c=a,md5=b"


def test_an_empty_body_is_an_empty_object() -> None:
    assert request().json_object() == {}


@pytest.mark.parametrize("body", [b"{", b"[]", b"1", b"\xff\xfe\xfd"])
def test_a_body_that_is_not_a_json_object_raises(body: bytes) -> None:
    with pytest.raises(BadRequest, match="Invalid JSON payload"):
        request(body=body).json_object()


def test_an_error_without_a_name_is_unknown() -> None:
    assert ServiceError(418, "no coffee").as_json()["error"]["status"] == "UNKNOWN"
