"""Requests and answers about runs."""

from datetime import datetime
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from common.domain.diagnosis.causes import CauseClass
from common.domain.insight.cost.basis import Basis
from common.domain.runs.status import RunStatus
from common.errors import TooLargeError
from common.schemas.errors import FaultInfo
from common.schemas.paging import Page
from common.schemas.texts import (
    PLAIN_WORDS,
    Name,
    Note,
    PipelineName,
    ShownText,
    ShownValues,
    Tag,
    Text,
    Title,
    Version,
)

__all__ = [
    "RunCreateRequest",
    "RunListResponse",
    "RunRecoverRequest",
    "RunResponse",
    "RunStatus",
    "RunUpdateRequest",
    "check_sizes",
]

MAX_SAMPLESHEET_BYTES: Final = 10 * 1024 * 1024
MAX_CONFIG_BYTES: Final = 100 * 1024
# JSON writes a character in up to six bytes (\\u000a); the rest of a request is small
MAX_RECOVER_BODY_BYTES: Final = 6 * MAX_CONFIG_BYTES + 1024 * 1024
MAX_UPDATE_BODY_BYTES: Final = 64 * 1024
MAX_BODY_BYTES: Final = 2 * MAX_SAMPLESHEET_BYTES + MAX_RECOVER_BODY_BYTES


def _one_value(value: object) -> object:
    if isinstance(value, dict | list):
        raise PydanticCustomError(PLAIN_WORDS, "must be a single value: text, a number, true or false")
    return value


# Whether the owner is told of the run; null: as the owner prefers.
Notify = bool | None

Params = Annotated[dict[Name, Annotated[Any, BeforeValidator(_one_value)]], Field(max_length=500)]


class RunCreateRequest(BaseModel):
    """A run to start. The samplesheet may have 10 MB and the config 100 KB; the pipeline checks sheet and params.

    A config must not set what Sluice sets itself (executor, work directory, trace, labels and so on). It is refused
    if its text does; a Groovy expression that computes the name of such a setting is not detected. `notify` says
    whether you are told of this run; null: as your preferences say.
    """

    model_config = ConfigDict(extra="forbid")

    pipeline: PipelineName = Field(examples=["nf-core/scrnaseq"])
    pipeline_version: Version | None = Field(None, examples=["2.7.1"])
    samplesheet_csv: Text
    config_content: Text | None = None
    params: Params = Field(default_factory=dict)
    source_ngs_runs: list[Name] | None = Field(None, max_length=1_000)
    source_project: Name | None = None
    name: Title | None = Field(None, examples=["Donor 1, first trial"])
    notify: Notify = None


class RunRecoverRequest(BaseModel):
    """How to recover a failed or cancelled run.

    `override_params` replaces single params of the parent, `override_config` its whole config; the rules of a new run
    apply to both.
    """

    model_config = ConfigDict(extra="forbid")

    reuse_work_dir: bool = True
    notes: Note | None = None
    override_params: Params = Field(default_factory=dict)
    override_config: Text | None = None
    notify: Notify = None


class RunInputsResponse(BaseModel):
    """The request that made a run; `POST /api/runs` with it starts the same run again.

    A recovery has the inputs that it runs with. The name is left out, because a new run has its own. Secrets are shown
    as `•••`: enter them again.
    """

    pipeline: str
    pipeline_version: str
    samplesheet_csv: ShownText
    config_content: ShownText | None = None
    params: ShownValues
    source_ngs_runs: list[ShownText] | None = None
    source_project: ShownText | None = None


class RunUpdateRequest(BaseModel):
    """What to change; absent fields do not change, null or an empty list removes.

    `starred` is the caller's own star, which everyone who may read the run can set. All else is for the run's owner and
    for administrators. `shared_with` are addresses of the domain, or `everyone`: they may read all of the run.
    """

    model_config = ConfigDict(extra="forbid")

    name: Title | None = Field(None, examples=["Donor 1, repeated"])
    note: Annotated[Text, Field(max_length=2_000)] | None = None
    labels: list[Tag] | None = Field(None, max_length=20, examples=[["pbmc", "paper"]])
    shared_with: list[Name] | None = Field(None, max_length=50, examples=[["ben@lab.example"]])
    notify: Notify = None
    starred: bool | None = None


class DiagnosisEvidence(BaseModel):
    """A line that proves the cause; `offset` is where its record starts in nextflow.log, in bytes."""

    line: ShownText
    offset: int | None = None
    source: str = Field(examples=["nextflow.log", "trace.txt", "exit_code", "batch"])


