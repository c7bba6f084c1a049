"""The headers that mean the same on every address."""

from typing import Final

from tools.openapi.schemas import Json

_TEXT: Final = {"type": "string"}
_TAG: Final = 'W/"0f343b0931126a20f133d67c2b018a3b"'

RESPONSE_HEADERS: Final[Json] = {
    "ETag": {"description": "What to send as If-None-Match next time.", "schema": _TEXT, "example": _TAG},
    "Idempotency-Replayed": {
        "description": "Says that this is the answer of an earlier request with the same Idempotency-Key.",
        "schema": {"type": "string", "enum": ["true"]},
    },
    "Location": {"description": "The address of what was made.", "schema": _TEXT, "example": "/api/runs/run-1a2b3c4d"},
    "Retry-After": {
        "description": "How many seconds to wait before trying again.",
        "schema": {"type": "integer", "minimum": 0},
        "example": 5,
    },
    "WWW-Authenticate": {"description": "The challenge that HTTP asks for.", "schema": _TEXT, "example": "Bearer"},
    "X-Request-Id": {
        "description": "Names this request; quote it when reporting an error.",
        "schema": _TEXT,
        "example": "5f0c1d1f9a6e4b0f8f2a7f2f0e6d9c3b",
    },
}

REQUEST_HEADERS: Final[Json] = {
    "If-None-Match": {
        "description": "The ETag of an answer that the caller holds; 304 says that it still holds good.",
        "schema": _TEXT,
        "example": _TAG,
    },
    "Idempotency-Key": {
        "description": "Makes it safe to send a request again: for 24 hours, the same key and body get the same "
        "answer, and nothing is done twice. The same key with another body is a conflict.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
        "example": "7d3f2f0e-6d9c-4b0f-8f2a-1d1f9a6e5f0c",
    },
    "Last-Event-ID": {
        "description": "The last event that the reader has seen; browsers send it when they open a stream again.",
        "schema": _TEXT,
        "example": "17",
    },
}


def header_references(*names: str) -> Json:
    """References to response headers, for one answer."""
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def request_header(name: str) -> Json:
    """A reference to one request header, for the parameters of an operation."""
    return {"$ref": f"#/components/parameters/{name}"}


def request_header_components() -> Json:
    """What those references refer to."""
    return {name: {"name": name, "in": "header"} | about for name, about in REQUEST_HEADERS.items()}
