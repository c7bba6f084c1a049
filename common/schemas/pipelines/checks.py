"""Requests and answers for checking a run before it is submitted, and for writing a config for it."""

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
# Batch makes a boot disk no smaller than its image, of about 30 GB; a persistent disk has at most 64 TiB.
DiskGb = Annotated[int, Field(ge=30, le=65_536, examples=[500])]
Hours = Annotated[int, Field(ge=1, le=336, examples=[72])]

_SHORT_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,99}")


def _process_name(text: str) -> str:
    if not _SHORT_NAME.fullmatch(text):
        raise PydanticCustomError(PLAIN_WORDS, "must be the short name of a process, such as STAR_ALIGN")
    return text


ProcessName = Annotated[str, AfterValidator(_process_name)]


class ValidationRequest(BaseModel):
    """The inputs of a run to check. Absent fields are not checked, except `params`: the defaults are checked then."""

    model_config = ConfigDict(extra="forbid")

    pipeline_version: Version | None = Field(None, examples=["2.7.1"])
    params: Params = Field(default_factory=dict)
    samplesheet_csv: Text | None = None
    config_content: Text | None = None


class ValidationResult(BaseModel):
    """The result of a check. Whether files exist in Cloud Storage is checked only when a run is submitted."""

    valid: bool
    pipeline_version: str
    sample_count: int | None
    row_count: int | None
    errors: list[FaultInfo]
    warnings: list[FaultInfo]


class TaskResources(BaseModel):
    """Resources of a task: virtual CPUs, GB of memory, GB of disk, hours. Absent fields keep the pipeline's values.

    Of a single process they are those of the first attempt: memory, disk and time grow with each retry.
    """

    model_config = ConfigDict(extra="forbid")

    cpus: Cpus | None = None
    memory_gb: MemoryGb | None = None
    disk_gb: DiskGb | None = None
    time_h: Hours | None = None


class ConfigRequest(BaseModel):
    """How a run uses machines: `limits` cap every task, `processes` set the resources of single processes.

    `spot` machines cost less and can be preempted; `spot_attempts` is how often a task may lose its machine.
    """

    model_config = ConfigDict(extra="forbid")

    pipeline_version: Version | None = Field(None, examples=["2.7.1"])
    limits: TaskResources = Field(default_factory=TaskResources)
    processes: dict[ProcessName, TaskResources] = Field(default_factory=dict, max_length=100)
    retries: Annotated[int, Field(ge=0, le=10)] = 2
    spot: bool = False
    spot_attempts: Annotated[int, Field(ge=1, le=10)] = 3


class RenderedConfig(BaseModel):
    """`config` can be sent as config_content of a run, with or without changes; `added` is what Sluice adds to it."""

    config: str
    added: str
