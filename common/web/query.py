"""Reads the query string of a request and reports all faults together.

A method returns the default for a faulty value; `check` then raises one error for all. An empty value counts as absent.
Unknown and repeated parameters are faults: a misspelt filter that shows everything would mislead.

A Query records the parameters that are read from it. The published description of the API is made by calling each
reader with an empty Query, so it always matches the code.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any, NamedTuple, TypeVar

from common.errors import Fault, ValidationError

_Default = TypeVar("_Default")
_Choice = TypeVar("_Choice", bound=str)
_Read = TypeVar("_Read")

_INTEGER = re.compile(r"-?[0-9]{1,18}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_FLAGS = {"true": True, "1": True, "false": False, "0": False}


class Parameter(NamedTuple):
    """A parameter that was read: `schema` is an OpenAPI 3.0 schema, `about` its published description."""

    name: str
    about: str
    schema: Mapping[str, Any]


class Query:
    """The parameters of one request: `request.args.items(multi=True)`, or `request.query_params.multi_items()`.

    `read` holds the parameters that have been read so far, by name.
    """

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self.read: dict[str, Parameter] = {}
        self._values: dict[str, str] = {}
        self._faults: list[Fault] = []
        for name, value in pairs:
            if name in self._values:
                self.refuse(name, "is given more than once")
            self._values[name] = value

    def integer(self, name: str, default: _Default, *, low: int, high: int, about: str = "") -> int | _Default:
        """A whole number from `low` to `high`, both included."""
        text = self._take(name, about, default, type="integer", minimum=low, maximum=high)
        if text is None:
            return default
        if _INTEGER.fullmatch(text) and low <= int(text) <= high:
            return int(text)
        self.refuse(name, f"must be a whole number from {low} to {high}")
        return default

    def choice(
        self, name: str, options: Iterable[_Choice], default: _Default, *, about: str = ""
    ) -> _Choice | _Default:
        """One of `options`, for example the members of a StrEnum."""
        allowed = list(options)
        text = self._take(name, about, default, type="string", enum=allowed)
        if text is None:
            return default
        for option in allowed:
            if option == text:
                return option
        self.refuse(name, f"must be one of {', '.join(f'{option:s}' for option in allowed)}")
        return default

    def flag(self, name: str, *, default: bool = False, about: str = "") -> bool:
        """true, 1, false or 0."""
        text = self._take(name, about, default, type="boolean")
        if text is None:
            return default
        if text.lower() not in _FLAGS:
            self.refuse(name, "must be true or false")
        return _FLAGS.get(text.lower(), default)

    def moment(self, name: str, *, about: str = "") -> datetime | None:
        """An ISO 8601 time with a zone, converted to UTC."""
        text = self._take(name, about, None, type="string", format="date-time")
        if text is None:
            return None
        try:
            moment = datetime.fromisoformat(text)
            if moment.tzinfo:
                return moment.astimezone(UTC)
        except (ValueError, OverflowError):
            pass
        self.refuse(name, "must be a time with a zone, such as 2026-11-23T08:00:00Z (write + as %2B)")
        return None

    def day(self, name: str, *, about: str = "") -> date | None:
        """An ISO 8601 date, without a time."""
        text = self._take(name, about, None, type="string", format="date")
        if text is None:
            return None
        try:
            if _DAY.fullmatch(text):
                return date.fromisoformat(text)
        except ValueError:
            pass
        self.refuse(name, "must be a date, such as 2026-11-23")
        return None

    def text(self, name: str, *, longest: int, about: str = "") -> str | None:
        """Text of at most `longest` characters, without NUL, which Postgres cannot store."""
        text = self._take(name, about, None, type="string", maxLength=longest)
        if text is None or (len(text) <= longest and "\0" not in text):
            return text
        self.refuse(name, f"must have at most {longest} characters and no NUL character (U+0000)")
        return None

    def anything(self, name: str, *, about: str = "") -> str | None:
        """Any text, for parameters whose invalid values are ignored rather than refused."""
        return self._take(name, about, None, type="string")

    def refuse(self, name: str, message: str) -> None:
        """Add a fault that only a reader can see, such as two parameters that exclude each other.

        The first fault of a parameter is reported; others may follow from it.
        """
        if all(fault.field != name for fault in self._faults):
            self._faults.append(Fault(field=name, message=message))

    def check(self) -> None:
        """Raise ValidationError with every fault so far and every parameter that was not read."""
        known = f"it takes {', '.join(sorted(self.read))}" if self.read else "it takes none"
        unknown = sorted(self._values.keys() - self.read.keys())
        not_taken = [Fault(field=name, message=f"is not a parameter of this address; {known}") for name in unknown]
        if faults := [*self._faults, *not_taken]:
            raise ValidationError(faults)

    def _take(self, name: str, about: str, default: object, **schema: object) -> str | None:
        known_default = {} if default is None else {"default": default}
        self.read[name] = Parameter(name, about, schema | known_default)
        return self._values.get(name) or None


QueryReader = Callable[[Query], _Read]


def read_query(pairs: Iterable[tuple[str, str]], reader: QueryReader[_Read]) -> _Read:
    """What `reader` returns for the parameters of one request. Raises ValidationError with every fault."""
    query = Query(pairs)
    result = reader(query)
    query.check()
    return result


def no_parameters(_query: Query) -> None:
    """The reader of an address without parameters."""
