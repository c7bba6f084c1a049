"""Validates the parameters of a run for a release, and resolves them for the pipeline."""

import math
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

from common.domain.pipelines.pipeline import Column, Param, ParamType, PipelineVersion, range_in_words
from common.domain.text.wording import MOST_GUESSES, did_you_mean, one_of, shortened
from common.errors import Fault

LONGEST_VALUE: Final = 2_000  # characters; a gs:// address has at most about 1,100

# Parameters that users cannot set, and what to do instead.
RESERVED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "input": "is set by Sluice; send the sheet as samplesheet_csv and leave this parameter out",
        "outdir": "is set by Sluice: results go to the run's own folder; leave this parameter out",
        "help": "would make the pipeline print its help instead of running; leave this parameter out",
        "version": "would make the pipeline print its version instead of running; send pipeline_version instead",
    }
)


def validate_params(version: PipelineVersion, params: Mapping[str, object]) -> list[Fault]:
    """Every fault of `params` for this release; empty if they are valid."""
    known = {param.name: param for param in version.params}
    faults = [_fault(name, problem) for name, problem in _problems(version, known, params)]
    given = {name for name, value in params.items() if not is_blank(value)}
    faults += [
        _fault(param.name, "is required") for param in version.params if param.required and param.name not in given
    ]
    if faults or version.check_params is None:
        return faults  # rules that span parameters would report the same faults again
    return [_fault(name, problem) for name, problem in version.check_params(effective_params(version, params))]


def resolve_params(version: PipelineVersion, params: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters for the pipeline: valid `params` without those that fill the sheet, as the release writes them."""
    known = {param.name: param for param in version.params}
    return {
        name: _as_release_writes(known[name], value)
        for name, value in params.items()
        if not known[name].fills and not is_blank(value)
    }


def is_blank(value: object) -> bool:
    """Whether a value is an empty text, which is read as if the parameter were left out."""
    return isinstance(value, str) and not value.strip()


def _as_release_writes(param: Param, value: Any) -> Any:  # noqa: ANN401 a value of any type
    if isinstance(value, str):
        value = param.aliases.get(value, value)
    if param.enum:
        return next((choice for choice in param.enum if as_text(choice) == as_text(value)), value)
    is_whole = isinstance(value, float) and value.is_integer()
    return int(value) if is_whole and param.type == ParamType.INTEGER else value  # pandas writes 10000.0


def effective_params(version: PipelineVersion, params: Mapping[str, object]) -> dict[str, object]:
    """The value of every parameter that has one when the pipeline runs, with defaults and as the release writes it."""
    defaults = {param.name: param.default for param in version.params if param.default is not None}
    known = {param.name: param for param in version.params}
    sent = {
        name: _as_release_writes(known[name], value) if name in known else value
        for name, value in params.items()
        if not is_blank(value)
    }
    set_by_sluice = {"input": f"samplesheet.{version.sheet_format}", "outdir": "results"}
    return {**defaults, **set_by_sluice, **sent}


def fill_values(version: PipelineVersion, params: Mapping[str, object]) -> dict[str, str]:
    """The values for blank cells of the samplesheet, by column, from the parameters that fill one."""
    filling = {param.name: param.fills for param in version.params if param.fills}
    return {filling[name]: as_text(value) for name, value in params.items() if name in filling and not is_blank(value)}


def as_text(value: object) -> str:
    """A value as text, as a cell of a sheet takes it: `true` and `false`, numbers in plain digits."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        digits = format(Decimal(repr(value)), "f")
        return digits.removesuffix(".0")
    return str(value)


def param_problem(param: Param, value: object) -> str | None:
    """The fault of `value` and what to send instead; None if it is valid."""
    types = (param.type, *param.other_types)
    if param.enum and not isinstance(value, str) and as_text(value) in map(as_text, param.enum):
        return None
    if not any(_has_type(value, kind) for kind in types):
        return f"must be {one_of(_IN_WORDS[kind] for kind in types)}, not {_shown(value)}"
    if isinstance(value, str):
        return _text_problem(param, value)
    if param.enum:
        return f"must be {one_of(map(_shown, param.enum))}, not {_shown(value)}"
    if isinstance(value, int | float) and not isinstance(value, bool) and not _in_range(param, value):
        return f"must be {range_in_words(param)}, not {_shown(value)}"
    return None


def pattern_problem(limits: Param | Column, shown: str) -> str:
    """The message for a text that does not match the pattern; `shown` is the text in quotes."""
    if limits.expects:
        return f"must be {limits.expects}, not {shown}"
    if limits.error:
        return f"{limits.error.rstrip('. ')}; the value is {shown}"
    return f"must match the pattern {limits.pattern}; {shown} does not"


_IN_WORDS: Final = {
    ParamType.STRING: "text",
    ParamType.INTEGER: "a whole number",
    ParamType.NUMBER: "a number",
    ParamType.BOOLEAN: "true or false",
}
_UNPRINTABLE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def _problems(
    version: PipelineVersion, known: Mapping[str, Param], params: Mapping[str, object]
) -> Iterator[tuple[str, str]]:
    guesses = 0
    for name, value in params.items():
        if name in known:
            problem = None if is_blank(value) else param_problem(known[name], value)
        else:
            guesses += 1
            similar = known if guesses <= MOST_GUESSES else {}
            problem = RESERVED.get(name) or _unknown_name_problem(version, similar, name)
        if problem:
            yield name, problem


def _unknown_name_problem(version: PipelineVersion, known: Mapping[str, Param], name: str) -> str:
    release = f"{version.pipeline} {version.version}"
    if any(column.name == name for column in version.columns):
        return f"is a column of the samplesheet in {release}, not a parameter"
    return f"is not a parameter that can be set for {release}{did_you_mean(name, known)}"


def _has_type(value: object, kind: ParamType) -> bool:
    if isinstance(value, bool):  # in Python a bool is an integer
        return kind == ParamType.BOOLEAN
    if isinstance(value, int):
        return kind in {ParamType.INTEGER, ParamType.NUMBER}
    if isinstance(value, float):
        return math.isfinite(value) and (kind == ParamType.NUMBER or (kind == ParamType.INTEGER and value.is_integer()))
    return isinstance(value, str) and kind == ParamType.STRING


def _text_problem(param: Param, text: str) -> str | None:
    if not text.strip():
        return "must not be empty"
    if len(text) > LONGEST_VALUE:
        return f"must have at most {LONGEST_VALUE:,} characters"
    if _UNPRINTABLE.search(text):
        return "must be one line without control characters"
    if param.enum and param.aliases.get(text, text) not in (choices := list(map(as_text, param.enum))):
        return f"must be {one_of(choices)}, not {_shown(text)}{did_you_mean(text, choices)}"
    if param.pattern and not re.search(param.pattern, text):
        return pattern_problem(param, _shown(text))
    return None


def _in_range(param: Param, value: float) -> bool:
    return (param.minimum is None or value >= param.minimum) and (param.maximum is None or value <= param.maximum)


def _shown(value: object) -> str:
    if isinstance(value, str):
        return shortened(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)[:20]
    return {type(None): "null", list: "a list", dict: "an object"}.get(type(value), "this")


def _fault(name: str | None, problem: str) -> Fault:
    """A fault of one parameter, or of several together (None)."""
    if name is None:
        return Fault(field="params", message=problem)
    shown = name if name.isprintable() and len(name) <= 100 else ascii(name[:100])
    return Fault(field=f"params.{shown}", message=problem)
