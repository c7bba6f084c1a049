"""Signs valid and invalid tokens with real keys."""

import base64
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from google.auth import crypt

Claims = dict[str, Any]
Sign = Callable[[bytes], bytes]

AUDIENCE = "/projects/1/global/backendServices/1"
DOMAIN = "lab.example"
CALLER = "tasks@project.iam.gserviceaccount.com"

_PKCS8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
_PUBLIC = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo


@dataclass(frozen=True, slots=True)
class Key:
    """A key pair: the signing key and the PEM of the public key."""

    sign: Sign
    public: str


def ec_key() -> Key:
    key = ec.generate_private_key(ec.SECP256R1())
    signer = crypt.EsSigner.from_string(key.private_bytes(*_PKCS8))
    return Key(signer.sign, key.public_key().public_bytes(*_PUBLIC).decode())


def rsa_key() -> Key:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    signer = crypt.RSASigner.from_string(key.private_bytes(*_PKCS8))
    return Key(signer.sign, key.public_key().public_bytes(*_PUBLIC).decode())


def token(header: object, claims: object, sign: Sign) -> str:
    """A JSON Web Token of exactly these parts, valid or not; bytes are JSON already."""
    signed = ".".join(
        _segment(part if isinstance(part, bytes) else json.dumps(part).encode()) for part in (header, claims)
    )
    return f"{signed}.{_segment(sign(signed.encode()))}"


def iap_claims(**changes: object) -> Claims:
    """IAP's claims about ana@lab.example; None removes a claim."""
    now = int(time.time())
    claims = {
        "iss": "https://cloud.google.com/iap",
        "aud": AUDIENCE,
        "email": f"ana@{DOMAIN}",
        "hd": DOMAIN,
        "sub": "accounts.google.com:1",
        "iat": now,
        "exp": now + 600,
    }
    return _without_none(claims | changes)


def oidc_claims(**changes: object) -> Claims:
    """Google's claims about the service account CALLER; None removes a claim."""
    now = int(time.time())
    claims = {
        "iss": "https://accounts.google.com",
        "aud": "https://worker.example",
        "email": CALLER,
        "email_verified": True,
        "sub": "1",
        "iat": now,
        "exp": now + 3600,
    }
    return _without_none(claims | changes)


def _segment(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _without_none(claims: Claims) -> Claims:
    return {name: value for name, value in claims.items() if value is not None}
