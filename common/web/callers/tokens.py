"""Verifies a signed token and returns its claims; google-auth does the cryptography.

google.auth.jwt.decode does not check the algorithm, the key id, the issuer, `nbf` or the types of claims; this module
does.
"""

import math
from dataclasses import dataclass
from typing import Any, Final

from google.auth import jwt
from google.auth.exceptions import InvalidValue

from common.errors import UnauthenticatedError
from common.telemetry import telemetry
from common.web.callers.keys import KeySet

log = telemetry("identity")

SKEW_S: Final = 30
_LONGEST: Final = 8192


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """Which tokens are accepted: signed with `algorithm` and one of `keys`, by one of `issuers`, for `audience`."""

    algorithm: str
    issuers: tuple[str, ...]
    audience: str
    keys: KeySet


def verified_claims(token: str, trust: Trust, *, now: float) -> dict[str, Any]:
    """The claims of a token that `trust` accepts and that is valid at `now` (Unix seconds, 30 s of skew allowed).

    Raises UnauthenticatedError, whose reason is only in telemetry, and UnavailableError while there are no keys.
    """
    if len(token) > _LONGEST:
        raise refusal("longer than any real token")
    try:
        header = jwt.decode_header(token)
        keys = _key_named_by(header, trust)
        claims = jwt.decode(token, certs=keys, audience=trust.audience, clock_skew_in_seconds=SKEW_S)
    except InvalidValue as error:  # wrong audience, time or algorithm; the message never contains the token
        raise refusal(str(error)) from None
    except (ValueError, TypeError, RecursionError) as error:  # what google-auth raises for malformed input
        raise refusal(type(error).__name__) from None
    if claims.get("iss") not in trust.issuers:
        raise refusal("another issuer")
    if not _is_current(claims, now):
        raise refusal("not valid now")
    return dict(claims)


def refusal(why: str) -> UnauthenticatedError:
    """The error for an invalid identity; `why` goes to telemetry only."""
    log.info("identity refused", extra={"action": "identity_refused", "why": why})
    return UnauthenticatedError("your identity could not be verified; sign in again and repeat the request")


def _key_named_by(header: dict[str, Any], trust: Trust) -> dict[str, str]:
    if header.get("alg") != trust.algorithm:
        raise refusal("another algorithm")
    key_id = header.get("kid")
    if not isinstance(key_id, str) or not key_id:
        raise refusal("no key named")
    pem = trust.keys.find(key_id)
    if pem is None:
        raise refusal("unknown key")
    return {key_id: pem}


def _is_current(claims: dict[str, Any], now: float) -> bool:
    issued, expires = _moment(claims, "iat"), _moment(claims, "exp")
    not_before = _moment(claims, "nbf") if "nbf" in claims else issued
    return issued - SKEW_S <= now <= expires + SKEW_S and not_before - SKEW_S <= now


def _moment(claims: dict[str, Any], name: str) -> float:
    """A claim in Unix seconds; NaN, which fails every comparison, for anything but a number."""
    value = claims.get(name)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else math.nan
