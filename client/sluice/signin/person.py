"""A person: signed in once in the browser, then by a refresh token."""

import hmac
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sluice.decoding import Json
from sluice.errors import SignInError
from sluice.signin.browser import Attempt
from sluice.signin.google import RENEWED_BEFORE_END_S, Google, ProgramClient, ask_for_tokens, claims_in
from sluice.signin.tokens import TokenStore

GetCode = Callable[[Attempt, Callable[[str], str]], tuple[str, str]]


@dataclass(slots=True)
class Person:
    """Sends an ID token of the person who signed in, and renews it 5 minutes before its end."""

    tokens: TokenStore
    google: Google = field(default_factory=Google)
    clock: Callable[[], float] = time.time
    _kept: dict[str, Any] = field(default_factory=dict)

    def headers(self) -> Mapping[str, str]:
        kept = self._sign_in()
        if self.clock() >= kept.get("expires", 0) - RENEWED_BEFORE_END_S:
            kept = self._renewed(kept)
        return {"Authorization": f"Bearer {kept['id_token']}"}

    def renew(self) -> bool:
        self._renewed(self._sign_in())
        return True

    def sign_in(self, client: ProgramClient, get_code: GetCode) -> tuple[str, bool]:
        """Sign a person in; their e-mail address, and whether the keyring keeps the token. Raises SignInError."""
        attempt = Attempt()
        code, redirect = get_code(attempt, lambda address: attempt.page(self.google, client, address))
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "code_verifier": attempt.verifier,
            "redirect_uri": redirect,
            "client_id": client.client_id,
            "client_secret": client.client_secret,
        }
        answer = ask_for_tokens(self.google, form, repeatable=False)  # a code can be used once
        claims = claims_in(answer["id_token"])
        if claims.get("aud") != client.client_id or not hmac.compare_digest(str(claims.get("nonce")), attempt.nonce):
            raise SignInError("Google's answer is for another sign-in; run `sluice login` again")
        if not answer.get("refresh_token"):
            raise SignInError("Google sent no refresh token; run `sluice login` again")
        kept = {
            "client_id": client.client_id,
            "client_secret": client.client_secret,
            "audience": client.audience,
            "refresh_token": answer["refresh_token"],
        }
        if client.audience == client.client_id:
            kept |= {"id_token": answer["id_token"], "expires": claims["exp"]}
        self._kept = kept
        return str(claims.get("email")), self.tokens.save(kept)

    def sign_out(self) -> None:
        """Forget the tokens on this machine."""
        self.tokens.forget()
        self._kept = {}

    def _sign_in(self) -> dict[str, Any]:
        self._kept = self._kept or self.tokens.load()
        if not self._kept:
            raise self._nobody()
        return self._kept

    def _nobody(self) -> SignInError:
        return SignInError(f"nobody is signed in; run `sluice login {self.tokens.server}`")

    def _renewed(self, kept: dict[str, Any]) -> dict[str, Any]:
        """The sign-in with a new ID token, saved; Google may send another refresh token along."""
        client, refresh_token = ProgramClient.from_json(kept), self.tokens.refresh_token()
        if refresh_token is None:  # somebody emptied the keyring
            raise self._nobody()
        form = {
            "grant_type": "refresh_token",
            "refresh_token": refresh_token,
            "client_id": client.client_id,
            "client_secret": client.client_secret,
        }
        if client.audience != client.client_id:  # a client that is its own audience must not name it
            form["audience"] = client.audience
        answer = ask_for_tokens(self.google, form, repeatable=True)
        self._kept = kept | {"refresh_token": refresh_token} | _of_answer(answer, client)
        self.tokens.save(self._kept)
        return self._kept


def _of_answer(answer: Json, client: ProgramClient) -> dict[str, Any]:
    claims = claims_in(answer["id_token"])
    if claims.get("aud") != client.audience:
        raise SignInError(f"Google sent a token for {claims.get('aud')}, not for {client.audience}; ask the operator")
    rotated = {"refresh_token": answer["refresh_token"]} if answer.get("refresh_token") else {}
    return {"id_token": answer["id_token"], "expires": claims["exp"]} | rotated
