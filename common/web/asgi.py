"""Serves asynchronous functions (Starlette) with the same route table, errors and request ids as `routing`."""

import json
from collections.abc import Awaitable, Callable, Collection, Mapping
from types import ModuleType
from typing import Any, cast

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from common import startup
from common.errors import SluiceError
from common.telemetry import request_fields
from common.web.auditing import record_error
from common.web.errors_to_http import describe, unexpected_errors_hidden
from common.web.routing import DEFAULT_HEADERS, Handler, Routes
from common.web.site import require_own_site
from common.web.tracing import fields_of_request

AsyncHandler = Callable[..., Awaitable[Response]]


def answer_all_methods(framework: ModuleType, serve: Callable[[Request], Awaitable[Response]]) -> None:
    """Let `serve` also answer the requests that functions-framework would refuse itself, as plain text.

    `framework` is its module `aio`, which passes on seven methods, and neither /robots.txt nor /favicon.ico, and has no
    setting for it. It makes its application from its name `Starlette` after it has loaded main.py, so that name is
    replaced. Its Flask twin passes on all methods.
    """

    async def answer(request: Request, _error: Exception) -> Response:
        return await serve(request)

    def application(**options: Any) -> Starlette:  # noqa: ANN401 those of Starlette
        return Starlette(**options, exception_handlers={HTTPException: answer})

    vars(framework)["Starlette"] = application


class AsyncRoutes:
    """The GET routes of one asynchronous function, with /health and /ready added.

    `ready` raises UnavailableError while a dependency is unavailable. `addresses` is the table by pattern and method.
    """

    def __init__(
        self,
        table: Mapping[str, AsyncHandler],
        *,
        ready: Callable[[], Awaitable[None]],
        project: str | None = None,
        origins: Collection[str] = (),
    ) -> None:
        async def answer_health(_request: Request) -> Response:
            return JSONResponse({"status": "ok"})

        async def answer_ready(_request: Request) -> Response:
            await ready()
            return JSONResponse({"status": "ready"})

        own = {"/health": answer_health, "/ready": answer_ready}
        # Routes only finds handlers and never calls them, so it can hold asynchronous ones.
        self._routes = Routes({("GET", name): cast(Handler, handler) for name, handler in {**own, **table}.items()})
        self.addresses = self._routes.addresses
        self.project, self.origins = project, origins

    async def answer(self, request: Request) -> Response:
        """The handler's answer. Raises ForeignSiteError, NotFoundError, MethodNotAllowedError and what it raises."""
        require_own_site(request.method, request.headers, self.origins)
        allowed = self._routes.allowed_methods(request.url.path)
        if request.method == "OPTIONS":
            return Response(status_code=204, headers={"Allow": ", ".join(allowed)})
        handler, parts = self._routes.find(request.method, request.url.path)
        return await cast(AsyncHandler, handler)(request, **parts)


async def serve_async(routes: AsyncRoutes, request: Request) -> Response:
    """Answer one request; never raises before the first byte of the answer."""
    fields = fields_of_request(request.headers, project=routes.project)
    token = request_fields.set(fields)
    try:
        response = await _answer(routes, request)
    finally:
        request_fields.reset(token)
    if request.method == "HEAD":  # the stream must not run without a reader
        response = Response(status_code=response.status_code, headers=response.headers)
    response.headers["X-Request-Id"] = fields["request_id"]
    for name, value in DEFAULT_HEADERS.items():
        response.headers.setdefault(name, value)
    startup.finish()
    return response


async def _answer(routes: AsyncRoutes, request: Request) -> Response:
    try:
        with unexpected_errors_hidden():
            return await routes.answer(request)
    except SluiceError as error:
        peer = request.client.host if request.client else None
        record_error(error, method=request.method, path=request.url.path, headers=request.headers, peer=peer)
        status, body, headers = describe(error)
        return Response(json.dumps(body), status, headers, media_type="application/json")
