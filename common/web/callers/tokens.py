"""Verifies a signed token and returns its claims; google-auth checks the signature.

google.auth.jwt.decode would read each token twice and its key each time, and it does not check the algorithm, the key
id, the issuer, `nbf` or the types of claims.
"""

import base64
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Protocol

from google.auth.crypt import RSAVerifier
from google.auth.crypt.es import EsVerifier

from common.errors import UnauthenticatedError
from common.telemetry import telemetry
from common.web.callers.keys import KeySet

log = telemetry("identity")

SKEW_S: Final = 30
_LONGEST: Final = 8192
_KEYS: Final = 32  # kept as objects; Google has a handful at a time
_VERIFIERS: Final[Mapping[str, Any]] = {"ES256": EsVerifier, "RS256": RSAVerifier}


class Verifier(Protocol):
    """A verifier of google-auth."""

    def verify(self, message: bytes, signature: bytes) -> bool: ...


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
        signed, _, signature = token.encode().rpartition(b".")
        header, claims = map(_object_in, signed.split(b"."))
        key = _verifier(trust.algorithm, _key_named_by(header, trust))
        is_genuine = key.verify(signed, _bytes_in(signature))
    except (ValueError, TypeError, RecursionError) as error:  # what malformed input and keys of another kind raise
        raise refusal(type(error).__name__) from None
    if not is_genuine:
        raise refusal("not signed with the key that it names")
    if claims.get("aud") != trust.audience:
        raise refusal(f"another audience: {claims.get('aud')!r:.200}")
    if claims.get("iss") not in trust.issuers:
        raise refusal("another issuer")
    if not _is_current(claims, now):
        raise refusal("expired, or not valid yet")
    return claims


def refusal(why: str) -> UnauthenticatedError:
    """The error for an invalid identity; `why` goes to telemetry only."""
    log.info("identity refused", extra={"action": "identity_refused", "why": why})
    return UnauthenticatedError("your identity could not be verified; sign in again and repeat the request")


def _object_in(segment: bytes) -> dict[str, Any]:
    value = json.loads(_bytes_in(segment))
    if not isinstance(value, dict):
        raise TypeError("not a JSON object")
    return value


def _bytes_in(segment: bytes) -> bytes:
    return base64.urlsafe_b64decode(segment + b"=" * (-len(segment) % 4))


@lru_cache(_KEYS)
def _verifier(algorithm: str, pem: str) -> Verifier:
    """What checks signatures with a key; to read the key takes longer than to check one."""
    verifier: Verifier = _VERIFIERS[algorithm].from_string(pem)
    return verifier


def _key_named_by(header: dict[str, Any], trust: Trust) -> str:
    if header.get("alg") != trust.algorithm:
        raise refusal("another algorithm")
    key_id = header.get("kid")
    if not isinstance(key_id, str) or not key_id:
        raise refusal("no key named")
    pem = trust.keys.find(key_id)
    if pem is None:
        raise refusal("unknown key")
    return pem


def _is_current(claims: dict[str, Any], now: float) -> bool:
    issued, expires = _moment(claims, "iat"), _moment(claims, "exp")
    not_before = _moment(claims, "nbf") if "nbf" in claims else issued
    return issued - SKEW_S <= now <= expires + SKEW_S and not_before - SKEW_S <= now


def _moment(claims: dict[str, Any], name: str) -> float:
    """A claim in Unix seconds; NaN, which fails every comparison, for anything but a number."""
    value = claims.get(name)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else math.nan
