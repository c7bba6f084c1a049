"""What pages of another origin may read: what the CORS rules of the buckets in terraform/buckets.tf allow."""

from collections.abc import Collection, Mapping
from typing import Final

from localdev.stack.layout import LOGS_BUCKET, RUNS_BUCKET
from localdev.stand_ins.http.messages import Request

READABLE_BUCKETS: Final = frozenset({RUNS_BUCKET, LOGS_BUCKET})
METHODS: Final = ("GET", "HEAD")
HEADERS: Final = ("Content-Type", "Content-Length", "Content-Range", "Accept-Ranges", "Range")
MAX_AGE_S: Final = 3600


def cross_origin_headers(request: Request, origins: Collection[str]) -> Mapping[str, str]:
    """The headers with which a browser lets a page of one of `origins` read the answer, or send its request."""
    headers = {"vary": "Origin"}
    origin = request.headers.get("origin", "").lower()
    method = request.headers.get("access-control-request-method", request.method)
    bucket = request.path.lstrip("/").partition("/")[0]
    if origin not in origins or method not in METHODS or bucket not in READABLE_BUCKETS:
        return headers
    headers |= {"access-control-allow-origin": origin, "access-control-expose-headers": ", ".join(HEADERS)}
    if request.method == "OPTIONS":
        headers["access-control-allow-methods"] = ", ".join(METHODS)
        headers["access-control-allow-headers"] = ", ".join(HEADERS)
        headers["access-control-max-age"] = str(MAX_AGE_S)
    return headers
