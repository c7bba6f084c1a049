import io
import json
import tracemalloc
from collections.abc import Callable
from contextlib import suppress

import pytest
from flask import Request
from hypothesis import given
from hypothesis import strategies as st

from common.errors import MalformedBodyError, TooLargeError
from common.web.bodies.json_object import MOST_VALUES, body_bytes, json_body
from tests.support.doubling import assert_linear
from tests.unit.common.web.messages import make_chunked_request, make_request


class Pieces(io.RawIOBase):
    """A body that arrives in pieces of `size` bytes; `given` counts the bytes read."""

    def __init__(self, body: bytes, size: int = 7) -> None:
        self._body, self._size, self.given = io.BytesIO(body), size, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        piece = self._body.read(min(self._size, len(buffer)))
        buffer[: len(piece)] = piece
        self.given += len(piece)
        return len(piece)


def read(body: bytes, limit_bytes: int = 100_000) -> object:
    return json_body(make_request(method="POST", body=body), limit_bytes=limit_bytes)


STORABLE_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
STORABLE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | STORABLE_TEXT,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(STORABLE_TEXT, inner, max_size=5),
    max_leaves=10,
)


@given(st.dictionaries(STORABLE_TEXT, STORABLE, max_size=5))
def test_an_object_is_read_unchanged(sent: dict[str, object]) -> None:
    assert read(json.dumps(sent).encode(), limit_bytes=1_000_000) == sent


@given(st.binary())
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    with suppress(MalformedBodyError):
        assert isinstance(read(body), dict)


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate, gzip"])
def test_a_compressed_body_is_refused(encoding: str) -> None:
    request = make_request(method="POST", body=b"{}", headers={"Content-Encoding": encoding})
    with pytest.raises(MalformedBodyError, match="send it uncompressed"):
        json_body(request, limit_bytes=100)


@pytest.mark.parametrize("content_type", ["", "application/json", "text/plain", "application/x-www-form-urlencoded"])
def test_the_content_type_does_not_matter(content_type: str) -> None:
    request = make_request(method="POST", body=b'{"a": 1}', headers={"Content-Type": content_type})
    assert json_body(request, limit_bytes=100) == {"a": 1}


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "Expecting value"),
        (b"pipeline=nf-core", "Expecting value"),
        (b'{"a": 1} {', "Extra data"),
        (b"[]", "must be a JSON object"),
        (b'"text"', "must be a JSON object"),
        (b"null", "must be a JSON object"),
        (b'{"a": 1, "a": 2}', "occurs twice"),
        (b'{"x": {"a": 1, "a": 2}}', "occurs twice"),
        (b'{"a": NaN}', "NaN"),
        (b'{"a": -Infinity}', "Infinity"),
        (b'{"a": 1e999}', "number in the body is too large"),
        (b'{"a": ' + b"9" * 5000 + b"}", "a number has more than 300 digits"),
        (b'{"a": -' + b"9" * 300 + b"}", "a number has more than 300 digits"),
        (b'{"a": "\xff"}', "UTF-8"),
        ('{"a": 1}'.encode("utf-16"), "UTF-8"),
        (b'\xef\xbb\xbf{"a": 1}', "byte order mark"),
        (rb'{"a": "\u0000"}', "NUL"),
        (rb'{"\u0000": 1}', "NUL"),
        (rb'{"a": ["\ud800"]}', "surrogate"),
        (b'{"a": ' + b"[" * 64 + b"]" * 64 + b"}", "nested more than 64 levels"),
        (b'{"a": ' + b"[" * 4000 + b"]" * 4000 + b"}", "nested more than 64 levels"),
        (b'{"a":' * 4000, "nested more than 64 levels"),
    ],
)
def test_invalid_json_and_unstorable_text_are_malformed(body: bytes, why: str) -> None:
    with pytest.raises(MalformedBodyError, match=why):
        read(body)


