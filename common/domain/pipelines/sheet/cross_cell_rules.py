"""Rules that span the cells of a row, such as "fastq_2 needs fastq_1".

Most rules read only a few values, and of other cells only whether they are blank. Rows that are equal in this are
checked once.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from operator import itemgetter, not_
from typing import Any, Final, NamedTuple

from common.domain.pipelines.pipeline import Column, RuleCheck
from common.domain.pipelines.sheet.cells import free_column, typed

_MOST_REMEMBERED: Final = 10_000
_ABOUT_ANY_FIELD: Final = frozenset({
    "additionalProperties", "maxProperties", "minProperties", "patternProperties", "propertyNames",
    "unevaluatedProperties",
})  # fmt: skip


class FieldsRead(NamedTuple):
    """The fields whose values the rules read, and the fields of which they read only the presence.

    `unknown`: they forbid fields that they do not name, so the presence of every other field counts too.
    """

    values: frozenset[str]
    presence: frozenset[str]
    unknown: bool = False


class CrossCellRules:
    """The rules of one release for rows below `header`; `check` applies them to the typed values of filled cells."""

    def __init__(
        self, header: Sequence[str], columns: Iterable[Column], schema: Mapping[str, Any], check: RuleCheck
    ) -> None:
        known = {column.name: column for column in columns}
        self._check = check
        found = fields_read_by(schema)
        read = found or FieldsRead(frozenset(header), frozenset())
        self._columns = [
            (index, known.get(name) or free_column(name))
            for index, name in enumerate(header)
            if name in known or read.unknown or not found
        ]
        self._by_value = [index for index, column in self._columns if column.name in read.values]
        self._by_presence = [
            index
            for index, column in self._columns
            if column.name in read.presence or (read.unknown and column.name not in read.values)
        ]
        self._key_of = _key_maker(self._by_value, self._by_presence)
        self._valid: set[tuple[object, ...]] = set()

    def problems(self, cells: Sequence[str]) -> Sequence[tuple[str | None, str]]:
        """The column (None: several) and a message for each broken rule.

        `cells` are stripped, and each fits its column.
        """
        key = self._key_of(cells)
        if key in self._valid:
            return ()
        found = list(self._check({column.name: typed(column, cells[i]) for i, column in self._columns if cells[i]}))
        if not found and len(self._valid) < _MOST_REMEMBERED:
            self._valid.add(key)
        return found


def _key_maker(values: Sequence[int], presence: Sequence[int]) -> Callable[[Sequence[str]], tuple[object, ...]]:
    """What makes the key of a row: the cells at `values`, and whether those at `presence` are blank."""
    indexes = [*values, *presence, 0, 0]
    all_of: Callable[[Sequence[str]], tuple[str, ...]] = itemgetter(*indexes)  # of at least two, which make a tuple
    count = len(values)

    def key(cells: Sequence[str]) -> tuple[object, ...]:
        found = all_of(cells)
        return (found[:count], *map(not_, found[count:-2]))

    return key


def fields_read_by(schema: Mapping[str, Any]) -> FieldsRead | None:
    """The fields that a JSON Schema of an object reads; None if it has rules about fields that it does not name."""
    values, presence, unknown = set[str](), set[str](), False
    for part in _parts(schema):
        about_any = {word for word in part.keys() & _ABOUT_ANY_FIELD if part[word] is not False}
        if about_any:
            return None
        unknown |= bool(part.keys() & _ABOUT_ANY_FIELD)
        needed = part.get("dependentRequired", {})
        presence.update(part.get("required", ()), needed, *needed.values())
        values.update(part.get("dependentSchemas", {}))
        values.update(name for name, rule in part.get("properties", {}).items() if rule not in ({}, True))
    return FieldsRead(frozenset(values), frozenset(presence - values), unknown)


def _parts(schema: object) -> Iterator[Mapping[str, Any]]:
    """Every object in a schema, itself included."""
    inner: Iterable[object] = ()
    if isinstance(schema, Mapping):
        yield schema
        inner = schema.values()
    elif isinstance(schema, list):
        inner = schema
    yield from chain.from_iterable(map(_parts, inner))
