"""A service behind Identity-Aware Proxy, and Google's sign-in: they demand audience, time and newest token."""

import base64
import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.support.client.objects import user_json
from tests.support.client.service import Asked, StubService, Told, refusal, told

CLIENT_ID, SECRET = "desktop.apps.example", "no-secret"
ANA = "ana@lab.example"


def jwt(**claims: object) -> str:
    """A token that says this; its signature is none."""
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return f"e30.{payload}.c2ln"


def claims_of(token: str) -> dict[str, Any]:
    payload = token.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=="))
    return claims


@dataclass
class FakeIap:
    """Answers of the proxy and of Google. `audience` is whom ID tokens must be for; refresh tokens rotate."""

    audience: str = CLIENT_ID
    clock: Callable[[], float] = time.time
    valid_s: int = 3600
    challenge: str = ""
    nonce: str = ""
    codes: set[str] = field(default_factory=set)
    refresh_token: str = ""
    generation: int = 0
    forms: list[dict[str, str]] = field(default_factory=list)

    def answers(self) -> dict[str, Any]:
        return {
            "GET /.well-known/sluice.json": told(
                {"client_id": CLIENT_ID, "client_secret": SECRET, "audience": self.audience}
            ),
            "POST /token": self.token,
            "GET /api/users/me": self.me,
        }

    def visit(self, page: str) -> str:
        """The person signs in on Google's page; the address that the browser is sent back to."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(page).query).items()}
        assert query["client_id"] == CLIENT_ID
        assert query["code_challenge_method"] == "S256"
        assert "openid" in query["scope"].split()
        self.challenge, self.nonce = query["code_challenge"], query["nonce"]
        self.codes.add("code-1")
        return f"{query['redirect_uri']}/?state={query['state']}&code=code-1&scope=openid"

    def token(self, asked: Asked) -> Told:
        form = {name: values[0] for name, values in parse_qs(asked.body.decode()).items()}
        self.forms.append(form)
        if (form["client_id"], form["client_secret"]) != (CLIENT_ID, SECRET):
            return told({"error": "invalid_client"}, 401)
        if form["grant_type"] == "authorization_code":
            digest = hashlib.sha256(form["code_verifier"].encode()).digest()
            is_own = base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == self.challenge
            if not is_own or form["code"] not in self.codes:
                return told({"error": "invalid_grant", "error_description": "Bad Request"}, 400)
            self.codes.remove(form["code"])
            return self._tokens(CLIENT_ID, nonce=self.nonce)
        named = form.get("audience", CLIENT_ID)
        if form["refresh_token"] != self.refresh_token or (named == CLIENT_ID and "audience" in form):
            return told({"error": "invalid_grant", "error_description": "Token has been expired or revoked."}, 400)
        return self._tokens(named)

    def _tokens(self, audience: str, **claims: object) -> Told:
        self.generation += 1
        self.refresh_token = f"refresh-{self.generation}"
        token = jwt(aud=audience, email=ANA, exp=int(self.clock()) + self.valid_s, number=self.generation, **claims)
        return told({"id_token": token, "refresh_token": self.refresh_token, "access_token": "unused"})

    def me(self, asked: Asked) -> Told:
        token = asked.headers.get("authorization", "").removeprefix("Bearer ")
        claims = claims_of(token) if token.count(".") == 2 else {}
        if claims.get("aud") != self.audience or claims["exp"] < self.clock() or claims["number"] != self.generation:
            return refusal(401, "Invalid IAP credentials")
        return told(user_json(email=claims["email"]))


def serving(iap: FakeIap) -> StubService:
    return StubService(iap.answers())
