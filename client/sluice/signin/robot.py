"""A program: a service account, whose JWT Google signs, so that no key lies about."""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote

from sluice.errors import InputError, NotFoundError, SignInError, UnavailableError
from sluice.signin.google import RENEWED_BEFORE_END_S, Google
from sluice.signin.laptop import NamedUser
from sluice.transport import Transport

_VALID_S: Final = 3600  # IAP accepts no longer one
_METADATA_PATH: Final = "/computeMetadata/v1/instance/service-accounts/default/token"


@dataclass(slots=True)
class Robot:
    """Sends a JWT of `account` for all addresses of `server`, signed by `signJwt` of IAM Credentials.

    The caller of that, whose access token `access_token` gets, needs roles/iam.serviceAccountTokenCreator on `account`.
    """

    account: str
    server: str
    access_token: Callable[[], str]
    google: Google = field(default_factory=Google)
    clock: Callable[[], float] = time.time
    _jwt: str = ""
    _expires: float = 0.0

    def headers(self) -> Mapping[str, str]:
        if self.clock() >= self._expires - RENEWED_BEFORE_END_S:
            self.renew()
        return {"Authorization": f"Bearer {self._jwt}"}

    def renew(self) -> bool:
        now = int(self.clock())
        claims = {
            "iss": self.account,
            "sub": self.account,
            "aud": f"{self.server}/*",
            "iat": now,
            "exp": now + _VALID_S,
        }
        self._jwt, self._expires = self._signed(json.dumps(claims)), now + _VALID_S
        return True

    def _signed(self, payload: str) -> str:
        transport = Transport(self.google.signing, NamedUser(None))
        headers = {"Authorization": f"Bearer {self.access_token()}", "Content-Type": "application/json"}
        path = f"/v1/projects/-/serviceAccounts/{quote(self.account, safe='@')}:signJwt"
        try:
            answer = transport.send(
                "POST", path, content=json.dumps({"payload": payload}).encode(), headers=headers, repeatable=True
            )
            return str(answer.json()["signedJwt"])
        except (SignInError, NotFoundError, InputError, KeyError) as error:
            raise SignInError(
                f"Google does not sign for {self.account}: the caller needs roles/iam.serviceAccountTokenCreator on it"
            ) from error
        finally:
            transport.close()


def google_access_token() -> str:
    """An access token of whoever runs this: of gcloud, or of the machine's service account. Raises SignInError."""
    if shutil.which("gcloud"):
        done = subprocess.run(["gcloud", "auth", "print-access-token"], capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return done.stdout.strip()
    host = os.environ.get("GCE_METADATA_HOST", "metadata.google.internal")
    transport = Transport(f"http://{host}", NamedUser(None))
    try:
        headers = {"Metadata-Flavor": "Google"}
        return str(transport.send("GET", _METADATA_PATH, headers=headers, repeatable=False).json()["access_token"])
    except (UnavailableError, NotFoundError, SignInError, KeyError) as error:
        raise SignInError(
            "no credentials of Google were found: sign in with `gcloud auth login`, or run on a machine of Google Cloud"
        ) from error
    finally:
        transport.close()
