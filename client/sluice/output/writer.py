"""Writes the data of a command to stdout: as JSON, by a template, as a table for a terminal, or as lines for a pipe."""

import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from sluice.decoding import Record
from sluice.errors import InputError
from sluice.output.terminal import harmless, is_terminal
from sluice.output.words import text_of, time_words

T = TypeVar("T")


@dataclass(frozen=True)  # not slots: Python 3.11 cannot call `Column[Kind](…)` then
class Column(Generic[T]):
    """A column of a list. `cell` makes its text; a status has a colour beside its word, a name stays in one line."""

    title: str
    cell: Callable[[T], object]
    is_number: bool = False
    is_status: bool = False
    is_name: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """How stdout is written: `as_json`, by `template`, or as a person or a pipe needs it."""

    as_json: bool = False
    template: str | None = None
    utc: bool = False

    @property
    def is_for_people(self) -> bool:
        """Whether a terminal shows it and no form was chosen."""
        return is_terminal() and not self.has_chosen_form

    @property
    def has_chosen_form(self) -> bool:
        """Whether JSON or a template was asked for."""
        return self.as_json or self.template is not None

    def records(self, records: Iterable[Record], columns: Sequence[Column[Any]]) -> None:
        """A list: one JSON object a line, one filled template a line, a table, or one line of cells with tabs."""
        if self.is_for_people:
            from sluice.output.drawing import draw_table  # noqa: PLC0415 it loads rich

            draw_table([[self._cell(column, one) for column in columns] for one in records], columns)
            return
        for one in records:
            if not self._in_chosen_form(one.raw):
                self.line("\t".join(_in_one_line(self._cell(column, one)) for column in columns))

    def record(self, record: Record, fields: Mapping[str, object]) -> None:
        """One object: its JSON, a filled template, or a line with the name and value of each field that has one."""
        if self._in_chosen_form(record.raw):
            return
        width = max(map(len, fields)) + 2
        for name, value in fields.items():
            text = self._text(value)
            if self.is_for_people and text == text_of(None):
                continue
            self.line(f"{name:<{width}}{text}" if self.is_for_people else f"{name}\t{_in_one_line(text)}")

    def value(self, value: Mapping[str, Any], otherwise: str) -> None:
        """One JSON object, a filled template, or the text `otherwise`."""
        if not self._in_chosen_form(value):
            self.line(otherwise)

    def line(self, text: str) -> None:
        """A line of text; nothing in it can control a terminal."""
        print(harmless(text) if is_terminal() else text, flush=True)

    def text(self, text: str) -> None:
        """Text as it is, with its own line ends."""
        sys.stdout.write(harmless(text) if is_terminal() else text)
        sys.stdout.flush()

    def _in_chosen_form(self, value: Mapping[str, Any]) -> bool:
        """Whether JSON or a template was asked for; it is then written."""
        if self.as_json:
            print(json.dumps(value, ensure_ascii=False), flush=True)
        elif self.template is not None:
            self.line(filled(self.template, value))
        return self.has_chosen_form

    def _cell(self, column: Column[Any], record: Record) -> str:
        return self._text(column.cell(record))

    def _text(self, value: object) -> str:
        return time_words(value, utc=self.utc) if isinstance(value, datetime) else text_of(value)


def filled(template: str, value: Mapping[str, Any]) -> str:
    """The template with the fields of `value`, `{status}` or `{metrics[progress]}`; null is empty.

    Raises InputError for a field that the object does not have, and for a malformed template.
    """
    try:
        return template.replace("\\t", "\t").replace("\\n", "\n").format_map(_Shown(value))
    except (KeyError, IndexError) as error:
        raise InputError(f"--format: there is no field {error}; there are {', '.join(sorted(value))}") from error
    except (ValueError, AttributeError, TypeError) as error:
        raise InputError(f"--format: {template!r} is no template: {error}; expected '{{run_id}} {{status}}'") from error


class _Shown(dict[str, Any]):
    """Fields as a template shows them."""

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401
        value = super().__getitem__(name)
        if isinstance(value, dict):
            return _ShownObject(value)
        return _Null() if value is None else json.dumps(value) if isinstance(value, list | bool) else value


class _Null(str):
    """Null is empty, and so is each field of it."""

    def __getitem__(self, name: object) -> str:
        return self

    def __format__(self, specification: str) -> str:
        try:
            return format("", specification)
        except ValueError:  # that of a number
            return ""


class _ShownObject(_Shown):
    def __format__(self, specification: str) -> str:
        return format(json.dumps(self), specification)


def _in_one_line(text: str) -> str:
    return text.replace("\t", " ").replace("\n", " ")
