"""On a local stack one is whom one says: it has no sign-in."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NamedUser:
    """The user whose e-mail address is `user`; None is the default user of the stack."""

    user: str | None

    def headers(self) -> Mapping[str, str]:
        return {"X-Dev-User": self.user} if self.user else {}

    def renew(self) -> bool:
        return False
