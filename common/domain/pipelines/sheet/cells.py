"""Whether one cell of a samplesheet fits its column, compiled once per sheet, and what to say when it does not."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from common.domain.pipelines.params import LONGEST_VALUE, complaint_about_pattern
from common.domain.pipelines.pipeline import Column, ParamType, Scalar, range_in_words
from common.domain.text.wording import did_you_mean, one_of, shortened

# A spreadsheet runs a cell that begins like this; plain numbers such as -5 and a lone dash are harmless.
_FORMULA: Final = r"[=@]|[+-](?![0-9]*\.?[0-9]*\Z)"

_SHORT: Final = rf"(?=(?s:.{{0,{LONGEST_VALUE}}})\Z)"  # a longer text may keep a pattern busy for its length squared
_IS_FORMULA: Final = re.compile(rf"\s*(?:{_FORMULA})")
# Pipelines name files after a sample and put its name into commands as it stands: no paths, nothing that a shell takes
# for more than text, nothing that cannot be seen.
_UNSAFE: Final = r"/\\$`;&|<>*?\"'(){}\[\]\s\x00-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
_SAFE_NAME: Final = rf"(?![-.~#])(?=[^{_UNSAFE}]*\Z)"
_WHOLE_NUMBER: Final = re.compile(r"-?[0-9]{1,15}")
_NUMBER: Final = re.compile(r"-?(?:[0-9]{1,15}(?:\.[0-9]{0,15})?|\.[0-9]{1,15})(?:[eE][+-]?[0-9]{1,2})?")


@dataclass(frozen=True, slots=True)
class CellRule:
    """How the cells of one column are judged; `accepts` is truthy for a cell that fits as it stands.

    `names_samples` says that the column holds the samples' names.
    """

    index: int
    column: Column
    accepts: Callable[[str], object]
    names_samples: bool = False

    def complaint(self, cell: str) -> str | None:
        """What is wrong with `cell`; None when it fits, surrounding spaces aside, which pipelines strip."""
        text = cell.strip()
        if not text:
            return None if self.column.allows_blank else "is empty; give a value"
        if len(text) > LONGEST_VALUE:
            return f"must have at most {LONGEST_VALUE:,} characters"
        if self.accepts(text):
            return None
        if _IS_FORMULA.match(text):
            return f"{shortened(text)} begins like a spreadsheet formula; begin it with a letter or a digit"
        if self.names_samples and _accepter(self.column)(text):
            return _complaint_about_name(text)
        return _complaint_about_value(self.column, text)


def cell_rule(index: int, column: Column, *, names_samples: bool = False) -> CellRule:
    """The rule for the cells at `index` of each row."""
    accepts = _accepter(column, _SAFE_NAME if names_samples else "")
    return CellRule(index, column, accepts, names_samples)


def free_column(name: str) -> Column:
    """A column that the pipeline does not know: anything but a formula may stand in it."""
    return Column(name=name, type=ParamType.STRING, title=name)


def _accepter(column: Column, condition: str = "") -> Callable[[str], object]:
    """What judges a cell as it stands; a text has to meet `condition`, a lookahead, as well."""
    if column.type == ParamType.INTEGER:
        return partial(_is_number, column, _WHOLE_NUMBER)
    if column.type == ParamType.NUMBER:
        return partial(_is_number, column, _NUMBER)
    blank = "|" if column.allows_blank else ""
    return re.compile(rf"{_SHORT}{condition}(?!\s*(?:{_FORMULA}|\Z))(?:{_text_pattern(column)}){blank}").fullmatch


def _text_pattern(column: Column) -> str:
    if column.type == ParamType.BOOLEAN:
        return "true|false"
    if column.enum:
        return "|".join(map(re.escape, column.enum))
    if not column.pattern:
        return r"[^\r\n]*"
    return rf"[^\r\n]*?(?:{column.pattern})[^\r\n]*"  # JSON Schema searches for a pattern anywhere in the text


def _is_number(column: Column, form: re.Pattern[str], cell: str) -> bool:
    if not cell:
        return column.allows_blank
    if not form.fullmatch(cell):
        return False
    if column.enum and float(cell) not in map(float, column.enum):
        return False
    low, high = column.minimum, column.maximum
    return (low is None or float(cell) >= low) and (high is None or float(cell) <= high)


def _complaint_about_name(text: str) -> str:
    strange = re.search(f"[{_UNSAFE}]", text)
    what = f"holds {strange[0]!r}" if strange else f"begins with {text[0]!r}"
    advice = "pipelines make file names and commands of it, so keep to letters, digits, dots, dashes and underscores"
    return f"{shortened(text)} {what}; {advice}"


def _complaint_about_value(column: Column, text: str) -> str:
    shown = shortened(text, longest=80)
    if "\n" in text or "\r" in text:
        return f"{shown} holds a line break; put it on one line"
    if column.enum:
        return f"must be {one_of(column.enum)}, not {shown}{did_you_mean(text, column.enum)}"
    if column.type == ParamType.BOOLEAN:
        return f"must be true or false, not {shown}"
    if column.type in {ParamType.INTEGER, ParamType.NUMBER}:
        kind = "a whole number" if column.type == ParamType.INTEGER else "a number"
        limits = "" if column.minimum is None and column.maximum is None else f", {range_in_words(column)}"
        return f"must be {kind}{limits}, written in plain digits, not {shown}"
    return complaint_about_pattern(column, shown)


def typed(column: Column, cell: str) -> Scalar:
    """A cell that fits its column, as JSON Schema sees it."""
    match column.type:
        case ParamType.INTEGER:
            return int(cell)
        case ParamType.NUMBER:
            return float(cell)
        case ParamType.BOOLEAN:
            return cell == "true"
        case _:
            return cell
