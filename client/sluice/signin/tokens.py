"""Where the tokens of a sign-in are kept: the refresh token in the keyring of the system, the rest in the state."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final, Protocol

from sluice.state import State

_SERVICE: Final = "sluice"


class Keyring(Protocol):
    """A place for secrets that the system protects."""

    def get_password(self, service: str, name: str) -> str | None: ...

    def set_password(self, service: str, name: str, secret: str) -> None: ...

    def delete_password(self, service: str, name: str) -> None: ...


@dataclass(frozen=True, slots=True)
class TokenStore:
    """The sign-in at one service. Without a `keyring` that works, a file that only its user can read has all of it."""

    server: str
    state: State
    keyring: Keyring | None

    def load(self) -> dict[str, Any]:
        """What was saved, without a refresh token that the keyring has; empty if nobody has signed in."""
        found = self.state.load(self._name)
        return found if isinstance(found, dict) else {}

    def refresh_token(self) -> str | None:
        """The refresh token, wherever it is. Most commands do not need it: to ask the keyring takes 50 ms and more."""
        found = self.load().get("refresh_token")
        return str(found) if found else self._from_keyring()

    def save(self, sign_in: Mapping[str, Any]) -> bool:
        """Keep a sign-in; whether the keyring has its refresh token."""
        secret = str(sign_in["refresh_token"])
        is_protected = self._into_keyring(secret)
        kept = {name: value for name, value in sign_in.items() if name != "refresh_token" or not is_protected}
        self.state.save(self._name, kept)
        return is_protected

    def forget(self) -> None:
        """Forget the sign-in."""
        self.state.drop(self._name)
        if self.keyring is None or self._from_keyring() is None:
            return
        self.keyring.delete_password(_SERVICE, self.server)

    @property
    def _name(self) -> str:
        return f"sign-in-{sha256(self.server.encode()).hexdigest()[:16]}"

    def _from_keyring(self) -> str | None:
        if self.keyring is None:
            return None
        from keyring.errors import KeyringError  # noqa: PLC0415

        try:
            return self.keyring.get_password(_SERVICE, self.server)
        except KeyringError:
            return None  # there is none on this machine, or its user did not unlock it

    def _into_keyring(self, secret: str) -> bool:
        if self.keyring is None:
            return False
        if self._from_keyring() == secret:
            return True
        from keyring.errors import KeyringError  # noqa: PLC0415

        try:
            self.keyring.set_password(_SERVICE, self.server, secret)
            return self.keyring.get_password(_SERVICE, self.server) == secret  # a null keyring forgets at once
        except KeyringError:
            return False


class SystemKeyring:
    """The keyring of the system, loaded when it is used."""

    def get_password(self, service: str, name: str) -> str | None:
        import keyring  # noqa: PLC0415

        found: str | None = keyring.get_password(service, name)
        return found

    def set_password(self, service: str, name: str, secret: str) -> None:
        import keyring  # noqa: PLC0415

        keyring.set_password(service, name, secret)

    def delete_password(self, service: str, name: str) -> None:
        import keyring  # noqa: PLC0415

        keyring.delete_password(service, name)
