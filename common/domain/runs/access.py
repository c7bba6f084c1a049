"""Who may do what to a run: its owner and the admins everything, anyone else nothing."""

from dataclasses import dataclass

from common.errors import AuthorizationError


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who stands behind a request; `email` is lower case and verified."""

    email: str
    is_admin: bool = False


def may_access(caller: Caller, *, owner: str) -> bool:
    """Whether `caller` may see and change what belongs to `owner` (an address)."""
    return caller.is_admin or caller.email == owner.lower()


def require_owner(caller: Caller, *, owner: str, thing: str) -> None:
    """Raise AuthorizationError unless `caller` may touch `thing`, which belongs to `owner`."""
    if not may_access(caller, owner=owner):
        raise AuthorizationError(f"{thing} belongs to somebody else; ask its owner or an administrator")
