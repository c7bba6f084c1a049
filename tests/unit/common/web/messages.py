"""Builds requests as a function receives them, and reads answers, without a server."""

import io
import json
from collections.abc import Mapping
from typing import Any

from flask import Request, Response
from werkzeug.test import EnvironBuilder


def make_request(
    path: str = "/", *, method: str = "GET", headers: Mapping[str, str] | None = None, body: bytes | None = None
) -> Request:
    """A request with a body of known length, or without a body."""
    return Request(EnvironBuilder(path, method=method, headers=list((headers or {}).items()), data=body).get_environ())


def make_chunked_request(stream: io.RawIOBase) -> Request:
    """A POST without Content-Length whose body is `stream`."""
    environ = EnvironBuilder("/", method="POST").get_environ()
    environ |= {"wsgi.input": stream, "wsgi.input_terminated": True}
    return Request(environ)


def json_in(response: Response) -> Any:  # noqa: ANN401 a test knows what it expects
    """The JSON body of an answer."""
    return json.loads(response.data)
