"""Encodes what LangGraph saves as JSON that Postgres returns unchanged.

JSONB takes neither NUL nor lone surrogates, and has no NaN and fewer types than Python. Such characters are escaped, in
names too; values of other types are stored as the serializer writes them, under a mark. Everything else is plain JSON
that anyone can read in the table.
"""

import base64
import math
import re
from collections.abc import Callable

_MARK = "\ue000"  # of Unicode's private use area, so hardly ever in a text; it is escaped as well
_UNSTORABLE = re.compile(f"[\0\ud800-\udfff{_MARK}]")
_ESCAPED = re.compile(f"{_MARK}([0-9a-f]{{4}})")
_LARGEST_EXACT = 1e15  # JSONB returns larger floats as integers

Typed = tuple[str, bytes]  # a value as LangGraph's serializer writes it: the kind of encoding, and the bytes
Dumps = Callable[[object], Typed]
Loads = Callable[[Typed], object]


def escape(text: str) -> str:
    """`text` with every character escaped that Postgres cannot store; different texts stay different."""
    return _UNSTORABLE.sub(lambda found: f"{_MARK}{ord(found[0]):04x}", text)


def unescape(text: str) -> str:
    """The text that `escape` was given."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)


def is_scalar(value: object) -> bool:
    """Whether JSON stores this value exactly: None, a boolean, a number or a text."""
    if isinstance(value, float):
        return type(value) is float and math.isfinite(value) and abs(value) < _LARGEST_EXACT
    if isinstance(value, str):
        return type(value) is str  # a member of a StrEnum would be read as a plain text
    return value is None or type(value) is bool or (type(value) is int and abs(value) < 2**63)


def to_json(value: object, dumps: Dumps) -> object:
    """`value` as JSON, which `from_json` decodes; tuples become lists.

    `dumps` writes what JSON cannot hold; its errors are raised.
    """
    if isinstance(value, str) and is_scalar(value):
        return escape(value)
    if is_scalar(value):
        return value
    if isinstance(value, list | tuple):
        return [to_json(item, dumps) for item in value]
    if isinstance(value, dict) and all(type(key) is str for key in value):
        return {escape(key): to_json(item, dumps) for key, item in value.items()}
    kind, written = dumps(value)
    return {_MARK: [kind, base64.b64encode(written).decode()]}


def from_json(value: object, loads: Loads) -> object:
    """The value that `to_json` was given, with lists for tuples."""
    if isinstance(value, str):
        return unescape(value)
    if isinstance(value, list):
        return [from_json(item, loads) for item in value]
    if not isinstance(value, dict):
        return value
    if _MARK in value:
        kind, written = value[_MARK]
        return loads((kind, base64.b64decode(written)))
    return {unescape(key): from_json(item, loads) for key, item in value.items()}
