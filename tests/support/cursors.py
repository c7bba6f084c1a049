"""Cursors with arbitrary fields, including invalid ones."""

import base64
from typing import NamedTuple

from common.services.paging import CursorCodec


class _AnyPosition(NamedTuple):
    value: str


def cursor_of(*values: object, of: str) -> str:
    """A well-formed cursor of the list `of`, with these fields."""
    return CursorCodec(_AnyPosition).encode(values, of=of)  # type: ignore[arg-type]


def encoded(text: str | bytes) -> str:
    """Text or bytes in the encoding of cursors."""
    raw = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
