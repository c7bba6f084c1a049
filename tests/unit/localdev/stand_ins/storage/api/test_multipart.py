"""Multipart uploads with any bytes."""

import io
import json
from email.message import Message
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from localdev.stand_ins.http.messages import Request
from localdev.stand_ins.storage.api.multipart import receive_multipart


def multipart(content: bytes, *, boundary: str = "=x=", ending: bytes = b"\r\n") -> Request:
    fields = json.dumps({"name": "a"}).encode()
    part = b"--" + boundary.encode() + b"\r\nContent-Type: "
    body = part + b"application/json\r\n\r\n" + fields + b"\r\n" + part + b"text/x\r\n\r\n" + content + b"\r\n--"
    headers = Message()
    headers["content-type"] = f'multipart/related; boundary="{boundary}"'
    return Request.read("POST", "/", headers, io.BytesIO(body + boundary.encode() + b"--" + ending))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from([b"\r\n", b"--=x=", b"--", b"x", b"\n", b"\0"]), max_size=8).map(b"".join))
def test_content_with_delimiters_is_received_unchanged(tmp_path: Path, content: bytes) -> None:
    request = multipart(content)

    fields, content_type = receive_multipart(request, tmp_path / "file")

    assert (fields, content_type) == ({"name": "a"}, "text/x")
    assert (tmp_path / "file").read_bytes() == content


def test_the_closing_delimiter_needs_no_line_end(tmp_path: Path) -> None:
    receive_multipart(multipart(b"abc", ending=b""), tmp_path / "file")

    assert (tmp_path / "file").read_bytes() == b"abc"
