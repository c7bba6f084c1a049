"""Numbers, durations, timestamps and enums in the JSON of protobuf: "1.5s", "2026-11-23T08:00:00.5Z", "POST" or 1."""

import datetime as dt
import json
import re
from collections.abc import Mapping

from localdev.stand_ins.http.messages import ServiceError

NANOSECONDS = 1_000_000_000

_INTEGER = re.compile(r"-?[0-9]{1,10}")
_DURATION = re.compile(r"-?\d{1,12}(\.\d{1,9})?s")
_TIMESTAMP = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:?\d\d)")


def read_duration(text: object) -> float:
    """The duration in seconds. Raises ServiceError 400."""
    if not isinstance(text, str) or not _DURATION.fullmatch(text):
        raise ServiceError(400, f"Invalid value (google.protobuf.Duration), {text!r}")
    return float(text.removesuffix("s"))


def write_duration(seconds: float) -> str:
    return f"{seconds:.9f}".rstrip("0").rstrip(".") + "s"


def read_timestamp(text: object) -> int:
    """The time in nanoseconds since 1970. Raises ServiceError 400."""
    match = _TIMESTAMP.fullmatch(text) if isinstance(text, str) else None
    try:
        if match:
            whole = dt.datetime.fromisoformat(match[1] + match[3])
            return int(whole.timestamp()) * NANOSECONDS + int((match[2] or "").ljust(9, "0"))
    except (ValueError, OverflowError):  # a 13th month or a 25th hour is reported like any other text
        pass
    raise ServiceError(400, f"Invalid value (google.protobuf.Timestamp), {text!r}")


def write_timestamp(nanoseconds: int) -> str:
    seconds, rest = divmod(nanoseconds, NANOSECONDS)
    whole = dt.datetime.fromtimestamp(seconds, dt.UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{whole}.{rest:09d}Z" if rest else f"{whole}Z"


def read_int32(value: object, field: str) -> int:
    """A number from a query or from JSON, where it may be a text; None is 0, as an unset field.

    Raises ServiceError 400 in the words of Google's API frontend, which checks the types of all requests.
    """
    if value is None:
        return 0
    is_whole = isinstance(value, float) and value.is_integer()
    text = str(int(value)) if isinstance(value, float) and is_whole else value
    number = int(text) if isinstance(text, int | str) and _INTEGER.fullmatch(str(text)) else None
    if number is None or isinstance(value, bool) or not -(2**31) <= number < 2**31:
        shown = json.dumps(value, ensure_ascii=False)
        raise ServiceError(400, f"Invalid value at '{field}' (TYPE_INT32), {shown}")
    return number


def read_enum(value: object, names: Mapping[int, str]) -> str:
    """The name of an enum value, which clients send as name or as number. Raises ServiceError 400."""
    name = names.get(value) if isinstance(value, int) else value
    if name not in names.values():
        raise ServiceError(400, f"Invalid value {value!r}, expected one of {', '.join(names.values())}")
    return str(name)
