"""The end of a body, and the next request on the connection."""

import io
from email.message import Message

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localdev.stand_ins.http.request_body import IncompleteBodyError, body_of, drain

NEXT_REQUEST = b"GET / HTTP/1.1\r\n"


def headers(name: str, value: str) -> Message:
    message = Message()
    message[name] = value
    return message


def chunked(blocks: list[bytes]) -> bytes:
    return b"".join(b"%x;note=1\r\n%b\r\n" % (len(block), block) for block in blocks) + b"0\r\nTrailer: x\r\n\r\n"


@given(st.binary(max_size=200), st.integers(1, 50))
def test_a_body_ends_where_its_length_says(content: bytes, step: int) -> None:
    connection = io.BytesIO(content + NEXT_REQUEST)
    body = body_of(connection, headers("content-length", str(len(content))))

    assert b"".join(iter(lambda: body.read(step), b"")) == content
    assert connection.read() == NEXT_REQUEST


@given(st.lists(st.binary(min_size=1, max_size=50), max_size=5))
def test_a_chunked_body_ends_with_its_last_chunk(blocks: list[bytes]) -> None:
    connection = io.BytesIO(chunked(blocks) + NEXT_REQUEST)
    body = body_of(connection, headers("transfer-encoding", "chunked"))

    assert body.read() == b"".join(blocks)
    assert connection.read() == NEXT_REQUEST


def test_a_request_without_framing_has_no_body() -> None:
    connection = io.BytesIO(NEXT_REQUEST)

    assert body_of(connection, Message()).read() == b""
    assert connection.read() == NEXT_REQUEST


def test_draining_reads_the_rest_of_a_body() -> None:
    connection = io.BytesIO(b"x" * 100_000 + NEXT_REQUEST)
    body = body_of(connection, headers("content-length", "100000"))
    body.read(10)

    drain(body)

    assert connection.read() == NEXT_REQUEST


def test_an_incomplete_body_raises() -> None:
    body = body_of(io.BytesIO(b"abc"), headers("content-length", "10"))

    with pytest.raises(IncompleteBodyError):
        body.read()
