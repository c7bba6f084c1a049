"""Cursors, totals and search limits, shared by all paged lists.

A cursor is base64url of the name of its list and the fields of a position, joined by NUL, which no stored text
contains. The first letter of each field names its type.
"""

import base64
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import NoneType
from typing import Any, Final, Generic, NamedTuple, TypeVar, get_type_hints

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    SmallInteger,
    SQLColumnExpression,
    Text,
    bindparam,
    func,
    select,
)

from common.errors import Fault, ValidationError
from common.services.postgres.one_flush import begin_with

COUNTED_AT_MOST: Final = 10_000
LONGEST_CURSOR: Final = 2_000  # characters

_SEARCH_TIMEOUT_MS = 5_000
_SPECIAL_IN_LIKE: Final = re.compile("[/%_]")

_Position = TypeVar("_Position", bound=NamedTuple)


class CursorCodec(Generic[_Position]):
    """Writes positions in lists of one kind as cursors and reads them back.

    `position_type` is a NamedTuple with fields of str, int (64 bits), float, datetime (aware), None, or their unions.
    A cursor belongs to the list that it was made for, `of`, and is refused in any other.
    """

    def __init__(self, position_type: type[_Position]) -> None:
        self._type = position_type
        self._field_types = tuple(get_type_hints(position_type).values())

    def encode(self, position: _Position, *, of: str) -> str:
        """The cursor for `position`: an opaque text that needs no escaping in a URL."""
        joined = "\0".join(_LETTERS[type(value)] + _written(value) for value in (of, *position))
        return base64.urlsafe_b64encode(joined.encode()).decode().rstrip("=")

    def decode(self, cursor: str, *, of: str) -> _Position:
        """The position that `cursor` was made for. Raises ValidationError for any text that `encode` cannot return."""
        try:
            return self._read(cursor, of)
        except (ValueError, KeyError, OverflowError) as error:
            raise invalid_cursor() from error

    def _read(self, cursor: str, of: str) -> _Position:
        if len(cursor) > LONGEST_CURSOR:
            raise ValueError("too long")
        joined = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        name, *values = [_READERS[field[:1]](field[1:]) for field in joined.split("\0")]
        if name != of:
            raise ValueError("of another list")
        if not all(isinstance(value, kind) for value, kind in zip(values, self._field_types, strict=True)):
            raise ValueError("a field has another type")
        position = self._type._make(values)
        if self.encode(position, of=of) != cursor:
            raise ValueError("written in another way")
        return position


def invalid_cursor() -> ValidationError:
    """The error for a cursor that does not belong to the requested list."""
    return ValidationError([Fault(field="cursor", message="take it unchanged from next_cursor")])


def _written(value: Any) -> str:  # noqa: ANN401 any type in _LETTERS
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return "" if value is None else str(value)


def fits_column(value: object, column: ColumnElement[Any]) -> bool:
    """Whether Postgres can compare the value of a cursor with a column; None fits every column."""
    if value is None:
        return True
    python_type: type = column.type.python_type
    if not isinstance(value, python_type):
        return False
    if isinstance(value, int):  # Postgres refuses a number with more bits than the column has
        bits = 63 if isinstance(column.type, BigInteger) else 15 if isinstance(column.type, SmallInteger) else 31
        return bool(-(2**bits) <= value < 2**bits)
    return not isinstance(value, float) or math.isfinite(value)


def _integer(written: str) -> int:
    number = int(written)
    if abs(number) >= 2**63:
        raise ValueError("more than 64 bits")
    return number


_LETTERS: Final[Mapping[type, str]] = {NoneType: "n", str: "s", int: "i", float: "f", datetime: "t"}
_READERS: Final[Mapping[str, Callable[[str], Any]]] = {
    "n": lambda _written: None,
    "s": str,
    "i": _integer,
    "f": float,
    "t": datetime.fromisoformat,
}


@dataclass(frozen=True, slots=True)
class Total:
    """The number of items in a list; when `is_capped`, there are more."""

    count: int
    is_capped: bool

    @classmethod
    def capped(cls, count: int) -> "Total":
        """The total for a count that ended at COUNTED_AT_MOST + 1."""
        return cls(min(count, COUNTED_AT_MOST), is_capped=count > COUNTED_AT_MOST)


def count_up_to_cap(connection: Connection, matching: Select[Any]) -> Total:
    """The number of rows that `matching` selects; counting stops at COUNTED_AT_MOST + 1."""
    return Total.capped(connection.execute(up_to_cap(matching)).scalar_one())


def up_to_cap(matching: Select[Any]) -> Select[int]:
    """The statement for `Total.capped`: it counts the rows that `matching` selects and stops at COUNTED_AT_MOST + 1."""
    return select(func.count()).select_from(matching.order_by(None).limit(COUNTED_AT_MOST + 1).subquery())


def contains(column: SQLColumnExpression[Any], parameter: str = "search") -> ColumnElement[bool]:
    """Whether a column contains a parameter, from `escaped_for_like`, in any case."""
    return column.icontains(bindparam(parameter, type_=Text), escape="/")


def escaped_for_like(part: str) -> str:
    """`part` for `contains`: without a special meaning of its characters."""
    return _SPECIAL_IN_LIKE.sub(r"/\g<0>", part)


def limit_search_time(connection: Connection, *settings: str) -> None:
    """Let the statements that follow, in a transaction of their own, raise UnavailableError after 5 s.

    `settings` are further SET LOCAL for this transaction.
    """
    begin_with(connection, f"SET LOCAL statement_timeout = {_SEARCH_TIMEOUT_MS}", *settings)