@pytest.mark.parametrize("values", ["{}", "[]", "0", '""', "null", '{"a":1}', '"[,{"'])
def test_a_body_with_too_many_values_is_refused_before_it_is_built(values: str) -> None:
    body = f'{{"a": [{",".join([values] * (2 * MOST_VALUES))}]}}'.encode()
    tracemalloc.start()
    with pytest.raises(MalformedBodyError, match="more than 10,000 values"):
        read(body, limit_bytes=10_000_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3 * len(body) + 100_000


def test_commas_and_brackets_in_a_text_are_no_values() -> None:
    sheet = 'a,"b",{[' * 100_000 + "\\\n"
    assert read(json.dumps({"sheet": sheet}).encode(), limit_bytes=10_000_000) == {"sheet": sheet}


@pytest.mark.parametrize(("before", "unit"), [("", '"'), ("", '\\"'), ('{"a": "', "\\"), ("", "[")])
def test_a_crafted_body_is_refused_in_linear_time(before: str, unit: str) -> None:
    def refuse(body: str) -> None:
        with pytest.raises(MalformedBodyError):
            read(body.encode(), limit_bytes=10_000_000)

    assert_linear(refuse, unit, before, longest=400_000)


def test_64_levels_of_nesting_are_accepted() -> None:
    assert read(b'{"a": ' + b"[" * 63 + b"]" * 63 + b"}")


@pytest.mark.parametrize(("length", "fits"), [(100, True), (101, False)])
def test_a_body_may_be_as_large_as_the_limit(length: int, fits: bool) -> None:
    request = make_request(method="POST", body=b"x" * length)
    if fits:
        assert len(body_bytes(request, limit_bytes=100)) == length
    else:
        with pytest.raises(TooLargeError, match="100"):
            body_bytes(request, limit_bytes=100)


def test_a_body_with_a_too_large_content_length_is_not_read() -> None:
    request = make_request(method="POST", body=b"x" * 101)
    stream = Pieces(b"x" * 101)
    request.environ["wsgi.input"] = stream
    with pytest.raises(TooLargeError):
        body_bytes(request, limit_bytes=100)
    assert stream.given == 0


def test_a_chunked_body_is_read_to_its_end() -> None:
    assert json_body(make_chunked_request(Pieces(b'{"samples": [1, 2, 3]}')), limit_bytes=100) == {"samples": [1, 2, 3]}


def test_a_chunked_body_is_not_read_beyond_the_limit() -> None:
    stream = Pieces(b"x" * 1_000_000)
    with pytest.raises(TooLargeError):
        body_bytes(make_chunked_request(stream), limit_bytes=100)
    assert stream.given == 101


@pytest.mark.parametrize(
    "make",
    [
        lambda body: make_request(method="POST", body=body),
        lambda body: make_chunked_request(Pieces(body, size=1 << 16)),
    ],
)
@pytest.mark.parametrize(("length", "units"), [(1, 1), ((1 << 20) - 1, 1), (1 << 20, 2), (5 << 20, 6)])
def test_a_body_costs_a_unit_for_each_mib_with_and_without_its_length(
    make: Callable[[bytes], Request], length: int, units: int
) -> None:
    taken: list[int] = []
    body_bytes(make(b"x" * length), limit_bytes=10 << 20, take=taken.append)
    assert sum(taken) == units


def test_a_body_in_chunks_is_not_read_beyond_what_may_be_taken() -> None:
    body, left = Pieces(b"x" * (5 << 20), size=1 << 16), iter([None, None])
    with pytest.raises(StopIteration):
        body_bytes(make_chunked_request(body), limit_bytes=10 << 20, take=lambda _units: next(left))
    assert body.given <= 2 << 20


def test_a_body_shorter_than_its_content_length_is_malformed() -> None:
    request = make_request(method="POST", body=b'{"a": 1}')
    request.environ["wsgi.input"] = io.BytesIO(b'{"a"')
    with pytest.raises(MalformedBodyError, match="shorter than its Content-Length"):
        json_body(request, limit_bytes=100)


def test_an_absent_optional_body_is_an_empty_object() -> None:
    request = make_request(method="POST", body=b"")
    assert json_body(request, limit_bytes=100, may_be_absent=True) == {}
