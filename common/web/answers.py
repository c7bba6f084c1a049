"""Builds answers: JSON, JSON with an ETag for polling, and errors."""

import hashlib
import json
from collections.abc import Mapping
from typing import Protocol, runtime_checkable

from flask import Request, Response

from common.errors import SluiceError
from common.web.errors_to_http import describe

JSON_TYPE = "application/json"


@runtime_checkable
class JsonModel(Protocol):
    """A pydantic model, without importing pydantic: not every function uses it."""

    def model_dump_json(self) -> str: ...


def answer_json(payload: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """`payload` as JSON: a pydantic model, a value that JSON can hold, or bytes that are JSON already.

    Raises ValueError for NaN and infinities.
    """
    return Response(_as_bytes(payload), status, headers, content_type=JSON_TYPE)


def with_etag(
    request: Request, payload: object, headers: Mapping[str, str] | None = None, *, content_type: str = JSON_TYPE
) -> Response:
    """`payload` as in answer_json, with an ETag; 304 without a body if the request names the same ETag.

    Bytes may be of any `content_type`.
    """
    body = _as_bytes(payload)
    tag = hashlib.blake2b(body, digest_size=16).hexdigest()
    response = Response(body, 200, headers, content_type=content_type)
    if request.if_none_match.contains_weak(tag):
        response = Response(status=304, headers=headers)
        del response.headers["Content-Type"]
    response.set_etag(tag, weak=True)  # weak: the load balancer may compress what we send
    response.headers["Cache-Control"] = "private, no-cache"  # keep it, and ask each time
    return response


def answer_error(error: SluiceError) -> Response:
    """An error as JSON, with the status and headers that `describe` gives."""
    status, body, headers = describe(error)
    return answer_json(body, status, headers)


def _as_bytes(payload: object) -> bytes:
    if isinstance(payload, bytes):
        return payload
    if isinstance(payload, JsonModel):
        return payload.model_dump_json().encode()
    text = json.dumps(payload, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.encode("utf-8", "replace")  # an unpaired surrogate cannot be encoded
