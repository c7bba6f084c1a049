"""A sign-in in the browser: the page of Google sends the person back to a port of this machine (RFC 8252)."""

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Final
from urllib.parse import parse_qs, urlencode, urlsplit

from sluice.errors import SignInError, TimedOut
from sluice.signin.google import Google, ProgramClient

_PATIENCE_S: Final = 300.0
_DONE: Final = (
    b"<!doctype html><meta charset=utf-8><title>Sluice</title><p>You can close this window and go back to the terminal."
)


@dataclass(frozen=True, slots=True)
class Attempt:
    """The random values of one sign-in."""

    state: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    nonce: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(64))

    def page(self, google: Google, client: ProgramClient, redirect: str) -> str:
        """The address that the person opens. With PKCE (RFC 7636), nobody but this process can use the code."""
        challenge = base64.urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest()).rstrip(b"=").decode()
        query = {
            "client_id": client.client_id,
            "redirect_uri": redirect,
            "response_type": "code",
            "scope": "openid email",
            "state": self.state,
            "nonce": self.nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            "access_type": "offline",
            "prompt": "consent",  # else Google sends a refresh token the first time only
        }
        return f"{google.sign_in_page}?{urlencode(query)}"

    def code_in(self, address: str) -> str | None:
        """The code in the address that Google sent the person back to; None if it is not of this attempt.

        Raises SignInError if the person or Google said no.
        """
        query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        if not hmac.compare_digest(query.get("state", "").encode(), self.state.encode()):
            return None
        if "code" not in query:
            raise SignInError(f"Google says {query.get('error', 'nothing')}; nobody is signed in")
        return query["code"]


def code_from_browser(
    attempt: Attempt,
    page_of: Callable[[str], str],
    open_page: Callable[[str], None],
    *,
    patience_s: float = _PATIENCE_S,
) -> tuple[str, str]:
    """The code and the redirect address: opens the page, and waits for the browser to come back.

    Raises SignInError, and TimedOut after five minutes.
    """
    came: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            is_ours = urlsplit(self.path).path == "/" and "state=" in self.path
            self.send_response(200 if is_ours else 404)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            if is_ours:
                came.append(self.path)
                self.wfile.write(_DONE)

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 its name
            """The code must not be written anywhere."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        redirect, until = f"http://127.0.0.1:{server.server_port}", time.monotonic() + patience_s
        open_page(page_of(redirect))
        while (left_s := until - time.monotonic()) > 0:
            server.timeout = left_s
            server.handle_request()
            code = next((found for address in came if (found := attempt.code_in(address))), None)
            if code is not None:
                return code, redirect
    raise TimedOut("nobody signed in within five minutes")


def code_from_paste(attempt: Attempt, page_of: Callable[[str], str], ask: Callable[[str], str]) -> tuple[str, str]:
    """The code and the redirect address, where no browser of this machine can come back: `ask` gets what is pasted.

    The browser then shows an error for the redirect, whose address has the code. Raises SignInError.
    """
    redirect = "http://127.0.0.1:1"
    code = attempt.code_in(ask(page_of(redirect)))
    if code is None:
        raise SignInError("this is not the address of this sign-in; run `sluice login --no-browser` again")
    return code, redirect
