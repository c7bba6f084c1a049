"""One example of each body, built with its model and therefore valid."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel

from common.domain.runs.live_events import EventKind
from common.domain.runs.progress import TaskTotals, metrics_of
from common.domain.runs.status import RunStatus
from common.domain.tasks.task import TaskStatus
from common.schemas.errors import FaultInfo
from common.schemas.files import FileGroups, FileInfo, FileListResponse
from common.schemas.history import HistoryEntry, HistoryPage
from common.schemas.logs import (
    ArchiveResponse,
    LogEntry,
    LogPage,
    TaskInfo,
    TaskListResponse,
    TaskLogs,
    TaskStats,
    TaskSummary,
)
from common.schemas.pipelines.checks import (
    ConfigRequest,
    RenderedConfig,
    TaskResources,
    ValidationRequest,
    ValidationResult,
)
from common.schemas.pipelines.registered import PipelineInfo, PipelineListResponse, PipelineSchema
from common.schemas.runs import (
    PlannedTask,
    RecoveryPlan,
    RunCreateRequest,
    RunInputsResponse,
    RunListResponse,
    RunRecoverRequest,
    RunRecoverResponse,
    RunResponse,
    RunUpdateRequest,
)
from common.schemas.timeline import TaskSpan, TimelineLane, TimelineResponse
from common.schemas.users import PreferenceChanges, UserUpdateRequest
from common.services.pipelines.registry import PipelineRegistry
from tools.openapi.addresses import NotDescribedError
from tools.openapi.benchling_examples import benchling_answers
from tools.openapi.cost_examples import cost_answers
from tools.openapi.insight_examples import insight_answers
from tools.openapi.user_examples import user_answers

_REQUEST: Final = Path(__file__).parents[2] / "examples" / "scrnaseq" / "run.json"
_START: Final = datetime(2026, 11, 23, 8, 15, tzinfo=UTC)
_WORK_DIR: Final = "gs://sluice-work/runs/run-1a2b3c4d/work"


def example_of(model: type[Any]) -> Any:  # noqa: ANN401 any JSON
    """The example of a model as JSON. Raises NotDescribedError when it has none."""
    if model not in _EXAMPLES:
        raise NotDescribedError(f"there is no example of {model.__name__} in {__name__}")
    return _EXAMPLES[model]


def _run() -> RunResponse:
    request = RunCreateRequest.model_validate_json(_REQUEST.read_bytes())
    return RunResponse(
        run_id="run-1a2b3c4d",
        pipeline=request.pipeline,
        pipeline_version=request.pipeline_version or "",
        status=RunStatus.RUNNING,
        user_email="ana@lab.example",
        user_name="ana",
        created_at=_START,
        updated_at=_START + timedelta(minutes=4),
        submitted_at=_START,
        work_dir_expires_at=_START + timedelta(days=30),
        started_at=_START + timedelta(minutes=2),
        gcs_path="gs://sluice-runs/runs/run-1a2b3c4d",
        batch_job_name="projects/lab/locations/europe-west1/jobs/sluice-run-1a2b3c4d",
        params=request.params,
        sample_count=4,
        source_ngs_runs=request.source_ngs_runs,
        source_project=request.source_project,
        metrics=metrics_of(TaskTotals(by_status={TaskStatus.COMPLETED: 3, TaskStatus.RUNNING: 1}), expected=12),
        name="Donor 1, repeated",
        labels=["pbmc", "paper"],
        shared_with=["ben@lab.example"],
    )


def _history() -> HistoryPage:
    data = {"run_id": "run-1a2b3c4d", "status": "pending", "failing": False}
    entry = HistoryEntry(number=1, at=_START, event=EventKind.STATUS, by="ana@lab.example", data=data)
    return HistoryPage(entries=[entry], total=1, page=1, page_size=100)


def _inputs() -> RunInputsResponse:
    return RunInputsResponse.model_validate(json.loads(_REQUEST.read_bytes()))


def _recovery() -> RunRecoverResponse:
    parent = _run()
    found = parent.model_dump(
        exclude={"submitted_at", "started_at", "batch_job_name", "metrics", "name", "labels", "shared_with"}
    )
    changes = {
        "run_id": "run-5e6f7a8b",
        "status": RunStatus.PENDING,
        "gcs_path": "gs://sluice-runs/runs/run-5e6f7a8b",
        "parent_run_id": parent.run_id,
        "is_recovery": True,
        "recovery_notes": "more memory for the aligner",
        "reused_work_dir": _WORK_DIR,
        "work_dir_expires_at": _START + timedelta(days=30),
    }
    return RunRecoverResponse(**found | changes)


def _plan() -> RecoveryPlan:
    return RecoveryPlan(
        parent_run_id="run-1a2b3c4d",
        params=_run().params,
        reused_work_dir=_WORK_DIR,
        work_dir_expires_at=_START + timedelta(days=30),
        reused_count=1,
        run_again_count=0,
        tasks=[PlannedTask(name=_task().name, process=_task().process, reused=True)],
    )


def _files() -> FileListResponse:
    sheet = FileInfo(
        name="samplesheet.csv",
        size=812,
        updated_at=_START,
        gcs_uri="gs://sluice-runs/runs/run-1a2b3c4d/inputs/samplesheet.csv",
        download_url="https://storage.googleapis.com/sluice-runs/runs/run-1a2b3c4d/inputs/samplesheet.csv?X-Goog-Signature=7d3f",
        preview_url="https://storage.googleapis.com/sluice-runs/runs/run-1a2b3c4d/inputs/samplesheet.csv?X-Goog-Signature=0e6d",
    )
    groups = FileGroups(inputs=[sheet], results=[], logs=[])
    return FileListResponse(files=groups, total=1, page=1, page_size=25)


def _entry() -> LogEntry:
    return LogEntry(
        number=0,
        timestamp=_START + timedelta(minutes=2),
        level="DEBUG",
        logger="nextflow.cli.Launcher",
        thread="main",
        message="$> nextflow run nf-core/scrnaseq -r 2.7.1",
    )


def _task() -> TaskInfo:
    return TaskInfo(
        task_id="5f-0c1d1f",
        name="NFCORE_SCRNASEQ:SCRNASEQ:FASTQC_CHECK:FASTQC (pbmc_donor1)",
        process="NFCORE_SCRNASEQ:SCRNASEQ:FASTQC_CHECK:FASTQC",
        tag="pbmc_donor1",
        status=TaskStatus.COMPLETED,
        exit_code=0,
        attempt=1,
        duration=183_000,
        cpu_percent=187.4,
        memory_peak=912_680_550,
        submit_time=_START + timedelta(minutes=3),
        start_time=_START + timedelta(minutes=4),
        end_time=_START + timedelta(minutes=7),
        work_dir=f"{_WORK_DIR}/5f/0c1d1f9a6e4b0f8f2a7f2f0e6d9c3b",
        native_id="nf-5f0c1d1f-1763885580000",
        has_logs=True,
        cpus=4,
        memory=16 << 30,
        machine_type="n2-standard-4",
        zone="europe-west1-b",
        spot=True,
        disk=100 << 30,
        time=4 * 3_600_000,
        container="quay.io/biocontainers/fastqc:0.12.1--hdfd78af_0",
        read_bytes=2_362_232_012,
        write_bytes=4_194_304,
    )


def _tasks() -> TaskListResponse:
    task = _task()
    took, most = task.duration, task.memory_peak
    stats = TaskStats(count=1, finished=1, p50_duration=took, p95_duration=took, peak_memory=most)
    summary = TaskSummary(by_status={task.status.value: stats}, by_process={task.process: stats})
    return TaskListResponse(tasks=[task], total=1, page_size=100, summary=summary)


def _timeline() -> TimelineResponse:
    task = _task()
    names = ("task_id", "name", "process", "status", "submit_time", "start_time", "end_time")
    span = TaskSpan(**{name: getattr(task, name) for name in names})
    lane = TimelineLane(process=task.process, bins=[0, 150, 151, 600], queued=[1, 1, 0, 0], running=[0, 1, 1, 0])
    return TimelineResponse(total=1, start=task.submit_time, end=task.end_time, bin_ms=401, lanes=[lane], tasks=[span])


def _task_logs() -> TaskLogs:
    return TaskLogs(
        task_id="5f-0c1d1f",
        stdout="Started analysis of pbmc_donor1_R1.fastq.gz\nApprox 5% complete for pbmc_donor1_R1.fastq.gz\n",
        stderr="",
        command="#!/bin/bash -euo pipefail\nfastqc --quiet pbmc_donor1_R1.fastq.gz pbmc_donor1_R2.fastq.gz\n",
        source="cloud_logging",
        merged=True,
        as_of=_START + timedelta(minutes=5),
    )


def _pipeline() -> PipelineInfo:
    pipeline = PipelineRegistry.load().find_pipeline("nf-core/scrnaseq")
    facts = {name: getattr(pipeline, name) for name in PipelineInfo.model_fields}
    return PipelineInfo.model_validate(facts | {"versions": [release.version for release in pipeline.versions]})


def _pipeline_schema() -> PipelineSchema:
    """The schema of a release, shortened to its first group, parameter and column."""
    schema = PipelineSchema.model_validate(PipelineRegistry.load().get_pipeline("nf-core/scrnaseq").facts())
    return schema.model_copy(
        update={"groups": schema.groups[:1], "params": schema.params[:1], "columns": schema.columns[:1]}
    )


def _validation() -> ValidationResult:
    fault = FaultInfo(field="samplesheet_csv", row=3, column="fastq_2", message="is empty; enter a value")
    return ValidationResult(
        valid=False, pipeline_version="2.7.1", sample_count=4, row_count=5, errors=[fault], warnings=[]
    )


def _config_request() -> ConfigRequest:
    return ConfigRequest(
        limits=TaskResources(cpus=16, memory_gb=128),
        processes={"STAR_ALIGN": TaskResources(memory_gb=64, disk_gb=500)},
        spot=True,
    )


def _as_sent(model: BaseModel) -> Any:  # noqa: ANN401 any JSON
    """A request body without its defaults."""
    return model.model_dump(mode="json", exclude_unset=True)


_ANSWERS: Final = (
    _run(),
    _inputs(),
    _history(),
    RunListResponse(runs=[_run()], total=1, page=1, page_size=25),
    _task_logs(),
    _timeline(),
    ArchiveResponse(run_id="run-1a2b3c4d", status="building"),
    _recovery(),
    _plan(),
    _files(),
    LogPage(entries=[_entry()], total=1, page_size=200, complete=False),
    _tasks(),
    _pipeline(),
    PipelineListResponse(pipelines=[_pipeline()], total=1),
    _pipeline_schema(),
    *benchling_answers(),
    *cost_answers(),
    *insight_answers(),
    *user_answers(),
    _validation(),
    RenderedConfig(config="google.batch.spot = true\n", added="process.executor = 'google-batch'\n"),
)
_REQUESTS: Final = (
    ValidationRequest(params={"genome": "GRCh38", "protocol": "10XV3"}, samplesheet_csv="sample,fastq_1,fastq_2\n"),
    _config_request(),
    RunRecoverRequest(notes="more memory for the aligner", override_params={"aligner": "star"}),
    RunUpdateRequest(name="Donor 1, repeated", labels=["pbmc", "paper"], shared_with=["ben@lab.example"]),
    UserUpdateRequest(display_name="Ana Pérez", preferences=PreferenceChanges(default_genome="GRCh38")),
)
_EXAMPLES: Final[dict[type[Any], Any]] = {
    dict: {"openapi": "3.0.3"},
    RunCreateRequest: json.loads(_REQUEST.read_bytes()),
    **{type(example): example.model_dump(mode="json") for example in _ANSWERS},
    **{type(example): _as_sent(example) for example in _REQUESTS},
}
