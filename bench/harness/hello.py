"""A function that does nothing: the minimal cost of a request under the same server."""

import functions_framework
from flask import Request, Response


@functions_framework.http
def hello(_request: Request) -> Response:
    return Response("hello", content_type="text/plain")
