"""The headers that tell browsers how to treat every answer, errors included."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

SECURITY_HEADERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "X-Content-Type-Options": "nosniff",
        # an answer is data: it loads nothing, and no page shows it in a frame
        "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        "X-Frame-Options": "DENY",
        # not no-referrer: forms of our own pages would then send the Origin null (Fetch standard) and be refused
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Strict-Transport-Security": "max-age=31536000",  # browsers ignore it on plain HTTP
    }
)
