"""Which function answers an address; in a deployment the load balancer and API Gateway decide this."""

import re

# The first match wins. queue_worker and bucket_watcher are absent because they are private.
_ADDRESSES = (
    (r"/api/runs/[^/]+/events", "events"),
    (r"/api/runs/[^/]+/(logs|tasks/[^/]+/logs)/stream", "events"),
    (r"/api/runs/[^/]+/(logs|tasks)(/.*)?", "logs"),
    (r"/api/runs/[^/]+/(cost(/tasks)?|failure|efficiency|compare(/[^/]+)?)", "insight"),
    (r"/api/(failures|search)", "insight"),
    (r"/api/runs(/.*)?", "runs"),
    (r"/api/pipelines/[^/]+/[^/]+/advice", "insight"),
    (r"/api/pipelines(/.*)?", "pipelines"),
    (r"/api/benchling(/.*)?", "benchling"),
    (r"/api/costs", "insight"),
    (r"/api/(users(/.*)?|status)", "users"),
    (r"/openapi\.json|/docs(/.*)?", "pipelines"),
    (r"/(?!api(/|$)|_).*", "console"),  # paths with _ are the gateway's own
)
_TABLE = tuple((re.compile(pattern), function) for pattern, function in _ADDRESSES)


def function_for(path: str) -> str | None:
    """The name of the function that answers `path` (decoded, without query), or None."""
    if "\n" in path:  # sent as %0a; functions-framework would answer with an HTML error page
        return None
    return next((function for pattern, function in _TABLE if pattern.fullmatch(path)), None)
