"""Signs the OIDC tokens that Cloud Tasks, Scheduler and Eventarc send, with a key in the folder of the stack."""

import datetime as dt
import fcntl
import time
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.auth import crypt, jwt

_KEY_ID = "local"


class OidcSigner:
    """Makes tokens as Google's token service does; `certs` are the certificates that verify them, by key id."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        key_file, cert_file = folder / "oidc.key", folder / "oidc.crt"
        with (folder / "oidc.lock").open("w") as lock:  # several stand-ins start at the same time and share the folder
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not cert_file.exists():
                _write_key_pair(key_file, cert_file)
        self.certs = {_KEY_ID: cert_file.read_text()}
        self._signer = crypt.RSASigner.from_string(key_file.read_text(), _KEY_ID)

    def token(self, email: str, audience: str) -> str:
        """A token that is valid for one hour."""
        now = int(time.time())
        claims = {
            "iss": "https://accounts.google.com",
            "aud": audience,
            "email": email,
            "email_verified": True,
            "sub": email,
            "iat": now,
            "exp": now + 3600,
        }
        return str(jwt.encode(self._signer, claims).decode())


def _write_key_pair(key_file: Path, cert_file: Path) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "sluice local stack")])
    today = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(today - dt.timedelta(days=1))
        .not_valid_after(today + dt.timedelta(days=3650))
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    key_file.touch(mode=0o600)
    key_file.write_bytes(key.private_bytes(pem, *plain))
    cert_file.write_bytes(certificate.public_bytes(pem))