class Diagnosis(BaseModel):
    """Why a run failed: the first task that stopped it, and the cause that the run's files prove.

    `advice` is what usually helps, with the number to change where the task's request is known.
    """

    cause: CauseClass
    error_task: ShownText | None = None
    exit_code: int | None = None
    message: ShownText | None = None
    evidence: list[DiagnosisEvidence] = Field(default_factory=list)
    advice: str | None = None


class RunMetrics(BaseModel):
    """Sums over the tasks of a run; `tasks` has their counts by status.

    `progress` goes from 0 to 1, never back, and is 1 when the run has completed. It is null while nobody knows how many
    tasks there will be: `expected` is estimated from earlier runs of the pipeline and the run's samples.
    """

    tasks: dict[str, int]
    total: int
    expected: int | None = None
    finished: int
    progress: float | None = Field(None, ge=0, le=1)
    cpu_hours: float
    memory_gb_hours: float
    duration_ms: int | None = None


# As Postgres has it: its answer is sent as it is.
Metrics = Annotated[dict[str, Any], WithJsonSchema(RunMetrics.model_json_schema())]


class CostOfRun(BaseModel):
    """An estimate of what a run cost so far, in nano-dollars; null if nothing is known.

    Unless `complete`, something is not known: it cost more, or, with the basis `request`, another amount.
    """

    nano_dollars: int | None
    basis: Basis
    complete: bool


class RunResponse(BaseModel):
    """One run; all times are UTC.

    `failing` is true while Nextflow still runs although a task has failed for good: the run will fail. `error_message`,
    `error_task` and `diagnosis` are set from then on, also if the run is cancelled. `shared_with` may read the run;
    `starred` is the caller's own star. `parent_run_id` is the run that this one recovers, `recovery_run_id` the newest
    run that recovers this one, if the caller may read it. `cost` is null before it was summed up.
    """

    model_config = ConfigDict(from_attributes=True)  # a Run

    run_id: str
    pipeline: str
    pipeline_version: str
    status: RunStatus
    status_detail: ShownText | None = None
    failing: bool = False
    user_email: str
    user_name: str | None = None
    created_at: datetime
    updated_at: datetime
    submitted_at: datetime | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None
    failed_at: datetime | None = None
    cancelled_at: datetime | None = None
    cancel_requested_at: datetime | None = None
    gcs_path: str
    batch_job_name: str | None = None
    params: ShownValues
    sample_count: int
    source_ngs_runs: list[ShownText] | None = None
    source_project: ShownText | None = None
    parent_run_id: str | None = None
    recovery_run_id: str | None = None
    cost: CostOfRun | None = None
    is_recovery: bool = False
    recovery_notes: ShownText | None = None
    reused_work_dir: str | None = None
    work_dir_expires_at: datetime | None = None
    exit_code: int | None = None
    error_message: ShownText | None = None
    error_task: ShownText | None = None
    diagnosis: Diagnosis | None = None
    metrics: Metrics | None = None
    name: ShownText | None = None
    note: ShownText | None = None
    labels: list[ShownText] = Field(default_factory=list)
    shared_with: list[str] = Field(default_factory=list)
    notify: Notify = None
    starred: bool = False
    warnings: list[FaultInfo] = Field(default_factory=list)


class RunRecoverResponse(RunResponse):
    """The new run."""


class PlannedTask(BaseModel):
    """A task that the parent run started; it is `reused` if it finished."""

    model_config = ConfigDict(from_attributes=True)

    name: ShownText
    process: ShownText
    reused: bool


class RecoveryPlan(BaseModel):
    """What a recovery is expected to reuse; tasks that depend on a changed param or config run again as well.

    `tasks` has at most 1,000 tasks, those that run again first; the counts include all tasks that the parent started.
    `reused_work_dir` and `work_dir_expires_at` are null if nothing is reused. `warnings` are those of the recovery.
    """

    parent_run_id: str
    params: ShownValues
    reused_work_dir: str | None = None
    work_dir_expires_at: datetime | None = None
    reused_count: int
    run_again_count: int
    tasks: list[PlannedTask]
    warnings: list[FaultInfo] = Field(default_factory=list)


class RunListResponse(Page):
    """A page of runs, newest first."""

    runs: list[RunResponse]


_LIMITS: Final = {
    "samplesheet_csv": (MAX_SAMPLESHEET_BYTES, "10 MB"),
    "config_content": (MAX_CONFIG_BYTES, "100 KB"),
    "override_config": (MAX_CONFIG_BYTES, "100 KB"),
}


def check_sizes(request: BaseModel) -> None:
    """Raise TooLargeError, which names the field, if the samplesheet or a config is too large in UTF-8."""
    for name, (limit, in_words) in _LIMITS.items():
        text = getattr(request, name, None) or ""
        if len(text) > limit or len(text.encode()) > limit:
            raise TooLargeError(f"{name} has more than {in_words}")
