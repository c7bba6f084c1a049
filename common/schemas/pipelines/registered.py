"""Answers about pipelines, with everything that a form and a samplesheet editor need.

The function `pipelines` writes its answers from the registry and starts without pydantic; its tests compare them with
these models.
"""

from typing import Any

from pydantic import BaseModel, ConfigDict

from common.domain.pipelines.pipeline import ParamType, Scalar


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid")


class PipelineParam(_Answer):
    """A parameter.

    Only values in `enum` are allowed, while `suggestions` are examples; `aliases` are other names of values. `expects`
    describes `pattern` in words that follow "must be"; `error` is the pipeline's own message about an invalid value.
    A parameter that `fills` a column of the samplesheet is used for its empty cells.
    """

    name: str
    type: ParamType
    title: str
    group: str
    other_types: list[ParamType]
    help: str
    default: Scalar | None
    required: bool
    hidden: bool
    enum: list[Scalar]
    suggestions: list[str]
    aliases: dict[str, str]
    fills: str | None
    pattern: str | None
    expects: str | None
    error: str | None
    format: str | None
    minimum: float | None
    maximum: float | None


class ParamGroup(_Answer):
    """Parameters that a form shows together."""

    name: str
    title: str
    help: str


class SamplesheetColumn(_Answer):
    """A column of the samplesheet; `required` is about the header, `allows_blank` about the cells."""

    name: str
    type: ParamType
    title: str
    help: str
    required: bool
    allows_blank: bool
    default: Scalar | None
    enum: list[str]
    pattern: str | None
    expects: str | None
    error: str | None
    format: str | None
    minimum: float | None
    maximum: float | None


class PipelineSchema(_Answer):
    """The inputs of one release, in the order in which a form and a samplesheet editor show them.

    `param_rules` and `row_rules` are JSON Schemas (2020-12) about fields that depend on each other; no two rows may
    have the same values in all columns of a set in `unique`.
    """

    pipeline: str
    version: str
    groups: list[ParamGroup]
    params: list[PipelineParam]
    columns: list[SamplesheetColumn]
    param_rules: dict[str, Any]
    row_rules: dict[str, Any]
    unique: list[list[str]]
    sample_column: str
    lanes_are_alike: bool
    example_rows: list[dict[str, str]]


class PipelineInfo(_Answer):
    """A pipeline; `versions` starts with the default version."""

    name: str
    display_name: str
    description: str
    repository: str
    default_version: str
    versions: list[str]


class PipelineListResponse(_Answer):
    """All pipelines that can be run."""

    pipelines: list[PipelineInfo]
    total: int
