"""Google's part in signing in: the addresses, the OAuth client for programs, and what a token says.

Sources: "OAuth 2.0 for desktop apps" (developers.google.com/identity/protocols/oauth2/native-app), "Programmatic
authentication" of Identity-Aware Proxy (docs.cloud.google.com/iap/docs/authentication-howto).
"""

import base64
import json
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from sluice.decoding import Json
from sluice.errors import InputError, NotFoundError, SignInError, UnavailableError
from sluice.signin.laptop import NamedUser
from sluice.transport import Transport

CLIENT_FILE: Final = "/.well-known/sluice.json"
RENEWED_BEFORE_END_S: Final = 300
_FORM: Final = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Google:
    """Addresses, without a slash at their end."""

    sign_in_page: str = "https://accounts.google.com/o/oauth2/v2/auth"
    tokens: str = "https://oauth2.googleapis.com"
    signing: str = "https://iamcredentials.googleapis.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramClient:
    """The OAuth client with which programs reach a service; `audience` is whom IAP wants its ID tokens to be for.

    The secret of a desktop client is none: Google asks for it, but every copy of the program has it.
    """

    client_id: str
    client_secret: str
    audience: str

    @classmethod
    def of_service(cls, server: str) -> "ProgramClient":
        """The client in the file that the service publishes. Raises SignInError if it publishes none."""
        transport = Transport(server, NamedUser(None))
        try:
            found = transport.send("GET", CLIENT_FILE, repeatable=True).json()
        except (NotFoundError, SignInError) as error:
            raise SignInError(f"{server} lets no programs in: it has no {CLIENT_FILE}; ask its operator") from error
        finally:
            transport.close()
        return cls.from_json(found)

    @classmethod
    def from_json(cls, found: Any) -> "ProgramClient":  # noqa: ANN401
        """The client in the JSON of the file; without an `audience` it is the client itself.

        Raises SignInError if the file says that no program may sign in.
        """
        if isinstance(found, dict) and found.get("client_id") is None and "detail" in found:
            raise SignInError(f"{found['detail']} (says {CLIENT_FILE} of the service)")
        try:
            client_id, secret = str(found["client_id"]), str(found["client_secret"])
        except (KeyError, TypeError) as error:
            raise UnavailableError(f"{CLIENT_FILE} of the service has no client_id or client_secret") from error
        return cls(client_id=client_id, client_secret=secret, audience=str(found.get("audience") or client_id))


def ask_for_tokens(google: Google, form: dict[str, str], *, repeatable: bool) -> Json:
    """Google's answer, with `id_token` and often `refresh_token`. Raises SignInError when Google refuses."""
    transport = Transport(google.tokens, NamedUser(None))
    content = urlencode(form).encode()
    try:
        answer = transport.send("POST", "/token", content=content, headers=_FORM, repeatable=repeatable).json()
    except (InputError, SignInError) as error:
        raise SignInError(f"Google refused: {error.message}; run `sluice login`") from error
    finally:
        transport.close()
    if not isinstance(answer, dict) or not isinstance(answer.get("id_token"), str):
        raise SignInError("Google sent no ID token; run `sluice login` again")
    return answer


def claims_in(token: str) -> Json:
    """What a token says. Its signature is not looked at: it came from Google itself. Raises SignInError."""
    try:
        _, payload, _ = token.split(".")
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return {**claims, "exp": int(claims["exp"])}
    except (ValueError, KeyError, TypeError) as error:
        raise SignInError("Google sent a token that cannot be read; run `sluice login` again") from error
