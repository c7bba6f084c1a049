"""Finds the handler of a request and gives the answers of all functions the same form.

functions-framework sends all paths and methods to one function, so routing is done here.
"""

import io
from collections.abc import Callable, Collection, Mapping
from typing import Final

from flask import Request, Response, current_app, has_app_context
from flask import request as current_request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound
from werkzeug.routing import BaseConverter, Map, Rule

from common import startup
from common.errors import NotFoundError, SluiceError
from common.telemetry import request_fields
from common.web.answers import answer_error, answer_json
from common.web.auditing import record_error
from common.web.errors_to_http import MethodNotAllowedError, unexpected_errors_hidden
from common.web.security_headers import SECURITY_HEADERS
from common.web.site import require_declared_type, require_own_site
from common.web.tracing import fields_of_request

Handler = Callable[..., Response]

DEFAULT_HEADERS: Final = {"Cache-Control": "no-store", **SECURITY_HEADERS}


class Anything(BaseConverter):
    """A part of a path that may contain any character, percent-encoded slashes included.

    The server decodes the path before it is matched, so fixed text must follow such a part to end it.
    """

    regex = ".+"
    part_isolating = False


class Routes:
    """The routes of one function: `(method, werkzeug pattern)` → handler, called with the request and path parts.

    The most specific pattern wins. Every function also answers GET /health and GET /ready, without identity; `ready`
    raises UnavailableError while a dependency is unavailable. `project` is the Google Cloud project for the trace
    field of telemetry. `origins` are the service's own, see `site`. `addresses` is the table by pattern and method.
    """

    def __init__(
        self,
        table: Mapping[tuple[str, str], Handler],
        *,
        ready: Callable[[], None] | None = None,
        project: str | None = None,
        origins: Collection[str] = (),
    ) -> None:
        self.project, self.origins = project, origins
        addresses: dict[str, dict[str, Handler]] = {"/health": {"GET": _health}, "/ready": {"GET": _readiness(ready)}}
        for (method, pattern), handler in table.items():
            addresses.setdefault(pattern, {})[method] = handler
        self.addresses: Mapping[str, Mapping[str, Handler]] = addresses
        rules = [Rule(pattern, endpoint=pattern) for pattern in addresses]
        # without these two options werkzeug redirects some paths
        kinds = {"anything": Anything}
        self._finder = Map(rules, converters=kinds, merge_slashes=False, redirect_defaults=False).bind("")

    def find(self, method: str, path: str) -> tuple[Handler, dict[str, str]]:
        """The handler and the parts of a decoded path. Raises NotFoundError, MethodNotAllowedError."""
        pattern, parts = self._match(path)
        handler = self.addresses[pattern].get("GET" if method == "HEAD" else method)
        if handler is None:
            raise MethodNotAllowedError(self.allowed_methods(path))
        return handler, parts

    def allowed_methods(self, path: str) -> list[str]:
        """The methods of an address, for the header Allow. Raises NotFoundError."""
        pattern, _ = self._match(path)
        methods = self.addresses[pattern]
        return sorted({*methods, "OPTIONS"} | ({"HEAD"} if "GET" in methods else set()))

    def _match(self, path: str) -> tuple[str, dict[str, str]]:
        try:
            pattern, parts = self._finder.match(path)
        except NotFound:
            raise NotFoundError("there is no such address; /openapi.json lists all addresses") from None
        if "\0" in path:
            raise NotFoundError("a path cannot contain a NUL character (U+0000)")  # Postgres cannot store it
        return pattern, dict(parts)


def serve(routes: Routes, request: Request) -> Response:
    """Answer one request; never raises. werkzeug removes the body of an answer to HEAD.

    An unread request body is dropped: functions-framework would read all of it into memory before it answers.
    """
    fields = fields_of_request(request.headers, project=routes.project)
    token = request_fields.set(fields)
    try:
        response = _answer(routes, request)
    finally:
        request_fields.reset(token)
    given = {name.lower() for name in response.headers.keys()}  # noqa: SIM118 werkzeug's Headers are a list of pairs
    missing = ((name, value) for name, value in DEFAULT_HEADERS.items() if name.lower() not in given)
    response.headers.extend([("X-Request-Id", fields["request_id"]), *missing])  # setdefault takes thrice as long
    request.stream = io.BytesIO()
    startup.finish()
    return response


def answer_all_addresses(answer: Callable[[Request], ResponseReturnValue]) -> None:
    """Let `answer` answer also what functions-framework otherwise answers itself, in HTML.

    These are /robots.txt and /favicon.ico (its endpoint "error"), and paths that begin with two slashes, which Flask
    redirects. Called while functions-framework loads the module of a function; without effect anywhere else.
    """
    if not has_app_context():
        return

    @current_app.before_request
    def answer_at_once() -> ResponseReturnValue | None:
        is_other = current_request.routing_exception is not None or current_request.endpoint == "error"
        return answer(current_request) if is_other else None


def _answer(routes: Routes, request: Request) -> Response:
    try:
        with unexpected_errors_hidden():
            require_own_site(request.method, request.headers, routes.origins)
            if request.method == "OPTIONS":
                return Response(status=204, headers={"Allow": ", ".join(routes.allowed_methods(request.path))})
            handler, parts = routes.find(request.method, request.path)
            require_declared_type(request.method, request.headers, handler)
            return handler(request, **parts)
    except SluiceError as error:
        record_error(error, method=request.method, path=request.path, headers=request.headers, peer=request.remote_addr)
        return answer_error(error)


def _health(_request: Request) -> Response:
    return answer_json({"status": "ok"})


def _readiness(ready: Callable[[], None] | None) -> Handler:
    def answer(_request: Request) -> Response:
        if ready:
            ready()
        return answer_json({"status": "ready"})

    return answer
