"""The headers that have the same meaning at every address."""

from typing import Final

from tools.openapi.schemas import Json

_TEXT: Final = {"type": "string"}
_TAG: Final = 'W/"0f343b0931126a20f133d67c2b018a3b"'

RESPONSE_HEADERS: Final[Json] = {
    "ETag": {"description": "The value to send as If-None-Match next time.", "schema": _TEXT, "example": _TAG},
    "Idempotency-Replayed": {
        "description": "Present if this is the answer to an earlier request with the same Idempotency-Key.",
        "schema": {"type": "string", "enum": ["true"]},
    },
    "Location": {
        "description": "The address of the new resource, or of the archive to download.",
        "schema": _TEXT,
        "example": "/api/runs/run-1a2b3c4d",
    },
    "Retry-After": {
        "description": "How many seconds to wait before trying again.",
        "schema": {"type": "integer", "minimum": 0},
        "example": 5,
    },
    "WWW-Authenticate": {
        "description": "Required by HTTP with 401.",
        "schema": _TEXT,
        "example": "Bearer",
    },
    "X-Request-Id": {
        "description": "The id of this request; quote it when you report an error.",
        "schema": _TEXT,
        "example": "5f0c1d1f9a6e4b0f8f2a7f2f0e6d9c3b",
    },
}

REQUEST_HEADERS: Final[Json] = {
    "If-None-Match": {
        "description": "The ETag of an earlier answer; 304 means that it is still current.",
        "schema": _TEXT,
    },
    "Idempotency-Key": {
        "description": "Makes it safe to repeat a request: for 24 hours, the same key and body get the same answer and "
        "take effect once. The same key with another body is a conflict.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
    },
    "Last-Event-ID": {
        "description": "The id of the last event received; browsers send it when they reconnect.",
        "schema": _TEXT,
    },
}


def header_references(*names: str) -> Json:
    """References to response headers, for one answer."""
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def request_header(name: str) -> Json:
    """A reference to one request header, for the parameters of an operation."""
    return {"$ref": f"#/components/parameters/{name}"}


def request_header_components() -> Json:
    """The components that these references name."""
    return {name: {"name": name, "in": "header"} | about for name, about in REQUEST_HEADERS.items()}
