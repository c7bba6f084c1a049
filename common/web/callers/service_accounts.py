"""Verifies the service account that calls a private function: Cloud Tasks, Cloud Scheduler or Eventarc."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from common.errors import AuthorizationError, UnauthenticatedError
from common.web.callers.keys import KeySet
from common.web.callers.tokens import Trust, refusal, verified_claims

GOOGLE_ISSUERS: Final = ("accounts.google.com", "https://accounts.google.com")


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceCallerSettings:
    """Which service accounts may call a private function (Cloud Tasks, Scheduler, Eventarc)."""

    audience: str
    certs_url: str
    callers: frozenset[str]  # addresses in lower case


class OidcVerifier:
    """Accepts Google's OIDC tokens for one audience and the service accounts in `callers`."""

    def __init__(
        self, audience: str, callers: frozenset[str], keys: KeySet, clock: Callable[[], float] = time.time
    ) -> None:
        self._trust = Trust(algorithm="RS256", issuers=GOOGLE_ISSUERS, audience=audience, keys=keys)
        self._callers, self._clock = callers, clock

    def verify(self, authorization: str | None) -> str:
        """The address of the service account in the Authorization header.

        Raises UnauthenticatedError without a valid token, AuthorizationError for any other account.
        """
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer":
            raise UnauthenticatedError("only service accounts may call this address; send an OIDC token as Bearer")
        claims = verified_claims(token.strip(), self._trust, now=self._clock())
        email = claims.get("email")
        if not isinstance(email, str) or claims.get("email_verified") is not True:
            raise refusal("no verified address")
        if email.lower() not in self._callers:
            raise AuthorizationError("this service account may not call this address")
        return email.lower()


def service_verifier(settings: ServiceCallerSettings) -> OidcVerifier:
    """The verifier of one deployment."""
    return OidcVerifier(settings.audience, settings.callers, KeySet(settings.certs_url))
