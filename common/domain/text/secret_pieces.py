"""Hides secrets in a file that is sent piece by piece."""

from collections.abc import Iterable, Iterator
from typing import Final

from common.domain.text.secrets import hide_in_text

_LONGEST_LINE: Final = 1 << 20  # of a longer line, a secret at a cut may be shown in part
_BEGIN, _END, _KEY = b"-----BEGIN ", b"-----END ", b"PRIVATE KEY"


def hide_in_pieces(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The pieces of a text in UTF-8, cut at the ends of lines, without secrets.

    A private key is hidden as a whole, wherever the pieces end.
    """
    rest, in_key = b"", False
    for piece in pieces:
        lines, newline, rest = (rest + piece).rpartition(b"\n")
        if not newline and len(rest) > _LONGEST_LINE:
            lines, rest = rest, b""
        if lines or newline:
            shown, in_key = _hide(lines + newline, in_key=in_key)
            yield shown
    if rest:
        yield _hide(rest, in_key=in_key)[0]


def _hide(block: bytes, *, in_key: bool) -> tuple[bytes, bool]:
    """The block without secrets, and whether it ends inside a private key; `in_key` if it begins in one."""
    if in_key:
        _, end, block = block.partition(_END)
        if not end:
            return b"", True
        block = block.partition(b"\n")[2]
    opened, closed = block.rfind(_BEGIN), block.rfind(_END)
    is_open = opened > closed and _KEY in block[opened : opened + 60]
    text = block.decode("utf-8", "surrogateescape")
    shown = hide_in_text(text)
    if is_open and not shown.endswith("\n"):
        shown += "\n"
    return (block if shown == text else shown.encode("utf-8", "surrogateescape")), is_open
