"""Which account may do what on the local stack: the grants of Terraform, enforced by the stand-ins.

A stand-in notes who sent the request that it answers (`acting`); code below asks `may` where Google would check.
"""

import hmac
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from localdev.iam.conditions import allows
from localdev.iam.roles import PERMISSIONS
from localdev.stack.layout import PROJECT
from localdev.stack.secret import StackSecret

GRANTS: Final = Path(__file__).parent / "grants.json"


@dataclass(frozen=True, slots=True)
class Grant:
    """A role on a resource: all resources below it, or those for whose names the condition is true."""

    role: str
    resource: str
    condition: str = ""

    def covers(self, permission: str, resource: str) -> bool:
        if permission not in PERMISSIONS[self.role]:
            return False
        if resource != self.resource and not resource.startswith(self.resource + "/"):
            return False
        return not self.condition or allows(self.condition, resource)


class Accounts:
    """The service accounts of a stack: their passwords, made from its secret, and their grants.

    The grants are those of Terraform, or those in a file grants.json in `keys`, as soon as there is one.
    """

    def __init__(self, secret: StackSecret, keys: Path) -> None:
        self._secret, self._own_grants = secret, keys / GRANTS.name
        self._read_at, self._grants = 0, dict[str, list[Grant]]()

    def knows(self, name: str, password: str) -> bool:
        """Whether `password` is that of the account `name`."""
        return name in self._current() and hmac.compare_digest(
            password.encode(), self._secret.login_of(name)[1].encode()
        )

    def allow(self, account: str, permission: str, resource: str) -> bool:
        return any(grant.covers(permission, resource) for grant in self._current().get(account, ()))

    def _current(self) -> Mapping[str, Sequence[Grant]]:
        file = self._own_grants if self._own_grants.exists() else GRANTS
        changed_at = file.stat().st_mtime_ns
        if changed_at != self._read_at:
            self._grants = read_grants(file.read_text(encoding="utf-8"))
            self._read_at = changed_at
        return self._grants


def read_grants(text: str) -> dict[str, list[Grant]]:
    """The grants in JSON, by account."""
    content: dict[str, list[dict[str, Any]]] = json.loads(text)
    return {account: [Grant(**grant) for grant in grants] for account, grants in content.items()}


@dataclass(frozen=True, slots=True)
class Acting:
    """The account that sent a request."""

    name: str
    accounts: Accounts


_acting: ContextVar[Acting | None] = ContextVar("acting", default=None)


@contextmanager
def acting(who: Acting | None) -> Iterator[None]:
    """Answer a request as one of `who`; None is the owner of the stack, who may do everything."""
    token = _acting.set(who)
    try:
        yield
    finally:
        _acting.reset(token)


def may(permission: str, resource: str) -> bool:
    """Whether who sent the current request has `permission` on `resource`."""
    who = _acting.get()
    return who is None or who.accounts.allow(who.name, permission, resource)


def acting_email() -> str:
    """The address of who sent the current request; empty for the owner."""
    who = _acting.get()
    return email_of(who.name) if who else ""


def email_of(account: str) -> str:
    """The address of a service account of the stack."""
    return f"{account.replace('_', '-')}@{PROJECT}.iam.gserviceaccount.com"


def account_of(email: str) -> str:
    """The name of the service account with this address."""
    return email.partition("@")[0].replace("-", "_")
