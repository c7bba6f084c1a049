"""Answers about pipelines: all that a form and a sheet editor need (DESIGN 8, 9).

The pipelines function writes them straight from the registry, without these models, and so starts without pydantic;
its tests hold its answers against them.
"""

from pydantic import BaseModel, ConfigDict

from common.domain.pipeline import ParamType, Scalar


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid")


class PipelineParam(_Answer):
    """A parameter. `enum` is closed, `suggestions` are not; `expects` puts `pattern` in words, after "must be"."""

    name: str
    type: ParamType
    title: str
    group: str
    help: str
    default: Scalar | None
    required: bool
    hidden: bool
    enum: list[str]
    suggestions: list[str]
    pattern: str | None
    expects: str | None
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
    enum: list[str]
    pattern: str | None
    expects: str | None
    format: str | None
    minimum: float | None
    maximum: float | None


class PipelineSchema(_Answer):
    """What one release takes."""

    pipeline: str
    version: str
    groups: list[ParamGroup]
    params: list[PipelineParam]
    columns: list[SamplesheetColumn]


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
