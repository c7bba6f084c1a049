"""The gateway: the public port of the local stack, which identifies the caller and routes requests to functions.

It replaces the load balancer, Identity-Aware Proxy and API Gateway. Responses are streamed, so live events arrive
immediately, and a disconnected caller also ends the request to the function.
"""

import json
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import aiohttp
from aiohttp import web
from aiohttp.typedefs import Handler
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from common.errors import ForeignSiteError, NotFoundError, SluiceError, UnavailableError
from common.telemetry import request_fields
from common.web.errors_to_http import describe
from common.web.security_headers import SECURITY_HEADERS
from common.web.tracing import fields_of_request
from localdev.stack.gateway.iap import ASSERTION_HEADER, IapSigner
from localdev.stack.gateway.routing import function_for
from localdev.stack.gateway.sign_in import (
    CALLER_HEADER,
    answer_nobody,
    asks_to_sign_in,
    caller_of,
    offer_users,
    signed_in,
    signed_out,
)
from localdev.stack.layout import FUNCTIONS, HOST, PAGE
from localdev.stack.loopback import why_refused
from localdev.stack.ports import Ports
from localdev.stack.welcome import DEV_PAGE_POLICY, dev_page_html, dev_page_text
from localdev.stand_ins.mail.inbox import mails_in, summary

