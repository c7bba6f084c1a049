"""The secret of a stack: only who knows it may use the stand-ins and Postgres.

It lies in the stack's folder of keys, in files of mode 0600. Clients get it by settings that they have anyway: those
built on the library `requests`, such as Google's, read the file that NETRC names; those of Postgres have a URL. Each
service account has a login of its own, made from the secret; the stack itself has one that may do everything.
"""

import fcntl
import hashlib
import hmac
import os
import secrets
from pathlib import Path
from typing import Self

from localdev.stack.layout import HOST

Login = tuple[str, str]  # name and password

_NAME, _FILE = "sluice", "secret"


class StackSecret:
    """The secret in the folder `keys`, made when it is missing."""

    def __init__(self, keys: Path) -> None:
        self.netrc = keys / "netrc"
        self._value = _load_or_make(keys / _FILE)
        self.login: Login = (_NAME, derived(self._value, "stand-ins"))
        self.database_password = derived(self._value, "postgres")

    @classmethod
    def existing(cls, keys: Path) -> Self | None:
        """The secret of a stack that was started before; None when there is none in the folder."""
        return cls(keys) if (keys / _FILE).exists() else None

    def write_netrc(self) -> None:
        """Write the login of the stand-ins in the format that requests and curl read."""
        _write_private(self.netrc, "machine {} login {} password {}\n".format(HOST, *self.login))

    def login_of(self, account: str) -> Login:
        """The login of a service account of the stack."""
        return account, derived(self._value, f"account {account}")

    def netrc_of(self, account: str) -> Path:
        """A file with the login of a service account, in the same format."""
        file = self.netrc.with_name(f"netrc.{account}")
        if not file.exists():
            _write_private(file, "machine {} login {} password {}\n".format(HOST, *self.login_of(account)))
        return file


def derived(secret: str, purpose: str) -> str:
    """A password for one purpose, from which nobody can compute the secret."""
    return hmac.new(secret.encode(), purpose.encode(), hashlib.sha256).hexdigest()


def _load_or_make(file: Path) -> str:
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (file.parent / "secret.lock").open("w") as lock:  # several processes may need it first
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not file.exists():
            _write_private(file, secrets.token_hex(32))
    return file.read_text(encoding="ascii")


def _write_private(file: Path, text: str) -> None:
    """Replace `file` by one that only its owner may read, whatever the mode of the old one."""
    draft = file.with_name(file.name + ".draft")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as out:
        out.write(text)
    draft.replace(file)
