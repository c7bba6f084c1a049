"""What a signed link leads to, and how browsers present it."""

import re
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import quote

if TYPE_CHECKING:
    from google.cloud.storage import Blob

INLINE: Final = "inline"

_UNSAFE_IN_QUOTES: Final = re.compile(r'[^\x20-\x7e]|["%\\/]')


class LinkRequest(NamedTuple):
    """An object, and how browsers present it: a Content-Disposition, and a media type in place of its own."""

    blob: "Blob"
    disposition: str
    media_type: str | None = None


def attachment(name: str) -> str:
    """A Content-Disposition that makes browsers save a file as `name` (RFC 6266).

    A name with other characters than plain ASCII is given twice: simplified for old clients, and unchanged.
    """
    simple = _UNSAFE_IN_QUOTES.sub("_", name)
    exact = "" if simple == name else f"; filename*=UTF-8''{quote(name, safe='')}"
    return f'attachment; filename="{simple}"{exact}'
