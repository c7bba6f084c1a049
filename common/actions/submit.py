"""Submits a run: checks all that can be checked before a machine starts, stores its inputs, queues its launch.

A request with a fault creates nothing. The inputs are stored before the run's row, and the row before the work item:
reconcile finds a row whose work item was lost.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from common.actions.steps.foreign_files import faults_in_foreign_files
from common.actions.steps.new_run import config_file, create_with_free_id, params_file
from common.actions.steps.queue_stored import queue_stored_work
from common.domain.pipelines.params import fill_values, resolve_params
from common.domain.pipelines.pipeline import PipelineVersion
from common.domain.pipelines.request_texts import FieldLocation
from common.domain.pipelines.sheet.rows import MOST_LISTED
from common.domain.pipelines.sheet.sample_sheet import SampleSheet, read_sample_sheet
from common.domain.runs import files as run_files
from common.domain.runs.access import Caller
from common.domain.runs.files import Buckets
from common.domain.runs.inputs import RunInputs
from common.domain.runs.run import Run
from common.domain.runs.status import RunStatus
from common.domain.runs.work_items import ChainStep, WorkKind
from common.domain.text.secrets import faults_of_hidden
from common.domain.users.user import default_display_name
from common.errors import Fault, NotFoundError, ValidationError
from common.schemas.runs import RunCreateRequest
from common.services.pipelines.registry import PipelineRegistry
from common.services.queue.work_queue import WorkQueue
from common.services.runs.creation import OwnerLimits
from common.services.runs.store import RunStoreService
from common.services.storage.file_check import FileCheck
from common.services.storage.service import StorageService
from common.telemetry import audit


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitRun:
    """`number` returns random numbers of at least 32 bits, `session` random UUIDs."""

    registry: PipelineRegistry
    storage: StorageService
    file_check: FileCheck
    runs: RunStoreService
    queue: WorkQueue
    buckets: Buckets
    limits: OwnerLimits
    clock: Callable[[], datetime]
    number: Callable[[], int]
    session: Callable[[], str]

    def run(self, request: RunCreateRequest, caller: Caller, *, creation_key: str | None = None) -> Run:
        """The pending run, or the run that an earlier attempt with the same `creation_key` made.

        Raises ValidationError with every fault, TooManyRequestsError when the owner has reached one of `limits`, and
        UnavailableError.
        """
        run = self.runs.created_by(creation_key) if creation_key else None
        if run is None:
            run = self._create(request, caller, creation_key)
            audit("run submitted", action="run_created", run_id=run.run_id, by=caller.email)
        queue_stored_work(self.queue, WorkKind.LAUNCH, ChainStep(run_id=run.run_id, chain="submit"))
        return run

    def _create(self, request: RunCreateRequest, caller: Caller, creation_key: str | None) -> Run:
        version = self._version(request)
        sheet = read_sample_sheet(request.samplesheet_csv, version, fill=fill_values(version, request.params))
        inputs = RunInputs(version=version, params=request.params, sheet=sheet, config=request.config_content)
        self._require_valid(inputs, caller, name=request.name)
        self.runs.require_within_limits(caller.email, self.limits, at=self.clock())
        files = {
            run_files.samplesheet_name(version.sheet_format): sheet.text.encode(),
            run_files.PARAMS: params_file(resolve_params(version, request.params)),
            run_files.USER_CONFIG: config_file(request.config_content),
        }

        def prepare(run_id: str) -> Run:
            self.storage.upload_run_files(run_id, files)
            return self._new_run(run_id, request, sheet, caller)

        insert = partial(self.runs.create_run, limits=self.limits, creation_key=creation_key)
        return create_with_free_id(self.runs, self.number, prepare, insert)

    def _version(self, request: RunCreateRequest) -> PipelineVersion:
        try:
            return self.registry.get_pipeline(request.pipeline, request.pipeline_version)
        except NotFoundError as error:
            is_known = any(pipeline.name == request.pipeline for pipeline in self.registry.list_pipelines())
            field = "pipeline_version" if is_known else "pipeline"
            raise ValidationError([Fault(field=field, message=error.message)]) from error

    def _require_valid(self, inputs: RunInputs, caller: Caller, *, name: str | None) -> None:
        # Foreign files before missing ones: otherwise "missing" would reveal what is in another user's folders.
        faults = (
            [*inputs.faults(), *faults_of_hidden("name", name)]
            or faults_in_foreign_files(self.runs, self.buckets, caller, inputs.texts())
            or self._missing_files(inputs.files())
        )
        if faults:
            raise ValidationError(faults)

    def _missing_files(self, files: dict[str, FieldLocation]) -> list[Fault]:
        """A fault for each of the first MOST_LISTED files that are certainly missing, and one with the number left."""
        missing = [(files[uri], problem) for uri, problem in self.file_check.missing(files).items()]
        faults = [location.fault(problem) for location, problem in missing[:MOST_LISTED]]
        if left_out := len(missing) - len(faults):
            faults.append(Fault(field=faults[-1].field, message=f"and {left_out:,} more like these"))
        return faults

    def _new_run(self, run_id: str, request: RunCreateRequest, sheet: SampleSheet, caller: Caller) -> Run:
        now = self.clock()
        return Run(
            run_id=run_id,
            pipeline=request.pipeline,
            pipeline_version=sheet.version.version,
            status=RunStatus.PENDING,
            user_email=caller.email,
            user_name=default_display_name(caller.email),
            gcs_path=run_files.gcs_path(self.buckets, run_id),
            params=request.params,
            sample_count=sheet.sample_count,
            samples=sheet.samples,
            session_id=self.session(),
            created_at=now,
            updated_at=now,
            source_ngs_runs=tuple(request.source_ngs_runs or ()),
            source_project=request.source_project,
            name=request.name,
            notify=request.notify,
        )
