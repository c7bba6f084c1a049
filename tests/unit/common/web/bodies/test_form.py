"""Forms as curl sends them, and as only an attacker or a broken program does."""

import tracemalloc
from contextlib import suppress

import pytest
from flask import Request
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import EnvironBuilder

from common.errors import MalformedBodyError, TooLargeError, ValidationError
from common.web.bodies.form import form_parts, text_in
from tests.support.doubling import assert_linear
from tests.support.rows import each_row
from tests.unit.common.web.bodies.test_json_object import Pieces
from tests.unit.common.web.messages import make_request

LIMITS = {"request": 100, "sheet": 1_000}
KIND = "multipart/form-data; boundary=x"
END = b"--x--\r\n"


def part(name: str, content: bytes = b"a", *, file: str | None = None, more: str = "") -> bytes:
    named = f'Content-Disposition: form-data; name="{name}"' + (f'; filename="{file}"' if file is not None else "")
    return f"--x\r\n{named}\r\n{more}\r\n".encode() + content + b"\r\n"


def read(body: bytes, kind: str = KIND) -> dict[str, bytes]:
    request = make_request(method="POST", body=body, headers={"Content-Type": kind})
    return form_parts(request, LIMITS, take=lambda _units: None)


@given(st.binary(max_size=900), st.binary(max_size=90), st.integers(1, 70))
def test_parts_are_read_unchanged_however_they_arrive(sheet: bytes, request: bytes, size: int) -> None:
    body = part("sheet", sheet, file="my.csv") + part("request", request) + END
    if b"--x" in sheet + request:
        return  # a client chooses another boundary then
    environ = EnvironBuilder("/", method="POST").get_environ()
    environ |= {"CONTENT_TYPE": KIND, "wsgi.input": Pieces(body, size), "wsgi.input_terminated": True}
    assert form_parts(Request(environ), LIMITS, take=lambda _units: None) == {"sheet": sheet, "request": request}


@given(st.binary(), st.booleans())
def test_any_bytes_are_read_or_refused(body: bytes, as_part: bool) -> None:
    with suppress(MalformedBodyError, ValidationError, TooLargeError):
        read(part("sheet", body) + END if as_part else b"--x" + body)


FAULTS = [
    (part("shet"), "shet", "is not a part of this form, which may have: request, sheet"),
    (part("\u202e"), "'\\u202e'", "is not a part of this form"),
    (part("Sheet"), "Sheet", "is not a part of this form"),
    (part("sheet") + part("sheet"), "sheet", "is sent twice"),
    (part("sheet", more="Content-Type: text/csv; charset=latin-1\r\n"), "sheet", "must be UTF-8, not 'latin-1'"),
    (part("sheet", more="Content-Type: text/csv; charset=utf-16\r\n"), "sheet", "must be UTF-8"),
    (part("sheet", more="Content-Transfer-Encoding: base64\r\n"), "sheet", "must be sent as it is"),
    (part("sheet", file="../../etc/passwd"), "sheet", "a file name without folders"),
    (part("sheet", file="C:\\\\data\\\\my.csv"), "sheet", "a file name without folders"),
]


@each_row("body", "field", "message", of=FAULTS)
def test_a_wrong_part_is_named(body: bytes, field: str, message: str) -> None:
    with pytest.raises(ValidationError) as raised:
        read(body + END)
    (fault,) = raised.value.faults
    assert fault.field == field
    assert message in fault.message


