"""Signed URLs (V4, RSA): the key that signs them on this machine, and the check of their signatures."""

import datetime as dt
import hashlib
import json
from pathlib import Path
from urllib.parse import quote

from cryptography.hazmat.primitives import serialization as form
from cryptography.hazmat.primitives.asymmetric import rsa
from google.auth.crypt import RSAVerifier

from localdev.stack.layout import PROJECT
from localdev.stand_ins.http.messages import Request
from localdev.stand_ins.storage.errors import StorageError

SIGNER_FILE = "storage_signer.json"
_PUBLIC_FILE = "storage_signer.pub"
SIGNER = f"storage-signer@{PROJECT}.iam.gserviceaccount.com"
_ALGORITHM = "GOOG4-RSA-SHA256"
_MAX_AGE_S = 7 * 86400


def create_signer(keys: Path) -> Path:
    """The key file for `service_account.Credentials.from_service_account_file`, created when it is missing."""
    file = keys / SIGNER_FILE
    if file.exists():
        return file
    keys.mkdir(parents=True, exist_ok=True)
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = key.public_key().public_bytes(form.Encoding.PEM, form.PublicFormat.SubjectPublicKeyInfo)
    private = key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption())
    account = {
        "type": "service_account",
        "project_id": PROJECT,
        "private_key_id": "local",
        "private_key": private.decode(),
        "client_email": SIGNER,
        "token_uri": "http://127.0.0.1:1/no-tokens-here",
    }
    (keys / _PUBLIC_FILE).write_bytes(public)
    draft = file.with_suffix(".draft")
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(account))
    draft.replace(file)
    return file


class SignatureCheck:
    """Checks the date of signed URLs and, given a folder of keys, their signature."""

    def __init__(self, keys: Path | None) -> None:
        self._verifier: RSAVerifier | None = None
        if keys:
            create_signer(keys)
            self._verifier = RSAVerifier.from_string((keys / _PUBLIC_FILE).read_bytes())

    def require_valid(self, request: Request) -> None:
        """Raise StorageError 400 for an expired URL, 403 without a valid signature."""
        if "X-Goog-Signature" in request.args:
            _require_in_time(request)
            self._require_signature(request)
        elif self._verifier:
            raise StorageError(403, "AccessDenied", "Anonymous caller does not have access to the object.")

    def _require_signature(self, request: Request) -> None:
        if self._verifier and not self._verifier.verify(string_to_sign(request), _signature(request)):
            message = "The request signature we calculated does not match the signature you provided."
            raise StorageError(403, "SignatureDoesNotMatch", message)


def string_to_sign(request: Request) -> str:
    """The text that a valid signature of `request` signs. Raises StorageError 400 when a parameter is missing."""
    query = request.args
    signed_headers = _parameter(request, "X-Goog-SignedHeaders")
    unsigned_query = sorted((name, value) for name, value in query.items() if name != "X-Goog-Signature")
    canonical = "\n".join(
        [
            request.method,
            request.path,
            "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in unsigned_query),
            *(f"{name}:{request.headers.get(name, '').strip()}" for name in signed_headers.split(";")),
            "",
            signed_headers,
            request.headers.get("x-goog-content-sha256", "UNSIGNED-PAYLOAD"),
        ]
    )
    scope = _parameter(request, "X-Goog-Credential").partition("/")[2]
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    return "\n".join([_ALGORITHM, _parameter(request, "X-Goog-Date"), scope, digest])


def _require_in_time(request: Request) -> None:
    try:
        signed_at = dt.datetime.strptime(_parameter(request, "X-Goog-Date") + "+0000", "%Y%m%dT%H%M%SZ%z")
        valid_s = int(_parameter(request, "X-Goog-Expires"))
    except ValueError as error:
        raise StorageError(400, "InvalidArgument", f"Malformed signed URL: {error}") from error
    if not 0 < valid_s <= _MAX_AGE_S:
        raise StorageError(400, "AuthenticationRequired", f"X-Goog-Expires must be 1 to {_MAX_AGE_S} seconds.")
    if dt.datetime.now(dt.UTC) > signed_at + dt.timedelta(seconds=valid_s):
        raise StorageError(400, "ExpiredToken", "The provided token has expired.")


def _signature(request: Request) -> bytes:
    try:
        return bytes.fromhex(_parameter(request, "X-Goog-Signature"))
    except ValueError as error:
        raise StorageError(403, "SignatureDoesNotMatch", f"Malformed signature: {error}") from error


def _parameter(request: Request, name: str) -> str:
    try:
        return request.args[name]
    except KeyError:
        raise StorageError(400, "InvalidArgument", f"Missing parameter {name}.") from None
