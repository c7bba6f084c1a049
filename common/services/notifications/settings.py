"""What the senders of notifications need to know; light, because most work items send nothing."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class MailSettings:
    """The mail server, and who writes (`Sluice <sluice@lab.example>`); an empty `user` does not sign in."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    sender: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderSettings:
    """How notifications leave; without `mail` no mail does.

    `site` is the origin of Sluice's page, which notifications link to. Receivers below the origin `exempt` need not be
    public. The file `certificates` has authorities beside the system's.
    """

    site: str
    mail: MailSettings | None
    exempt: str | None
    certificates: Path | None
