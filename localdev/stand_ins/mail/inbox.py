"""Reads the mails that the stack's mail server has taken."""

from collections.abc import Iterator
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path

_FOLDERS = ("new", "cur")  # of a Maildir


def mails_in(folder: Path) -> list[EmailMessage]:
    """The mails in a Maildir, newest first; none if there is no such folder."""
    files = sorted(_files(folder), key=lambda file: file.stat().st_mtime_ns, reverse=True)
    return [BytesParser(_class=EmailMessage, policy=policy.default).parsebytes(file.read_bytes()) for file in files]


def summary(mail: EmailMessage) -> dict[str, str]:
    """What a developer looks at first."""
    plain = mail.get_body(("plain",))
    headers = {name: str(mail[name]) for name in ("To", "From", "Subject", "Date", "Message-ID")}
    return headers | {"Text": str(plain.get_content()) if plain else ""}


def _files(folder: Path) -> Iterator[Path]:
    for name in _FOLDERS:
        yield from (folder / name).glob("*")
