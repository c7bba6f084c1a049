"""Text that Postgres can store: it takes neither NUL characters nor unpaired surrogates, which Python strings may have.

Requests with such text are refused; text that others wrote (logs, tools, Google) is cleaned.
"""

import json
import re
from typing import Final

NUL_FOUND: Final = "contains a NUL character (U+0000); remove it"
SURROGATE_FOUND: Final = "contains an incomplete character (an unpaired surrogate); remove it"

_ESCAPE: Final = re.compile(r"\\(u0000|.)")


def storage_problem(text: str) -> str | None:
    """Why Postgres cannot store `text`, as a verb phrase for an error message; None when it can."""
    if "\0" in text:
        return NUL_FOUND
    try:
        text.encode()
    except UnicodeEncodeError:
        return SURROGATE_FOUND
    return None


def storable_bytes(text: str) -> bytes:
    """`text` in UTF-8 with U+FFFD for each NUL and a question mark for each unpaired surrogate."""
    return (text.replace("\0", "\ufffd") if "\0" in text else text).encode("utf-8", "replace")


def storable_text(text: str) -> str:
    """`text` with U+FFFD for each NUL and a question mark for each unpaired surrogate."""
    return storable_bytes(text).decode()


def storable_json(value: object) -> str:
    """`value` as JSON for a JSONB column; its texts and names are cleaned as `storable_text` does it."""
    written = json.dumps(value, ensure_ascii=False)
    if "\\u0000" in written:
        written = _ESCAPE.sub(lambda escape: "\ufffd" if escape[1] == "u0000" else escape[0], written)
    return written.encode(errors="replace").decode()
