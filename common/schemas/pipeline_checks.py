"""Requests and answers of a dry run: is this a run that could start, and which config would suit it (DESIGN 8)."""

import re
from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from common.schemas.errors import FaultInfo
from common.schemas.runs import Params
from common.schemas.texts import PLAIN_WORDS, Text, Version

MAX_CONFIG_REQUEST_BYTES: Final = 256 * 1024

Cpus = Annotated[int, Field(ge=1, le=416, examples=[16])]
MemoryGb = Annotated[int, Field(ge=1, le=12_000, examples=[128])]
Hours = Annotated[int, Field(ge=1, le=336, examples=[72])]


def _process_name(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,99}", text):
        raise PydanticCustomError(PLAIN_WORDS, "is not the short name of a process, such as STAR_ALIGN")
    return text


ProcessName = Annotated[str, AfterValidator(_process_name)]


class ValidationRequest(BaseModel):
    """What a run would be made of; what is left out is not judged, but for params, which are then the defaults."""

    model_config = ConfigDict(extra="forbid")

    pipeline_version: Version | None = Field(None, examples=["2.7.1"])
    params: Params = Field(default_factory=dict)
    samplesheet_csv: Text | None = None
    config_content: Text | None = None


class ValidationResult(BaseModel):
    """What was found. Files in Cloud Storage are not looked for here; that is done when the run is submitted."""

    valid: bool
    pipeline_version: str
    sample_count: int | None
    row_count: int | None
    errors: list[FaultInfo]
    warnings: list[FaultInfo]


class TaskResources(BaseModel):
    """What a task may use: virtual CPUs, GB of memory, hours. What is left out stays as the pipeline has it."""

    model_config = ConfigDict(extra="forbid")

    cpus: Cpus | None = None
    memory_gb: MemoryGb | None = None
    time_h: Hours | None = None


class ConfigRequest(BaseModel):
    """How a run is to use machines: `limits` cap every task, `processes` ask for more or less by name.

    `spot` machines cost less and may be taken away: `spot_attempts` says how often a task may lose its machine.
    """

    model_config = ConfigDict(extra="forbid")

    pipeline_version: Version | None = Field(None, examples=["2.7.1"])
    limits: TaskResources = Field(default_factory=TaskResources)
    processes: dict[ProcessName, TaskResources] = Field(default_factory=dict, max_length=100)
    retries: Annotated[int, Field(ge=0, le=10)] = 2
    spot: bool = False
    spot_attempts: Annotated[int, Field(ge=1, le=10)] = 3


class RenderedConfig(BaseModel):
    """`config` may be sent as a run's config_content, as it is or changed; `added` is what Sluice sets beside it."""

    config: str
    added: str
