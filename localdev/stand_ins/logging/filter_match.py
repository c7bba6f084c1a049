"""Compares the fields of log entries with values, as the Logging query language does."""

import json
import operator
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from localdev.stand_ins.http.messages import Json, ServiceError
from localdev.stand_ins.http.proto_json import read_timestamp

Predicate = Callable[[Json], bool]

SEVERITIES = {
    0: "DEFAULT", 100: "DEBUG", 200: "INFO", 300: "NOTICE", 400: "WARNING",
    500: "ERROR", 600: "CRITICAL", 700: "ALERT", 800: "EMERGENCY",
}  # fmt: skip
_RANKS = {name: rank for rank, name in SEVERITIES.items()}
_FIELDS = {
    "logName", "resource", "timestamp", "receiveTimestamp", "severity", "insertId", "httpRequest", "labels", "metadata",
    "operation", "trace", "spanId", "traceSampled", "sourceLocation", "split", "textPayload", "jsonPayload",
    "protoPayload",
}  # fmt: skip
_FIELD_OF = {re.sub("([A-Z])", r"_\1", name).lower(): name for name in _FIELDS} | {name: name for name in _FIELDS}
_ORDERINGS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq, "!=": operator.ne, ">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le,
}  # fmt: skip
_DATE = re.compile(r"\d{4}-\d\d-\d\d")


def mentions(text: str) -> Predicate:
    """Matches entries with `text` in any field."""
    lowered = text.lower()
    return lambda entry: any(lowered in value.lower() for value in _texts(entry))


def compare(path: Sequence[str], comparator: str, text: str) -> Predicate:
    """Matches entries whose field at `path` compares with `text` as stated; an absent field never does.

    Case is ignored, except in regular expressions. Raises ServiceError 400 for a field that entries do not have and
    for a value that cannot be compared with its field.
    """
    if path[0] not in _FIELD_OF:
        raise ServiceError(400, f"Field not found: {path[0]!r}.")
    field, *inner = [_FIELD_OF[path[0]], *path[1:]]
    test = _test(field, comparator, text)
    return lambda entry: any(test(value) for value in _values(entry.get(field), inner))


def _test(field: str, comparator: str, text: str) -> Callable[[Any], bool]:
    if comparator in {"=~", "!~"}:
        return _regex_test(comparator, text)
    if comparator == ":" and text == "*":
        return lambda _value: True
    if field == "severity":
        rank = _rank(text)
        return lambda value: _ORDERINGS["=" if comparator == ":" else comparator](_RANKS[value], rank)
    if field in {"timestamp", "receiveTimestamp"}:
        moment = read_timestamp(f"{text}T00:00:00Z" if _DATE.fullmatch(text) else text)
        return lambda value: _ORDERINGS["=" if comparator == ":" else comparator](read_timestamp(value), moment)
    return _text_test(comparator, text)


def _rank(severity: str) -> int:
    for rank, name in SEVERITIES.items():
        if severity.upper() in {name, str(rank)}:
            return rank
    raise ServiceError(400, f"Unparseable filter: {severity!r} is not a severity")


def _regex_test(comparator: str, text: str) -> Callable[[Any], bool]:
    try:
        pattern = re.compile(text)
    except (re.error, OverflowError, RecursionError) as error:
        raise ServiceError(400, f"Unparseable filter: regular expression {text!r}: {error}") from error
    return lambda value: bool(pattern.search(_text(value))) == (comparator == "=~")


def _text_test(comparator: str, text: str) -> Callable[[Any], bool]:
    if comparator == ":":
        return lambda value: text.lower() in ({key.lower() for key in value} if _is_map(value) else _text(value))
    ordering, number = _ORDERINGS[comparator], _number(text)

    def holds(value: object) -> bool:
        found = _number(value)
        if number is not None and found is not None:
            return ordering(found, number)
        return ordering(_text(value).lower(), text.lower())

    return holds


def _values(value: object, path: Sequence[str]) -> Iterator[object]:
    """The values at `path` inside `value`; for a list, those inside each of its members."""
    if isinstance(value, list):
        for member in value:
            yield from _values(member, path)
    elif not path:
        if value is not None:
            yield value
    elif isinstance(value, dict):
        yield from _values(value.get(path[0]), path[1:])


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for member in value.values():
            yield from _texts(member)
    elif isinstance(value, list):
        for member in value:
            yield from _texts(member)
    else:
        yield _text(value)


def _is_map(value: object) -> bool:
    return isinstance(value, dict)


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _number(value: object) -> float | None:
    try:
        return None if isinstance(value, bool) else float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None