# Headers that apply to one connection only (RFC 9110, section 7.6.1).
_HOP_BY_HOP = {"connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "proxy-connection"}
_NOT_FORWARDED = _HOP_BY_HOP | {"host", "expect", CALLER_HEADER}
# Headers that aiohttp would otherwise add when the caller did not send them.
_NOT_ADDED = ("accept", "accept-encoding", "content-type", "user-agent")
_MAILS_SHOWN = 100
_IDLE_S = 1  # gunicorn closes an idle connection after 2 s; reusing it then would lose the request


class Gateway:
    """Forwards requests to the functions at `ports`, with an assertion signed by `iap`.

    Without the built `page`, the developer's page is at `/` instead. `mails` is a Maildir to show at /dev/mails.
    """

    def __init__(self, ports: Ports, iap: IapSigner, page: Path = PAGE, *, mails: Path) -> None:
        self._ports, self._iap, self._page, self._mails = ports, iap, page, mails

    def application(self) -> web.Application:
        # A decompressed body would not match its Content-Length and Content-Encoding headers.
        app = web.Application(middlewares=[_answer_errors], handler_args={"auto_decompress": False})
        app.cleanup_ctx.append(self._open_session)
        app.router.add_get("/", self._root)
        app.router.add_get("/dev", self._dev_page)
        app.router.add_get("/dev/mails", self._dev_mails)
        app.router.add_get("/dev/sign-out", self._sign_out)
        app.router.add_get("/_iap/keys", self._keys)
        app.router.add_get("/.well-known/sluice.json", self._programs)
        app.router.add_get("/_functions/{name}/{probe:health|ready}", self._probe)
        app.router.add_route("*", "/{path:(?s:.*)}", self._route)  # (?s:) because a path may contain a line break (%0a)
        return app

    async def _open_session(self, _app: web.Application) -> AsyncIterator[None]:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=_IDLE_S),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=5),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            skip_auto_headers=_NOT_ADDED,
        )
        yield
        await self._session.close()

    async def _root(self, request: web.Request) -> web.StreamResponse:
        if asks_to_sign_in(request):
            return signed_in()
        return await (self._route(request) if self._page.is_file() else self._dev_page(request))

    async def _dev_page(self, request: web.Request) -> web.Response:
        if "text/html" in request.headers.get("accept", ""):
            own = {"Content-Security-Policy": DEV_PAGE_POLICY}
            return web.Response(text=dev_page_html(self._ports), content_type="text/html", headers=own)
        return web.Response(text=dev_page_text(self._ports))

    async def _dev_mails(self, _request: web.Request) -> web.Response:
        """The mails that were sent, newest first."""
        shown = [summary(mail) for mail in mails_in(self._mails)[:_MAILS_SHOWN]]
        return web.json_response(shown, dumps=partial(json.dumps, indent=2, ensure_ascii=False))

    async def _sign_out(self, _request: web.Request) -> web.Response:
        return signed_out()

    async def _keys(self, _request: web.Request) -> web.Response:
        return web.json_response(self._iap.keys)

    async def _programs(self, _request: web.Request) -> web.Response:
        """How programs sign in, as the front door says it, which is this gateway here."""
        detail = f"no sign-in is needed; name the user in the header {CALLER_HEADER.title()}"
        return web.json_response({"client_id": None, "detail": detail})

    async def _probe(self, request: web.Request) -> web.StreamResponse:
        name, probe = request.match_info["name"], request.match_info["probe"]
        if name not in FUNCTIONS:
            raise NotFoundError(f"there is no function {name}; the functions are {', '.join(FUNCTIONS)}")
        return await self._forward(request, name, URL(f"/{probe}"))

    async def _route(self, request: web.Request) -> web.StreamResponse:
        name = function_for(request.path)
        if name is None:
            raise NotFoundError(f"no function answers {request.path}; GET /dev lists what runs here")
        return await self._forward(request, name, request.rel_url)

    async def _forward(self, request: web.Request, name: str, path: URL) -> web.StreamResponse:
        caller = caller_of(request)
        if caller is None:
            return answer_nobody(request)
        headers = headers_to_forward(request.headers)
        headers[ASSERTION_HEADER] = self._iap.assertion(caller)
        url = URL(f"http://{HOST}:{self._ports.function(name)}{path.raw_path_qs}", encoded=True)
        body = request.content if request.can_read_body else None
        try:
            async with self._session.request(
                request.method, url, headers=headers, data=body, allow_redirects=False
            ) as answer:
                return await self._stream(request, answer)
        except aiohttp.ClientError:
            raise UnavailableError(f"the function {name} does not answer", retry_after_s=1) from None

    async def _stream(self, request: web.Request, answer: aiohttp.ClientResponse) -> web.StreamResponse:
        """Stream `answer` to the caller; when it breaks off, abort the caller's connection as well."""
        kept = [(name, value) for name, value in answer.headers.items() if name.lower() not in _HOP_BY_HOP]
        response = web.StreamResponse(status=answer.status, headers=CIMultiDict(kept))
        if request.path == "/api/users/me":
            offer_users(response)
        await response.prepare(request)
        try:
            async for piece in answer.content.iter_any():
                await response.write(piece)
        except aiohttp.ClientError:
            if request.transport is not None:
                request.transport.abort()
        return response


def headers_to_forward(headers: CIMultiDictProxy[str]) -> CIMultiDict[str]:
    """The caller's headers that a function receives: none that only Google may set."""
    return CIMultiDict(
        (name, value)
        for name, value in headers.items()
        if name.lower() not in _NOT_FORWARDED and not name.lower().startswith("x-goog-")
    )


@web.middleware
async def _answer_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse foreign pages; answer errors of the gateway itself in the JSON shape of the functions, with the id."""
    fields = fields_of_request(request.headers, project=None)
    token = request_fields.set(fields)
    try:
        _require_own_site(request)
        response = await handler(request)
    except SluiceError as error:
        status, body, headers = describe(error)
        response = web.json_response(body, status=status, headers=headers | {"X-Request-Id": fields["request_id"]})
    finally:
        request_fields.reset(token)
    if not response.prepared:  # the answer of a function has its own
        for name, value in SECURITY_HEADERS.items():
            response.headers.setdefault(name, value)
    return response


def _require_own_site(request: web.Request) -> None:
    refused = why_refused(request.method, lambda name: request.headers.getall(name, []))
    if refused:
        raise ForeignSiteError(refused)
