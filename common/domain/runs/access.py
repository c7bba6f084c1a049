"""Access to runs: only a run's owner and administrators may see or change it."""

from dataclasses import dataclass

from common.errors import AuthorizationError


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """The person who sent a request; `email` is lower case and verified."""

    email: str
    is_admin: bool = False


def may_access(caller: Caller, *, owner: str) -> bool:
    """Whether `caller` may see and change what belongs to `owner` (an email address)."""
    return caller.is_admin or caller.email == owner.lower()


def require_owner(caller: Caller, *, owner: str, thing: str) -> None:
    """Raise AuthorizationError unless `caller` may access `thing`, which belongs to `owner`."""
    if not may_access(caller, owner=owner):
        raise AuthorizationError(f"{thing} belongs to another user; ask its owner or an administrator")
