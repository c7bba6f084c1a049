"""What a pipeline takes: the parameters and samplesheet columns of each release, and whether parameters fit.

Names, types, values and defaults are facts of a release; titles and help are our own words. The facts are data
files, read by common/services/pipeline_registry.py.
"""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from common.domain.wording import did_you_mean, one_of, shortened
from common.errors import Fault

Scalar = str | int | float | bool

LONGEST_VALUE: Final = 2_000  # characters; a gs:// address has at most about 1,100

# Names that a pipeline never takes from a user, and what to do instead.
RESERVED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "input": "is given by Sluice: send the sheet as samplesheet_csv and leave this out",
        "outdir": "is given by Sluice: results go to the run's own folder; leave this out",
        "help": "would make the pipeline print its help instead of running; leave this out",
        "version": "would make the pipeline print its version instead of running; send pipeline_version instead",
    }
)


class ParamType(StrEnum):
    """The types that nf-core schemas give to parameters and columns."""

    STRING = "string"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"


@dataclass(frozen=True, slots=True, kw_only=True)
class Param:
    """A parameter of one release.

    `enum` is closed; `suggestions` are common values of an open set. `pattern` is searched for, as JSON Schema does,
    and `expects` says in words what it asks for ("must be …"). `format` is JSON Schema's: file-path and the like.
    """

    name: str
    type: ParamType
    title: str
    group: str
    help: str = ""
    default: Scalar | None = None
    required: bool = False
    hidden: bool = False
    enum: tuple[str, ...] = ()
    suggestions: tuple[str, ...] = ()
    pattern: str | None = None
    expects: str | None = None
    format: str | None = None
    minimum: float | None = None
    maximum: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Parameters that a form shows together."""

    name: str
    title: str
    help: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of the samplesheet; pattern, expects, enum and ranges as in Param.

    `required`: the header must have it. `allows_blank`: a cell may be empty. Some releases refuse blanks in a
    column that may be left out altogether, and some require a column whose cells may be blank.
    """

    name: str
    type: ParamType
    title: str
    help: str = ""
    required: bool = False
    allows_blank: bool = True
    enum: tuple[str, ...] = ()
    pattern: str | None = None
    expects: str | None = None
    format: str | None = None
    minimum: float | None = None
    maximum: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineVersion:
    """One release of a pipeline, such as nf-core/scrnaseq 2.7.1; groups, params and columns in display order."""

    pipeline: str
    version: str
    groups: tuple[Group, ...]
    params: tuple[Param, ...]
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    """A pipeline and the releases of it that can be run; the default release comes first."""

    name: str
    display_name: str
    description: str
    repository: str
    default_version: str
    versions: tuple[PipelineVersion, ...]


def validate_params(version: PipelineVersion, params: Mapping[str, object]) -> list[Fault]:
    """Everything that is wrong with `params` for this release; empty when they fit."""
    known = {param.name: param for param in version.params}
    faults = [_fault(name, sentence) for name, sentence in _complaints(version, known, params)]
    missing = [param.name for param in version.params if param.required and param.name not in params]
    return faults + [_fault(name, "is required") for name in missing]


def complaint_about(param: Param, value: object) -> str | None:
    """What is wrong with `value`, in words that say what to send instead; None when it fits."""
    if not _has_type(value, param.type):
        return f"must be {_IN_WORDS[param.type]}, not {_shown(value)}"
    if isinstance(value, str):
        return _complaint_about_text(param, value)
    if isinstance(value, int | float) and not _in_range(param, value):
        return f"must be {range_in_words(param)}, not {_shown(value)}"
    return None


def range_in_words(limits: Param | Column) -> str:
    """`at least 1`, `at most 9`, `from 1 to 9`, or `any number`."""
    low, high = limits.minimum, limits.maximum
    if low is not None and high is not None:
        return f"from {low:g} to {high:g}"
    if low is not None:
        return f"at least {low:g}"
    return "any number" if high is None else f"at most {high:g}"


_IN_WORDS: Final = {
    ParamType.STRING: "text",
    ParamType.INTEGER: "a whole number",
    ParamType.NUMBER: "a number",
    ParamType.BOOLEAN: "true or false",
}
_UNPRINTABLE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def _complaints(
    version: PipelineVersion, known: Mapping[str, Param], params: Mapping[str, object]
) -> Iterator[tuple[str, str]]:
    for name, value in params.items():
        if name in known:
            sentence = complaint_about(known[name], value)
        else:
            sentence = RESERVED.get(name) or _complaint_about_unknown(version, known, name)
        if sentence:
            yield name, sentence


def _complaint_about_unknown(version: PipelineVersion, known: Mapping[str, Param], name: str) -> str:
    release = f"{version.pipeline} {version.version}"
    if any(column.name == name for column in version.columns):
        return f"is a column of the samplesheet in {release}, not a parameter"
    return f"is not a parameter that can be set for {release}{did_you_mean(name, known)}"


def _has_type(value: object, wanted: ParamType) -> bool:
    if isinstance(value, bool):  # to Python a bool is an integer
        return wanted == ParamType.BOOLEAN
    if isinstance(value, int):
        return wanted in {ParamType.INTEGER, ParamType.NUMBER}
    if isinstance(value, float):
        return wanted == ParamType.NUMBER and math.isfinite(value)
    return isinstance(value, str) and wanted == ParamType.STRING


def _complaint_about_text(param: Param, text: str) -> str | None:
    if not text.strip():
        return "must not be empty" if param.required else "must not be empty; leave it out to keep the default"
    if len(text) > LONGEST_VALUE:
        return f"must have at most {LONGEST_VALUE:,} characters"
    if _UNPRINTABLE.search(text):
        return "must be one line without control characters"
    if param.enum and text not in param.enum:
        return f"must be {one_of(param.enum)}, not {_shown(text)}{did_you_mean(text, param.enum)}"
    if param.pattern and not re.search(param.pattern, text):
        return f"must be {param.expects}, not {_shown(text)}"
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


def _fault(name: str, sentence: str) -> Fault:
    shown = name if name.isprintable() and len(name) <= 100 else ascii(name[:100])
    return Fault(field=f"params.{shown}", message=sentence)
