"""Signs assertions like those of Identity-Aware Proxy (IAP), with a key kept in the stack's folder."""

import hashlib
import time
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from google.auth import jwt
from google.auth.crypt import es256

from localdev.stack.layout import IAP_AUDIENCE

ASSERTION_HEADER = "x-goog-iap-jwt-assertion"
_KEY_ID = "local-iap"
_VALID_FOR_S = 600


class IapSigner:
    """Signs IAP assertions; `keys` are the public keys as IAP publishes them, {key id: PEM}."""

    def __init__(self, folder: Path) -> None:
        pem = _load_or_create_key(folder / "iap.key")
        self._signer = es256.ES256Signer.from_string(pem, _KEY_ID)
        self.keys = {_KEY_ID: _public_pem(pem)}

    def assertion(self, email: str) -> str:
        """A signed token (JWT) for the caller `email`, valid for 10 minutes."""
        now = int(time.time())
        claims = {
            "iss": "https://cloud.google.com/iap",
            "aud": IAP_AUDIENCE,
            "email": email,
            "hd": email.rpartition("@")[2].lower(),
            "sub": f"accounts.google.com:{_account_number(email)}",
            "iat": now,
            "exp": now + _VALID_FOR_S,
        }
        return str(jwt.encode(self._signer, claims).decode())


def _account_number(email: str) -> int:
    return int.from_bytes(hashlib.sha256(email.encode()).digest()[:8])


def _load_or_create_key(file: Path) -> bytes:
    if not file.exists():
        key = ec.generate_private_key(ec.SECP256R1())
        plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_bytes(key.private_bytes(serialization.Encoding.PEM, *plain))
    return file.read_bytes()


def _public_pem(private_pem: bytes) -> str:
    key = serialization.load_pem_private_key(private_pem, password=None)
    public = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(serialization.Encoding.PEM, public).decode()
