"""Which service the client talks to and as whom: from the environment and the file that `sluice login` writes."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from sluice.errors import InputError

VERSION: Final = "0.1.0"
LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})

_CONFIG_FILE: Final = "config.json"
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """`server` is the address without a slash at its end.

    `user` is who one is on a local stack, None for its default user. `service_account` is the robot that programs sign
    in as, None for a person. `config` and `state` are the folders of this user's files.
    """

    server: str
    user: str | None
    service_account: str | None
    config: Path
    state: Path

    @classmethod
    def from_environment(cls, environment: Mapping[str, str], server: str | None = None) -> "Settings":
        """`server` or SLUICE_URL or the server of the last login; SLUICE_USER and SLUICE_SERVICE_ACCOUNT.

        Raises InputError if there is no server, or if one of these is not valid.
        """
        config, state = _folders()
        address = server or environment.get("SLUICE_URL") or _stored_server(config)
        if not address:
            raise InputError("no service is known: sign in with `sluice login https://…`, or set SLUICE_URL")
        return cls(
            server=server_address(address),
            user=_email_in(environment, "SLUICE_USER"),
            service_account=_email_in(environment, "SLUICE_SERVICE_ACCOUNT"),
            config=config,
            state=state,
        )

    @property
    def is_loopback(self) -> bool:
        """Whether the server is on this machine; proxies do not apply to it."""
        return (urlsplit(self.server).hostname or "") in LOOPBACK

    def remember_server(self) -> None:
        """Make `server` the one that later commands use."""
        self.config.mkdir(parents=True, exist_ok=True)
        file = self.config / _CONFIG_FILE
        file.write_text(json.dumps({"server": self.server}) + "\n", encoding="utf-8")


def server_address(text: str) -> str:
    """The address of a service, without a slash at its end. Raises InputError.

    Only a server on this machine may be spoken to without encryption, since every request carries an identity.
    """
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise InputError(f"{text!r} is no address: {error}") from error
    if parts.scheme not in {"http", "https"} or not host or parts.path.strip("/") or parts.query or parts.username:
        raise InputError(f"{text!r} is no address of a service; expected https://sluice.example.org")
    if parts.scheme == "http" and host not in LOOPBACK:
        raise InputError(f"{text!r} is not encrypted; use https://{parts.netloc}")
    return f"{parts.scheme}://{parts.netloc}"


def _folders() -> tuple[Path, Path]:
    import platformdirs  # noqa: PLC0415 `sluice --version` needs no folders

    return platformdirs.user_config_path("sluice"), platformdirs.user_state_path("sluice")


def _stored_server(config: Path) -> str | None:
    file = config / _CONFIG_FILE
    try:
        stored: Any = json.loads(file.read_text(encoding="utf-8"))
        return str(stored["server"])
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{file} is damaged ({error!r}); delete it and sign in again") from error


def _email_in(environment: Mapping[str, str], name: str) -> str | None:
    value = environment.get(name) or None
    if value and not _EMAIL.fullmatch(value):
        raise InputError(f"{name} must be an e-mail address, not {value!r}")
    return value
