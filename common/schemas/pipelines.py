"""Answers about pipelines: all that a form and a sheet editor need (DESIGN 8, 9).

The pipelines function writes them straight from the registry, without these models, and so starts without pydantic;
its tests hold its answers against them.
"""

from typing import Any

from pydantic import BaseModel, ConfigDict

from common.domain.pipelines.pipeline import ParamType, Scalar


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid")


class PipelineParam(_Answer):
    """A parameter.

    `enum` is closed, `suggestions` are not, `aliases` are other names of values. `expects` puts `pattern` in words,
    after "must be"; `error` is what the pipeline says of a wrong value. One that `fills` a column of the samplesheet
    goes into its empty cells.
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
    """Parameters that a form shows together, in this order."""

    name: str
    title: str
    help: str


class SamplesheetColumn(_Answer):
    """A column; `required` is about the header, `allows_blank` about its cells."""

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
    """What one release takes, in the order in which a form and a sheet editor show it.

    `param_rules` and `row_rules` are JSON Schemas (2020-12) of which fields go together; `unique` holds sets of columns
    whose cells no two rows may share.
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
    """A pipeline; the default version comes first in `versions`."""

    name: str
    display_name: str
    description: str
    repository: str
    default_version: str
    versions: list[str]


class PipelineListResponse(_Answer):
    """Every pipeline that can be run."""

    pipelines: list[PipelineInfo]
    total: int
