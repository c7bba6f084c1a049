"""What the terminal can show, and what must not reach it."""

import os
import re
import sys
from typing import Final

# The control characters of ISO 6429 (C0, DEL, C1) except tab and line feed: they move the cursor or retitle the window.
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def is_terminal() -> bool:
    """Whether a person reads stdout; a dumb terminal gets what a pipe gets."""
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def has_colours() -> bool:
    """Whether stdout may have colours; any NO_COLOR that is not empty forbids them (no-color.org)."""
    return is_terminal() and not os.environ.get("NO_COLOR")


def harmless(text: str) -> str:
    """Text of others for a terminal: a control character is shown as `\\x1b`."""
    return _CONTROLS.sub(lambda found: f"\\x{ord(found[0]):02x}", text)


def tell(text: str) -> None:
    """Talk to the person: on stderr, so that stdout has data only."""
    print(harmless(text) if sys.stderr.isatty() else text, file=sys.stderr, flush=True)


def fault_line(place: str, row: int | None, column: str | None, message: str) -> str:
    """`file:row:column: message`, as editors and terminals link it; parts that are not known are left out."""
    return ":".join(str(part) for part in (place, row, column) if part is not None) + f": {message}"