PLAIN = b'Content-Disposition: form-data; name="sheet"\r\n'
MALFORMED = {
    "nothing": b"\r\n",
    "text": b"sample,fastq_1\r\n",
    "another boundary": part("sheet").replace(b"--x", b"--y") + b"--y--\r\n",
    "no last boundary": part("sheet"),
    "a cut header": b"--x\r\nContent-Disp",
    "no disposition": b"--x\r\nContent-Type: text/csv\r\n\r\na\r\n" + END,
    "no name": b"--x\r\nContent-Disposition: form-data\r\n\r\na\r\n" + END,
    "an empty name": part("") + END,
    "two dispositions": b"--x\r\n" + PLAIN + PLAIN.replace(b"sheet", b"request") + b"\r\na\r\n" + END,
    "a header that is no UTF-8": b"--x\r\n" + PLAIN + b"X-A: \xff\r\n\r\na\r\n" + END,
    "a header without an end": b"--x\r\nX-A: " + b"a" * 1_000,
    "text before": b"GET / HTTP/1.1\r\n\r\n" + part("sheet") + END,
    "text after": part("sheet") + END + b"GET / HTTP/1.1\r\n\r\n",
}


@each_row("body", of=MALFORMED.values())
def test_what_is_not_one_whole_form_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedBodyError, match="form"):
        read(body)


@each_row("kind", of=["", "; boundary=", '; boundary=""', "; boundary=é", f"; boundary={'x' * 71}", '; boundary="x "'])
def test_a_form_without_a_proper_boundary_is_malformed(kind: str) -> None:
    with pytest.raises(MalformedBodyError, match="boundary"):
        read(part("sheet") + END, f"multipart/form-data{kind}")


def test_no_more_is_read_than_all_parts_may_have() -> None:
    body = Pieces(part("sheet", b"a" * 10_000_000) + END, 64 * 1024)
    environ = EnvironBuilder("/", method="POST").get_environ()
    environ |= {"CONTENT_TYPE": KIND, "wsgi.input": body, "wsgi.input_terminated": True}
    with pytest.raises(TooLargeError, match="the body has more than 13,388 bytes"):
        form_parts(Request(environ), LIMITS, take=lambda _units: None)
    assert body.given == 13_389


def test_a_part_that_is_too_large_is_named() -> None:
    with pytest.raises(TooLargeError, match="the part sheet has more than 1,000 bytes"):
        read(part("sheet", b"a" * 1_001) + END)
    assert len(read(part("sheet", b"a" * 1_000) + END)["sheet"]) == 1_000


@each_row("unit", of=["\r\n--x", "--x", "\r", "\n", "\r\n--x ", "\r\n--xy", "a: b\r\n"])
@each_row("before", of=["", "--x\r\n", '--x\r\nContent-Disposition: form-data; name="sheet"\r\n\r\n'])
def test_a_crafted_form_is_refused_in_linear_time(before: str, unit: str) -> None:
    def refuse(body: str) -> None:
        request = make_request(method="POST", body=body.encode(), headers={"Content-Type": KIND})
        with suppress(MalformedBodyError, ValidationError):
            form_parts(request, {"sheet": 1_000_000}, take=lambda _units: None)

    assert_linear(refuse, unit, before)


def test_a_part_takes_little_more_memory_than_its_bytes() -> None:
    body = part("sheet", b"a\n" * 1_000_000) + END
    request = make_request(method="POST", body=body, headers={"Content-Type": KIND})
    tracemalloc.start()
    form_parts(request, {"sheet": 2_000_000}, take=lambda _units: None)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 * len(body)


def test_every_begun_mebibyte_is_counted() -> None:
    taken: list[int] = []
    request = make_request(method="POST", body=part("sheet") + END, headers={"Content-Type": KIND})
    form_parts(request, LIMITS, take=taken.append)
    assert taken == [1]


def test_a_byte_order_mark_is_no_text() -> None:
    assert text_in("sheet", b"\xef\xbb\xbfsample") == "sample"


@each_row("content", "message", of=[(b"a\xff", "is not UTF-8 (byte 2)"), (b"a\0", "NUL")])
def test_a_text_that_cannot_be_stored_is_named(content: bytes, message: str) -> None:
    with pytest.raises(ValidationError) as raised:
        text_in("sheet", content)
    assert raised.value.faults[0].field == "sheet"
    assert message in raised.value.faults[0].message
