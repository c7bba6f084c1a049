"""The rule for the cells of one samplesheet column: a quick test, and a message for a cell that fails it."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import Final

from common.domain.pipelines.params import LONGEST_VALUE, pattern_problem
from common.domain.pipelines.pipeline import Column, ParamType, Scalar, range_in_words
from common.domain.text.wording import did_you_mean, one_of, shortened

# A spreadsheet evaluates a cell that begins like this; plain numbers such as -5 and a lone dash are harmless.
_FORMULA: Final = r"[=@]|[+-](?![0-9]*(?:\.[0-9]*)?\Z)"
_IS_FORMULA: Final = re.compile(_FORMULA)

_ONE_SHORT_LINE: Final = rf"(?=[^\r\n]{{0,{LONGEST_VALUE}}}\Z)"
# Pipelines use the names of samples in file names and, unquoted, in commands: no path separators, no characters that a
# shell interprets, no invisible characters.
_UNSAFE: Final = r"/\\$`;&|<>*?\"'(){}\[\]\s\x00-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
_IS_UNSAFE: Final = re.compile(f"[{_UNSAFE}]")
_SAFE_NAME: Final = rf"(?![-.~#])(?=[^{_UNSAFE}]*\Z)"
_NUMBERS: Final = {
    ParamType.INTEGER: re.compile(r"-?[0-9]{1,15}"),
    ParamType.NUMBER: re.compile(r"-?(?:[0-9]{1,15}(?:\.[0-9]{0,15})?|\.[0-9]{1,15})(?:[eE][+-]?[0-9]{1,2})?"),
}
_WHOLE: Final = re.compile(r"(-?[0-9]{1,15})\.0{1,15}")
_MOST_REMEMBERED: Final = 1_000  # a column of numbers tends to repeat a few


@dataclass(frozen=True, slots=True)
class CellRule:
    """The rule for the cells of one column. `accepts` is a quick test: truthy for a stripped cell that fits.

    `names_samples` says that the column holds the names of the samples.
    """

    column: Column
    accepts: Callable[[str], object]
    names_samples: bool = False

    def problem(self, cell: str) -> str | None:
        """What is wrong with a stripped cell, and what to write instead; None when it fits."""
        if not cell:
            return None if self.column.allows_blank else "is empty; enter a value"
        if len(cell) > LONGEST_VALUE:
            return f"must have at most {LONGEST_VALUE:,} characters"
        if self.accepts(cell):
            return None
        if _IS_FORMULA.match(cell):
            return f"{shortened(cell)} begins like a spreadsheet formula; begin it with a letter or a digit"
        if self.names_samples and _acceptor(self.column)(cell):
            return _name_problem(cell)
        return _value_problem(self.column, cell)

    def repaired(self, cell: str) -> str | None:
        """What a cell that does not fit stands for, if there is no doubt: 10000 for pandas' 10000.0."""
        whole = _WHOLE.fullmatch(cell)
        return whole[1] if whole and self.accepts(whole[1]) else None


def cell_rule(column: Column, *, names_samples: bool = False) -> CellRule:
    """The rule of a column."""
    return CellRule(column, _acceptor(column, _SAFE_NAME if names_samples else ""), names_samples)


def free_column(name: str) -> Column:
    """A column that the pipeline does not know: its cells may hold anything but a formula."""
    return Column(name=name, type=ParamType.STRING, title=name)


def _acceptor(column: Column, condition: str = "") -> Callable[[str], object]:
    """The quick test of a stripped cell; a text also has to meet `condition`, a lookahead."""
    if not column.other_types:
        return _acceptor_of(column, column.type, condition)
    tests = [_acceptor_of(column, kind, condition) for kind in (column.type, *column.other_types)]
    return lambda cell: any(test(cell) for test in tests)


def _acceptor_of(column: Column, kind: ParamType, condition: str) -> Callable[[str], object]:
    """The quick test of a cell as a value of one type; a pattern is a rule of texts only."""
    if kind in _NUMBERS:
        return lru_cache(_MOST_REMEMBERED)(partial(_is_number, column, kind))
    if kind == ParamType.BOOLEAN and column.type != kind:
        column = replace(column, type=kind)
    blank = "|" if column.allows_blank else ""
    fits = re.compile(rf"{_ONE_SHORT_LINE}{condition}(?!(?:{_FORMULA}|\Z))(?:{_text_pattern(column)}){blank}").fullmatch
    if column.enum and kind != ParamType.BOOLEAN:
        return frozenset(filter(fits, ["", *column.enum])).__contains__
    return fits


def _text_pattern(column: Column) -> str:
    if column.type == ParamType.BOOLEAN:
        words = [word for word in ("true", "false") if not column.enum or word in map(str.lower, column.enum)]
        return f"(?i:{'|'.join(words) or '(?!)'})"  # spreadsheets write TRUE
    if column.enum:
        return "|".join(map(re.escape, column.enum))
    if not column.pattern:
        return r"[^\r\n]*"
    # JSON Schema searches for a pattern anywhere in the text; what follows a match is not searched again
    return rf"(?s:.)*?(?:{column.pattern})(?s:.*)"


def _is_number(column: Column, kind: ParamType, cell: str) -> bool:
    if not cell:
        return column.allows_blank
    if not _NUMBERS[kind].fullmatch(cell):
        return False
    if column.enum and float(cell) not in {float(value) for value in column.enum if _is_any_number(value)}:
        return False
    low, high = column.minimum, column.maximum
    return (low is None or float(cell) >= low) and (high is None or float(cell) <= high)


def _is_any_number(text: str) -> bool:
    return _NUMBERS[ParamType.NUMBER].fullmatch(text) is not None


def _name_problem(name: str) -> str:
    unsafe = _IS_UNSAFE.search(name)
    what = f"contains {unsafe[0]!r}" if unsafe else f"begins with {name[0]!r}"
    advice = "pipelines use it in file names and commands, so use only letters, digits, dots, dashes and underscores"
    return f"{shortened(name)} {what}; {advice}, and begin with a letter or a digit"


def _value_problem(column: Column, text: str) -> str:
    shown = shortened(text, longest=80)
    if "\n" in text or "\r" in text:
        return f"{shown} contains a line break; put it on one line"
    if column.enum:
        return f"must be {one_of(column.enum)}, not {shown}{did_you_mean(text, column.enum)}"
    if column.type == ParamType.BOOLEAN:
        return f"must be true or false, not {shown}"
    if column.type in _NUMBERS:
        kind = "a whole number" if column.type == ParamType.INTEGER else "a number"
        limits = "" if column.minimum is None and column.maximum is None else f", {range_in_words(column)}"
        return f"must be {kind}{limits}, written in plain digits, not {shown}"
    return pattern_problem(column, shown)


def typed(column: Column, cell: str) -> Scalar:
    """The value of a cell that fits its column, in the type that JSON Schema expects."""
    if column.other_types:
        return _inferred(cell)
    match column.type:
        case ParamType.INTEGER:
            return int(cell)
        case ParamType.NUMBER:
            return float(cell)
        case ParamType.BOOLEAN:
            return cell.lower() == "true"
        case _:
            return cell


def _inferred(cell: str) -> Scalar:
    """The value of a cell that may have several types, as nf-schema reads it (utils/Types.groovy, `inferType`)."""
    if cell.lower() in {"true", "false"}:
        return cell.lower() == "true"
    if _NUMBERS[ParamType.INTEGER].fullmatch(cell):
        return int(cell)
    return float(cell) if _is_any_number(cell) else cell
