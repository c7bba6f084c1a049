"""What a pipeline takes: the parameters and samplesheet columns of each release.

The facts of a release are data files, read by common/services/pipelines/data.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

Scalar = str | int | float | bool


class ParamType(StrEnum):
    """The types that nf-core schemas give to parameters and columns."""

    STRING = "string"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"


@dataclass(frozen=True, slots=True, kw_only=True)
class Param:
    """A parameter of one release.

    `enum` is closed; `suggestions` are common values of an open set; `aliases` leads from other names of values to
    the release's own. `pattern` is searched for, as JSON Schema does, and `expects` says in words what it asks for
    ("must be …"), or `error` what the pipeline itself says of a wrong value. `format` is JSON Schema's: file-path and
    the like. One that `fills` a column of the samplesheet goes into its empty cells, and not to the pipeline.
    """

    name: str
    type: ParamType
    title: str
    group: str
    other_types: tuple[ParamType, ...] = ()
    help: str = ""
    default: Scalar | None = None
    required: bool = False
    hidden: bool = False
    enum: tuple[Scalar, ...] = ()
    suggestions: tuple[str, ...] = ()
    aliases: Mapping[str, str] = field(default_factory=dict)
    fills: str | None = None
    pattern: str | None = None
    expects: str | None = None
    error: str | None = None
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
    """A column of the samplesheet; pattern, expects, error, enum and ranges as in Param.

    `required`: the header must have it. `allows_blank`: a cell may be empty. Some releases refuse blanks in a
    column that may be left out altogether, and some require a column whose cells may be blank.
    """

    name: str
    type: ParamType
    title: str
    help: str = ""
    required: bool = False
    allows_blank: bool = True
    default: Scalar | None = None
    enum: tuple[str, ...] = ()
    pattern: str | None = None
    expects: str | None = None
    error: str | None = None
    format: str | None = None
    minimum: float | None = None
    maximum: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineVersion:
    """One release of a pipeline, such as nf-core/scrnaseq 2.7.1; groups, params and columns in display order.

    `param_rules` and `row_rules` are JSON Schemas (2020-12) of what spans fields: one of an object of parameters, one
    of a row's cells that are not blank. `unique` holds sets of columns whose cells no two rows may share; samples are
    told apart by their `sample_column`; where `lanes_are_alike`, those of a sample are all paired or all single, and no
    file belongs to two.
    """

    pipeline: str
    version: str
    groups: tuple[Group, ...]
    params: tuple[Param, ...]
    columns: tuple[Column, ...]
    param_rules: Mapping[str, Any] = field(default_factory=dict)
    row_rules: Mapping[str, Any] = field(default_factory=dict)
    unique: tuple[tuple[str, ...], ...] = ()
    sample_column: str = "sample"
    lanes_are_alike: bool = False
    example_rows: tuple[Mapping[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    """A pipeline and the releases of it that can be run; the default release comes first."""

    name: str
    display_name: str
    description: str
    repository: str
    default_version: str
    versions: tuple[PipelineVersion, ...]


def range_in_words(limits: Param | Column) -> str:
    """`at least 1`, `at most 9`, `from 1 to 9`, or `any number`."""
    low, high = limits.minimum, limits.maximum
    if low is not None and high is not None:
        return f"from {low:.15g} to {high:.15g}"
    if low is not None:
        return f"at least {low:.15g}"
    return "any number" if high is None else f"at most {high:.15g}"
