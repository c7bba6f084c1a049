"""Who a request is from, and what Identity-Aware Proxy (IAP) does with requests of nobody.

Programs name a user in X-Dev-User. The page has a menu that sets a cookie; a header of the answer to /api/users/me
tells it which users there are, and no deployment sends that header. Signing out shows what the page does when a session
ends.
"""

import re
from html import escape
from typing import Final
from urllib.parse import unquote

from aiohttp import web

from common.errors import MalformedBodyError
from localdev.stack.layout import DEFAULT_USER, USERS

CALLER_HEADER: Final = "x-dev-user"
CALLER_COOKIE: Final = "dev_user"
USERS_HEADER: Final = "X-Dev-Users"
SIGNED_OUT: Final = "signed-out"

_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_REFRESH: Final = ("gcp-iap-mode", "DO_SESSION_REFRESH")
_POLICY: Final = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


def caller_of(request: web.Request) -> str | None:
    """The address of the user; None when the browser is signed out. Raises MalformedBodyError."""
    chosen = request.headers.get(CALLER_HEADER) or unquote(request.cookies.get(CALLER_COOKIE, ""))
    if chosen == SIGNED_OUT:
        return None
    if chosen and not _EMAIL.fullmatch(chosen):
        raise MalformedBodyError(f"X-Dev-User must be an e-mail address, not {chosen!r}")
    return chosen or DEFAULT_USER


def answer_nobody(request: web.Request) -> web.Response:
    """What IAP answers without a session: 401 to scripts, its sign-in page to all else (IAP, "Manage sessions")."""
    if request.headers.get("X-Requested-With") == "XMLHttpRequest":
        return web.Response(status=401, headers={"x-goog-iap-generated-response": "true"}, text="Not signed in")
    return web.Response(status=302, headers={"Location": f"/?{'='.join(_REFRESH)}"})


def asks_to_sign_in(request: web.Request) -> bool:
    """Whether the request is for the page that renews a session."""
    name, value = _REFRESH
    return request.query.get(name) == value


def signed_in() -> web.Response:
    """The page that says that the session was renewed."""
    answer = _page(f"You are signed in as {DEFAULT_USER}. You can close this window.")
    answer.del_cookie(CALLER_COOKIE)
    return answer


def signed_out() -> web.Response:
    """End the session of this browser; the page then shows how it is renewed."""
    answer = _page("You are signed out.")
    answer.set_cookie(CALLER_COOKIE, SIGNED_OUT, path="/", samesite="Strict")
    return answer


def offer_users(answer: web.StreamResponse) -> None:
    """Tell the page which users one may act as."""
    answer.headers[USERS_HEADER] = ", ".join(USERS)


def _page(text: str) -> web.Response:
    head = '<!doctype html><html lang="en"><meta name="color-scheme" content="light dark"><title>Sluice</title>'
    html = f'{head}<p>{escape(text)}</p><p><a href="/">Sluice</a></p>'
    return web.Response(text=html, content_type="text/html", headers={"Content-Security-Policy": _POLICY})
