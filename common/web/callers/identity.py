"""Finds the caller of a request from the assertion that Identity-Aware Proxy (IAP) signs.

Requests can reach the gateway's own address without IAP, so any other header that names an identity (Authorization,
X-Forwarded-*, x-goog-authenticated-user-email) may be forged and is ignored.
"""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Protocol

from common.domain.runs.access import Caller
from common.domain.users.user import SERVICE_ACCOUNT_ENDING
from common.errors import AuthorizationError, UnauthenticatedError
from common.web.auditing import note_caller, record_program
from common.web.callers.keys import KeySet
from common.web.callers.tokens import Trust, refusal, verified_claims

ASSERTION_HEADER: Final = "x-goog-iap-jwt-assertion"
IAP_ISSUER: Final = "https://cloud.google.com/iap"

_EMAIL = re.compile(r"[^@\s\x00-\x1f]{1,190}@[a-z0-9.-]{1,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentitySettings:
    """Which assertions are accepted, and who is an administrator."""

    audience: str
    keys_url: str
    hosted_domain: str
    admins: frozenset[str]  # addresses in lower case
    service_accounts: frozenset[str]  # the programs that may call, as addresses in lower case
    debug_caller: str | None  # skips verification; refused in a deployment


class HeaderLists(Protocol):
    """The headers of a request in any framework; names are case-insensitive."""

    def getlist(self, name: str, /) -> list[str]: ...


class IapVerifier:
    """Accepts assertions that IAP signed for one audience, about members of one Google Workspace domain or a program.

    Programs are the service accounts in `service_accounts`, by their exact addresses: no domain vouches for them.
    """

    def __init__(
        self,
        audience: str,
        hosted_domain: str,
        admins: frozenset[str],
        keys: KeySet,
        clock: Callable[[], float] = time.time,
        *,
        service_accounts: frozenset[str] = frozenset(),
    ) -> None:
        self._trust = Trust(algorithm="ES256", issuers=(IAP_ISSUER,), audience=audience, keys=keys)
        self._domain, self._admins, self._clock = hosted_domain.lower(), admins, clock
        self._service_accounts = service_accounts

    def verify_iap_jwt(self, assertion: str) -> Caller:
        """The caller that an assertion names.

        Raises UnauthenticatedError, and AuthorizationError for another domain or a service account that is not listed.
        """
        claims = verified_claims(assertion, self._trust, now=self._clock())
        email = _email_in(claims)
        if email.endswith(SERVICE_ACCOUNT_ENDING):
            return self._program(email, claims)
        if claims.get("hd") != self._domain or not email.endswith(f"@{self._domain}"):
            note_caller(email)
            raise AuthorizationError(f"only members of {self._domain} may use this service")
        return self.caller(email)

    def _program(self, email: str, claims: dict[str, Any]) -> Caller:
        """The service account with this verified address; a claim `hd` would be of a person."""
        note_caller(email)
        if email not in self._service_accounts or "hd" in claims:
            raise AuthorizationError(
                f"the service account {email} may not use this service; "
                "ask its operator to add it to service_accounts in the deployment's settings"
            )
        record_program()
        return self.caller(email)

    def caller(self, email: str) -> Caller:
        """The caller with this verified address, whom the telemetry of the request then names."""
        note_caller(email.lower())
        return Caller(email=email.lower(), is_admin=email.lower() in self._admins)


def identifier(settings: IdentitySettings) -> Callable[[HeaderLists], Caller]:
    """A function from the headers of a request to its caller, for one deployment."""
    verifier = IapVerifier(
        settings.audience,
        settings.hosted_domain,
        settings.admins,
        KeySet(settings.keys_url),
        service_accounts=settings.service_accounts,
    )
    return partial(get_current_user, verifier=verifier, debug_caller=settings.debug_caller)


def get_current_user(headers: HeaderLists, verifier: IapVerifier, debug_caller: str | None = None) -> Caller:
    """The caller of a request. Raises UnauthenticatedError, AuthorizationError, UnavailableError.

    `debug_caller` replaces the assertion; a deployment refuses this setting.
    """
    if debug_caller:
        return verifier.caller(debug_caller)
    assertions = headers.getlist(ASSERTION_HEADER)
    if not assertions:
        raise UnauthenticatedError("you are not signed in; open the service's public address and sign in")
    if len(assertions) > 1:
        raise refusal("several assertions")
    return verifier.verify_iap_jwt(assertions[0])


def _email_in(claims: dict[str, Any]) -> str:
    email = claims.get("email")
    if not isinstance(email, str) or not _EMAIL.fullmatch(email.lower()):
        raise refusal("no address")
    return email.lower()
