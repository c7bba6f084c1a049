"""The floor of every request: a function that does nothing, under the same server."""

import functions_framework
from flask import Request, Response


@functions_framework.http
def hello(_request: Request) -> Response:
    return Response("hello", content_type="text/plain")
