"""Requests as a function receives them, made without a server, and what its answers say."""

import io
import json
from collections.abc import Mapping
from typing import Any

from flask import Request, Response
from werkzeug.test import EnvironBuilder


def make_request(
    path: str = "/", *, method: str = "GET", headers: Mapping[str, str] | None = None, body: bytes | None = None
) -> Request:
    """A request with a body of known length, or none."""
    return Request(EnvironBuilder(path, method=method, headers=list((headers or {}).items()), data=body).get_environ())


def make_chunked_request(stream: io.RawIOBase) -> Request:
    """A POST that announces no length: its body is whatever `stream` gives until it ends."""
    environ = EnvironBuilder("/", method="POST").get_environ()
    environ |= {"wsgi.input": stream, "wsgi.input_terminated": True}
    return Request(environ)


def json_in(response: Response) -> Any:  # noqa: ANN401 a test knows what it expects
    """The JSON body of an answer."""
    return json.loads(response.data)
