"""Who may send a request: people of every level of access, and everything that only pretends to be an identity."""

import json
import time
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from google.auth import crypt

from localdev.stack.gateway.iap import ASSERTION_HEADER, IapSigner
from localdev.stack.layout import ADMIN, HOSTED_DOMAIN, IAP_AUDIENCE
from tests.unit.common.web.signing import ec_key, rsa_key, token

OWNER, READER, OTHER = (f"{name}@{HOSTED_DOMAIN}" for name in ("olga", "rita", "oleg"))
FOREIGNER = "olga@elsewhere.example"
_HEADER: Final = {"alg": "ES256", "typ": "JWT", "kid": "local-iap"}


class Level(StrEnum):
    """A level of access to one run; a READER is someone with whom it is shared."""

    OWNER = "owner"
    READER = "reader"
    ADMIN = "admin"
    OTHER = "other"
    FOREIGN = "foreign domain"
    NOBODY = "nobody"


PEOPLE: Final = {
    Level.OWNER: OWNER,
    Level.READER: READER,
    Level.ADMIN: ADMIN,
    Level.OTHER: OTHER,
    Level.FOREIGN: FOREIGNER,
}


def headers_of(level: Level, signer: IapSigner) -> dict[str, str]:
    return {ASSERTION_HEADER: signer.assertion(PEOPLE[level])} if level in PEOPLE else {}


def pretended(keys: Path) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Names and headers of identities that must not count; each pretends to be the owner."""
    own = crypt.EsSigner.from_string((keys / "iap.key").read_text()).sign
    signed = IapSigner(keys).assertion(OWNER)
    header, claims, signature = signed.split(".")
    foreign_key, rsa, now = ec_key().sign, rsa_key().sign, int(time.time())

    def made(name: str, *, sign: Any = own, head: Mapping[str, object] = _HEADER, **changes: object) -> Any:  # noqa: ANN401
        values = {**_claims(now), **changes}
        return name, {ASSERTION_HEADER: token(dict(head), {n: v for n, v in values.items() if v is not None}, sign)}

    yield "no header", {}
    yield "an empty assertion", {ASSERTION_HEADER: ""}
    yield "not a token", {ASSERTION_HEADER: "x.y.z"}
    yield "a long text", {ASSERTION_HEADER: "a" * 4_000}
    yield "no signature", {ASSERTION_HEADER: f"{header}.{claims}."}
    yield "half a signature", {ASSERTION_HEADER: f"{header}.{claims}.{signature[:40]}"}
    yield "claims of another token", {ASSERTION_HEADER: f"{header}.{claims[:-4]}AAAA.{signature}"}
    yield made("another key", sign=foreign_key)
    yield made("the algorithm none", sign=lambda _raw: b"", head={**_HEADER, "alg": "none"})
    yield made("the algorithm RS256", sign=rsa, head={**_HEADER, "alg": "RS256"})
    yield made("the algorithm HS256", sign=lambda _raw: b"x" * 32, head={**_HEADER, "alg": "HS256"})
    yield made("an unknown key id", head={**_HEADER, "kid": "other"})
    yield made("no key id", head={"alg": "ES256", "typ": "JWT"})
    yield made("another audience", aud="/projects/1/global/backendServices/2")
    yield made("no audience", aud=None)
    yield made("another issuer", iss="https://accounts.google.com")
    yield made("no issuer", iss=None)
    yield made("an old token", iat=now - 7_200, exp=now - 3_600)
    yield made("a token of tomorrow", iat=now + 86_400, exp=now + 90_000)
    yield made("no end", exp=None)
    yield made("no address", email=None)
    yield made("a list as the address", email=[OWNER])
    yield made("an address with a line break", email=f"{OWNER}\nx")
    yield "Authorization only", {"Authorization": f"Bearer {signed}"}
    yield "X-Goog-Authenticated-User-Email", {"X-Goog-Authenticated-User-Email": f"accounts.google.com:{OWNER}"}
    yield "X-Forwarded-User", {"X-Forwarded-User": OWNER, "X-Forwarded-Email": OWNER}
    yield "X-Dev-User at the function", {"X-Dev-User": OWNER}
    yield "a cookie", {"Cookie": f"GCP_IAP_UID={OWNER}; {ASSERTION_HEADER}={signed}"}
    yield "userinfo of API Gateway", {"X-Apigateway-Api-Userinfo": json.dumps({"email": OWNER})}


def _claims(now: int) -> dict[str, object]:
    return {
        "iss": "https://cloud.google.com/iap",
        "aud": IAP_AUDIENCE,
        "email": OWNER,
        "hd": HOSTED_DOMAIN,
        "sub": "accounts.google.com:1",
        "iat": now,
        "exp": now + 600,
    }
