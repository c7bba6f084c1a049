"""Which function answers an address: what the load balancer and API Gateway decide in a deployment."""

import re

# The first match wins. What is absent here (queue_worker, bucket_watcher) cannot be reached from outside.
_ADDRESSES = (
    (r"/api/runs/[^/]+/events", "events"),
    (r"/api/runs/[^/]+/(logs|tasks/[^/]+/logs)/stream", "events"),
    (r"/api/runs/[^/]+/(logs|tasks)(/.*)?", "logs"),
    (r"/api/runs(/.*)?", "runs"),
    (r"/api/pipelines(/.*)?", "pipelines"),
    (r"/api/benchling(/.*)?", "benchling"),
    (r"/api/users(/.*)?", "users"),
    (r"/openapi\.json|/docs(/.*)?", "pipelines"),
)
_TABLE = tuple((re.compile(pattern), function) for pattern, function in _ADDRESSES)


def function_for(path: str) -> str | None:
    """The name of the function that answers `path` (decoded, without its query); None when nobody does."""
    if "\n" in path:  # sent as %0a; functions-framework has no rule for it and would answer with a page of HTML
        return None
    return next((function for pattern, function in _TABLE if pattern.fullmatch(path)), None)
