"""Runs a function unchanged under functions-framework, behind the check of where requests come from.

Usage: python -m localdev.stack.function_server --source FILE --target NAME --port PORT
"""

import argparse
import json
import os
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any, Final

from flask import Flask
from functions_framework import create_app
from functions_framework._http import create_server
from werkzeug.wrappers import Request, Response

from common.errors import ForeignSiteError
from common.web.errors_to_http import describe
from localdev.stack.layout import HOST
from localdev.stack.loopback import ValuesOf, why_refused

Scope = MutableMapping[str, Any]
AsgiApp = Callable[[Scope, Any, Any], Awaitable[None]]
WsgiApp = Callable[[dict[str, Any], Any], Iterable[bytes]]

_JSON: Final = "application/json"


class GuardedWsgi:
    """A WSGI application that answers only requests of this machine's programs and the pages of `origins`."""

    def __init__(self, app: WsgiApp, origins: frozenset[str]) -> None:
        self._app, self._origins = app, origins

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:  # noqa: ANN401 see PEP 3333
        request = Request(environ)
        refused = why_refused(request.method, request.headers.getlist, self._origins)
        if refused is None:
            return self._app(environ, start_response)
        status, body, _headers = describe(ForeignSiteError(refused))
        return Response(json.dumps(body), status, content_type=_JSON)(environ, start_response)


class GuardedAsgi:
    """An ASGI application that answers only requests of this machine's programs and the pages of `origins`."""

    def __init__(self, app: AsgiApp, origins: frozenset[str]) -> None:
        self._app, self._origins = app, origins

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:  # noqa: ANN401 see the ASGI specification
        refused = None
        if scope["type"] == "http":
            refused = why_refused(scope["method"], _values_in(scope), self._origins)
        if refused is None:
            await self._app(scope, receive, send)
            return
        status, body, _headers = describe(ForeignSiteError(refused))
        headers = [(b"content-type", _JSON.encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps(body).encode()})


def _values_in(scope: Scope) -> ValuesOf:
    def values_of(name: str) -> list[str]:
        wanted = name.lower().encode()
        return [value.decode("latin-1") for found, value in scope["headers"] if found == wanted]

    return values_of


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(prog="python -m localdev.stack.function_server")
    parser.add_argument("--source", required=True, help="the main.py of the function")
    parser.add_argument("--target", required=True, help="the name of the function")
    parser.add_argument("--port", type=int, required=True)
    options = parser.parse_args()
    origins = frozenset(filter(None, os.environ.get("PUBLIC_ORIGINS", "").split(",")))
    app = create_app(options.target, options.source)  # type: ignore[no-untyped-call]
    if isinstance(app, Flask):
        app.wsgi_app = GuardedWsgi(app.wsgi_app, origins)  # type: ignore[method-assign]
    else:
        app = GuardedAsgi(app, origins)
    create_server(app, debug=False).run(HOST, options.port)  # type: ignore[no-untyped-call]


if __name__ == "__main__":
    main()
