"""Where notifications are sent, and which addresses are allowed.

The rules here are about the text of an address. Which machine a name leads to is checked when it is connected to.
"""

import base64
import binascii
import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar, Final
from urllib.parse import SplitResult, urlsplit

from common.domain.notifications.addresses import is_public

MAX_URL_CHARS: Final = 500
SECRET_BYTES: Final = 32  # of new secrets
_PREFIX: Final = "whsec_"  # of secrets
_SHORTEST_SECRET, _LONGEST_SECRET = 24, 64  # bytes, as Standard Webhooks says

_NAME = re.compile(r"(?=.{1,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?")
_VISIBLE = re.compile(r"[!-~]+")
# Domains that no public name is in: RFC 6761, RFC 6762, RFC 8375, and Google Cloud's own.
_PRIVATE_DOMAINS: Final = (".internal", ".local", ".localhost", ".home.arpa", ".test", ".invalid", ".onion")


@dataclass(frozen=True, slots=True)
class MailTarget:
    """The mail address of the owner of a run."""

    key: ClassVar[str] = "mail"
    address: str


@dataclass(frozen=True, slots=True)
class SlackTarget:
    """An incoming webhook of Slack; whoever knows its address can write to the channel."""

    key: ClassVar[str] = "slack"
    url: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class WebhookTarget:
    """A receiver of signed requests, as Standard Webhooks describes them; `secret` is `whsec_` and base64."""

    key: ClassVar[str] = "webhook"
    url: str = field(repr=False)
    secret: str = field(repr=False)


# A person has at most one of each, so that its key names it, also after its address was changed.
Target = MailTarget | SlackTarget | WebhookTarget


def url_fault(url: str, *, exempt: str | None = None) -> str | None:
    """What is wrong with the address of a receiver, for people; None if nothing is.

    `exempt` is an origin, such as `http://127.0.0.1:9000`, below which every address is allowed.
    """
    if not _VISIBLE.fullmatch(url):
        return "may contain no spaces or special characters"
    if len(url) > MAX_URL_CHARS:
        return f"may have at most {MAX_URL_CHARS} characters"
    try:
        parts = urlsplit(url)
        is_possible = parts.port != 0 and not parts.fragment
    except ValueError:
        is_possible = False
    if not is_possible:
        return "is not an address; it looks like https://example.org/hook"
    return None if f"{parts.scheme}://{parts.netloc}" == exempt else _fault_of(parts)


def _fault_of(parts: SplitResult) -> str | None:
    if parts.scheme != "https":
        return "must begin with https://"
    if "@" in parts.netloc:
        return "may contain no user name or password"
    host = (parts.hostname or "").removesuffix(".")
    if "%" in host:  # the zone of an IPv6 address, which has a meaning on one machine only
        return "may contain no % before its path"
    try:
        is_private = not is_public(ipaddress.ip_address(host))
    except ValueError:
        is_private = f".{host}".endswith(_PRIVATE_DOMAINS)
        # Names whose last part is a number, such as 127.1 or 0x7f.1, are addresses to many programs.
        if not is_private and not _NAME.fullmatch(host):
            return "needs the full name of a host, as in https://example.org/hook"
    return "leads to an address that is not public" if is_private else None


def new_secret(random_bytes: Callable[[int], bytes]) -> str:
    """A new secret for signatures."""
    return _PREFIX + base64.b64encode(random_bytes(SECRET_BYTES)).decode()


def key_in_secret(secret: str) -> bytes:
    """The bytes that requests are signed with. Raises ValueError, without the secret, if it is not valid."""
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except binascii.Error:
        key = b""
    if not secret.startswith(_PREFIX) or not _SHORTEST_SECRET <= len(key) <= _LONGEST_SECRET:
        raise ValueError(f"a secret is {_PREFIX} and the base64 of {_SHORTEST_SECRET} to {_LONGEST_SECRET} bytes")
    return key
