"""Access to runs: owner and administrators may do everything to a run; those it is shared with may read it."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from common.errors import AuthorizationError, Fault

EVERYONE: Final = "everyone"  # in place of addresses: all members of the domain

_LOCAL_PART: Final = re.compile(r"[^@\s\x00-\x1f]{1,190}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """The person who sent a request; `email` is lower case and verified."""

    email: str
    is_admin: bool = False


@dataclass(frozen=True, slots=True)
class Access:
    """Whose a run is, and who may read it as well: addresses in lower case, or EVERYONE."""

    owner: str
    shared_with: Collection[str] = ()


def may_access(caller: Caller, *, owner: str) -> bool:
    """Whether `caller` may see and change what belongs to `owner` (an email address)."""
    return caller.is_admin or caller.email == owner.lower()


def is_shared_with(caller: Caller, access: Access) -> bool:
    """Whether `caller` may read the run without being an administrator."""
    return caller.email == access.owner.lower() or bool({caller.email, EVERYONE}.intersection(access.shared_with))


def require_owner(caller: Caller, *, owner: str, thing: str) -> None:
    """Raise AuthorizationError unless `caller` may access `thing`, which belongs to `owner`."""
    if not may_access(caller, owner=owner):
        raise AuthorizationError(f"{thing} belongs to another user; ask its owner or an administrator")


def require_reader(caller: Caller, access: Access, *, thing: str) -> None:
    """Raise AuthorizationError unless `caller` may read `thing`."""
    if not is_shared_with(caller, access):
        require_owner(caller, owner=access.owner, thing=thing)


def readers_from(named: Iterable[str], *, owner: str, domain: str) -> tuple[tuple[str, ...], list[Fault]]:
    """The readers whom the owner of a run named, each once, and a fault for each that is not a member of `domain`."""
    readers: dict[str, None] = {}
    faults = []
    for place, name in enumerate(named):
        reader = name.strip().lower()
        local_part, _, rest = reader.rpartition("@")
        if reader == EVERYONE or (rest == domain.lower() and _LOCAL_PART.fullmatch(local_part)):
            readers[reader] = None
        else:
            message = f"must be an address that ends in @{domain.lower()}, or {EVERYONE}"
            faults.append(Fault(field=f"shared_with.{place}", message=message))
    readers.pop(owner.lower(), None)
    return tuple(readers), faults
