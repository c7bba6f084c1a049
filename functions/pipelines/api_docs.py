"""Serves the API description and a page that shows it; both work without internet access.

`make openapi` writes openapi.json; scripts and styles of the page are those of Swagger UI in flask_swagger_ui.
"""

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final

from flask import Request, Response

from common.errors import NotFoundError
from common.web.answers import with_etag
from common.web.describing import Operation, Text
from common.web.query import no_parameters, read_query

_FOLDER: Final = Path(__file__).parent
_SWAGGER_UI: Final = files("flask_swagger_ui") / "dist"
ASSETS: Final = {
    "swagger-ui.css": (_SWAGGER_UI / "swagger-ui.css", "text/css; charset=utf-8"),
    "swagger-ui-bundle.js": (_SWAGGER_UI / "swagger-ui-bundle.js", "text/javascript; charset=utf-8"),
    "start.js": (_FOLDER / "docs" / "start.js", "text/javascript; charset=utf-8"),
}
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@Operation("get_openapi", {200: dict}, query=no_parameters, etag=True, public=True)
def document(request: Request) -> Response:
    """Get this description as OpenAPI 3.0."""
    read_query(request.args.items(multi=True), no_parameters)
    return with_etag(request, _document())


@Operation("get_docs", {200: Text("text/html", "<!doctype html>")}, query=no_parameters, etag=True, public=True)
def page(request: Request) -> Response:
    """Show this description as a page."""
    read_query(request.args.items(multi=True), no_parameters)
    content = (_FOLDER / "docs" / "page.html").read_bytes()
    return with_etag(request, content, {"Content-Security-Policy": _POLICY}, content_type="text/html; charset=utf-8")


@Operation(
    "get_docs_asset",
    {200: (Text("text/css", ".swagger-ui {}"), Text("text/javascript", "SwaggerUIBundle({})"))},
    query=no_parameters,
    etag=True,
    public=True,
)
def asset(request: Request, asset: str) -> Response:
    """Get a script or a style sheet of the page."""
    read_query(request.args.items(multi=True), no_parameters)
    if asset not in ASSETS:
        raise NotFoundError(f"there is no {asset!r} here; there are {', '.join(ASSETS)}")
    return with_etag(request, _content(asset), content_type=ASSETS[asset][1])


@cache
def _document() -> bytes:
    return (_FOLDER / "openapi.json").read_bytes()


@cache
def _content(asset: str) -> bytes:
    return ASSETS[asset][0].read_bytes()
