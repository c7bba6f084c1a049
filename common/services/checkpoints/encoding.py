"""What LangGraph saves, as JSON that Postgres stores and gives back unchanged.

JSONB takes neither NUL nor half a surrogate pair, and has no NaN; nor has it the types that Python has more of. Such
characters are escaped, in names too, and other values are kept as the serializer writes them, under a mark. Everything
else is there as it is, for whoever reads the table.
"""

import base64
import math
import re
from collections.abc import Callable

_MARK = "\ue000"  # a character of Unicode's private use area: hardly anybody else writes it, and it is escaped as well
_UNSTORABLE = re.compile(f"[\0\ud800-\udfff{_MARK}]")
_ESCAPED = re.compile(f"{_MARK}([0-9a-f]{{4}})")
_LARGEST_EXACT = 1e15  # larger floats come back from JSONB as integers

Dumps = Callable[[object], tuple[str, bytes]]
Loads = Callable[[tuple[str, bytes]], object]


def escaped(text: str) -> str:
    """`text` with every character that Postgres cannot store written out; two texts never become the same one."""
    return _UNSTORABLE.sub(lambda found: f"{_MARK}{ord(found[0]):04x}", text)


def unescaped(text: str) -> str:
    """What `escaped` was given."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)


def is_scalar(value: object) -> bool:
    """Whether JSON has just this value: None, a truth value, a number or a text."""
    if isinstance(value, float):
        return type(value) is float and math.isfinite(value) and abs(value) < _LARGEST_EXACT
    if isinstance(value, str):
        return type(value) is str  # a member of a StrEnum would come back as a text
    return value is None or type(value) is bool or (type(value) is int and abs(value) < 2**63)


def to_json(value: object, dumps: Dumps) -> object:
    """`value` as JSON for `from_json`, which gives it back, but for tuples, which become lists.

    What JSON cannot hold is written by `dumps`, whose errors are raised.
    """
    if isinstance(value, str) and is_scalar(value):
        return escaped(value)
    if is_scalar(value):
        return value
    if isinstance(value, list | tuple):
        return [to_json(item, dumps) for item in value]
    if isinstance(value, dict) and all(type(key) is str for key in value):
        return {escaped(key): to_json(item, dumps) for key, item in value.items()}
    kind, written = dumps(value)
    return {_MARK: [kind, base64.b64encode(written).decode()]}


def from_json(value: object, loads: Loads) -> object:
    """What `to_json` was given."""
    if isinstance(value, str):
        return unescaped(value)
    if isinstance(value, list):
        return [from_json(item, loads) for item in value]
    if not isinstance(value, dict):
        return value
    if _MARK in value:
        kind, written = value[_MARK]
        return loads((kind, base64.b64decode(written)))
    return {unescaped(key): from_json(item, loads) for key, item in value.items()}
