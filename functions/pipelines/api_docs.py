"""The published description of the API, and the page that shows it. Both work without the internet.

`make openapi` writes openapi.json; the page's scripts and styles come from a package that carries Swagger UI.
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
    """This description, as OpenAPI 3.0."""
    read_query(request.args.items(multi=True), no_parameters)
    return with_etag(request, _document())


@Operation("get_docs", {200: Text("text/html", "<!doctype html>")}, query=no_parameters, etag=True, public=True)
def page(request: Request) -> Response:
    """The page that shows this description."""
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
    """A script or a style of the page."""
    read_query(request.args.items(multi=True), no_parameters)
    if asset not in ASSETS:
        raise NotFoundError(f"the page has no {asset!r}; it has {', '.join(ASSETS)}")
    return with_etag(request, _content(asset), content_type=ASSETS[asset][1])


@cache
def _document() -> bytes:
    return (_FOLDER / "openapi.json").read_bytes()


@cache
def _content(asset: str) -> bytes:
    return ASSETS[asset][0].read_bytes()
