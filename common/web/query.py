"""Reads the query string of a request, remembers every fault, and reports them together.

Readers take what they need and return the default in place of a faulty value; `check` then raises once for all of
them. An empty value counts as absent. A parameter nobody asked for and one given twice are faults: a misspelt filter
that shows everything misleads more than it helps.

A Query remembers what it was asked for. So a function that reads an empty Query tells which parameters there are, and
the published description of the API cannot differ from what is read.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any, NamedTuple, TypeVar

from common.errors import Fault, ValidationError

_Default = TypeVar("_Default")
_Choice = TypeVar("_Choice", bound=str)
_Wanted = TypeVar("_Wanted")

_INTEGER = re.compile(r"-?[0-9]{1,18}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_FLAGS = {"true": True, "1": True, "false": False, "0": False}


class Parameter(NamedTuple):
    """A parameter as a reader asked for it: `schema` is an OpenAPI 3.0 schema, `about` a sentence for callers."""

    name: str
    about: str
    schema: Mapping[str, Any]


class Query:
    """The parameters of one request: `request.args.items(multi=True)`, or `request.query_params.multi_items()`.

    `asked` holds what has been read so far, by name.
    """

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self.asked: dict[str, Parameter] = {}
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
        """One of `options`, such as the members of a StrEnum."""
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
        """An ISO 8601 time with its zone, in UTC."""
        text = self._take(name, about, None, type="string", format="date-time")
        if text is None:
            return None
        try:
            moment = datetime.fromisoformat(text)
            if moment.tzinfo:
                return moment.astimezone(UTC)
        except (ValueError, OverflowError):
            pass
        self.refuse(name, "must be a time with its zone, such as 2026-11-23T08:00:00Z (write + as %2B)")
        return None

    def day(self, name: str, *, about: str = "") -> date | None:
        """An ISO 8601 day, without a time."""
        text = self._take(name, about, None, type="string", format="date")
        if text is None:
            return None
        try:
            if _DAY.fullmatch(text):
                return date.fromisoformat(text)
        except ValueError:
            pass
        self.refuse(name, "must be a day, such as 2026-11-23")
        return None

    def text(self, name: str, *, longest: int, about: str = "") -> str | None:
        """Text of at most `longest` characters, without NUL, which Postgres cannot hold."""
        text = self._take(name, about, None, type="string", maxLength=longest)
        if text is None or (len(text) <= longest and "\0" not in text):
            return text
        self.refuse(name, f"must be text of at most {longest} characters, none of them NUL")
        return None

    def anything(self, name: str, *, about: str = "") -> str | None:
        """Any text: what cannot be understood is for the caller to pass over, not to refuse."""
        return self._take(name, about, None, type="string")

    def refuse(self, name: str, message: str) -> None:
        """Add a fault; handlers use it for what only they can see, such as two parameters that exclude each other."""
        self._faults.append(Fault(field=name, message=message))

    def check(self) -> None:
        """Raise ValidationError with every fault so far and every parameter that nobody asked for."""
        known = f"those are {', '.join(sorted(self.asked))}" if self.asked else "there are none"
        unknown = sorted(self._values.keys() - self.asked.keys())
        strangers = [Fault(field=name, message=f"is not a parameter here; {known}") for name in unknown]
        if faults := [*self._faults, *strangers]:
            raise ValidationError(faults)

    def _take(self, name: str, about: str, default: object, **schema: object) -> str | None:
        known_default = {} if default is None else {"default": default}
        self.asked[name] = Parameter(name, about, schema | known_default)
        return self._values.get(name) or None


QueryReader = Callable[[Query], _Wanted]


def read_query(pairs: Iterable[tuple[str, str]], reader: QueryReader[_Wanted]) -> _Wanted:
    """What `reader` makes of the parameters of one request. Raises ValidationError with every fault."""
    query = Query(pairs)
    wanted = reader(query)
    query.check()
    return wanted


def no_parameters(_query: Query) -> None:
    """The reader of an address that takes none."""
