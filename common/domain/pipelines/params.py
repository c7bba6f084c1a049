"""Whether parameters fit a release of a pipeline, and what to say when they do not."""

import math
import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from common.domain.pipelines.pipeline import Column, Param, ParamType, PipelineVersion, range_in_words
from common.domain.text.wording import did_you_mean, one_of, shortened
from common.errors import Fault

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
_GIVEN: Final[Mapping[str, object]] = MappingProxyType({"input": "samplesheet.csv", "outdir": "results"})


def validate_params(version: PipelineVersion, params: Mapping[str, object]) -> list[Fault]:
    """Everything that is wrong with `params` for this release; empty when they fit."""
    known = {param.name: param for param in version.params}
    faults = [param_fault(name, sentence) for name, sentence in _complaints(version, known, params)]
    missing = [param.name for param in version.params if param.required and param.name not in params]
    return faults + [param_fault(name, "is required") for name in missing]


def all_values(version: PipelineVersion, params: Mapping[str, object]) -> dict[str, object]:
    """Every parameter that has a value when the pipeline runs, as far as is known: rules that span fields see these."""
    defaults = {param.name: param.default for param in version.params if param.default is not None}
    return {**defaults, **_GIVEN, **params}


def complaint_about(param: Param, value: object) -> str | None:
    """What is wrong with `value`, in words that say what to send instead; None when it fits."""
    types = (param.type, *param.other_types)
    if not any(_has_type(value, wanted) for wanted in types):
        return f"must be {one_of(_IN_WORDS[wanted] for wanted in types)}, not {_shown(value)}"
    if isinstance(value, str):
        return _complaint_about_text(param, value)
    if param.enum and not any(value == choice and type(value) is type(choice) for choice in param.enum):
        return f"must be {one_of(map(_shown, param.enum))}, not {_shown(value)}"
    if isinstance(value, int | float) and not isinstance(value, bool) and not _in_range(param, value):
        return f"must be {range_in_words(param)}, not {_shown(value)}"
    return None


def complaint_about_pattern(limits: Param | Column, shown: str) -> str:
    """What to say of a text that is not as the pattern wants it."""
    if limits.expects:
        return f"must be {limits.expects}, not {shown}"
    if limits.error:
        return f"{limits.error.rstrip('. ')}; this is {shown}"
    return f"must match the pattern {limits.pattern}, and {shown} does not"


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
    if param.enum and param.aliases.get(text, text) not in param.enum:
        choices = [str(choice) for choice in param.enum]
        return f"must be {one_of(choices)}, not {_shown(text)}{did_you_mean(text, choices)}"
    if param.pattern and not re.search(param.pattern, text):
        return complaint_about_pattern(param, _shown(text))
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


def param_fault(name: str | None, sentence: str) -> Fault:
    """What is wrong with one parameter, or with several together."""
    if name is None:
        return Fault(field="params", message=sentence)
    shown = name if name.isprintable() and len(name) <= 100 else ascii(name[:100])
    return Fault(field=f"params.{shown}", message=sentence)
