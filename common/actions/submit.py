"""Submit a run: check everything that can be checked before a machine starts, keep its inputs, queue its launch.

Nothing is created for a request with a fault. Inputs are stored before the run's row, and the row before the work
item: whatever is lost after the row was written is found again by reconcile.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from common.actions.steps.check_inputs import CheckedInputs, check_inputs
from common.actions.steps.foreign_files import faults_in_foreign_files
from common.actions.steps.new_run import config_file, create_with_free_id, params_file
from common.domain.pipelines.param_resolution import filled_sheet, resolve_params
from common.domain.pipelines.pipeline import PipelineVersion
from common.domain.pipelines.request_texts import files_in_params, files_in_sheet
from common.domain.pipelines.sheet.rows import MOST_LISTED
from common.domain.runs import files as run_files
from common.domain.runs.access import Caller
from common.domain.runs.bucket_references import texts_of_config, texts_of_params, texts_of_sheet
from common.domain.runs.files import Buckets
from common.domain.runs.run import Run
from common.domain.runs.status import RunStatus
from common.domain.runs.work_items import ChainStep, WorkKind
from common.domain.users.user import default_display_name
from common.errors import Fault, NotFoundError, ValidationError
from common.schemas.runs import RunCreateRequest
from common.services.pipelines.registry import PipelineRegistry
from common.services.queue.work_queue import WorkQueue
from common.services.runs.store import RunStoreService
from common.services.storage.file_check import FileCheck
from common.services.storage.service import StorageService
from common.telemetry import audit


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitRun:
    """Called with a request and who sends it; the pending run comes back, or the one that an earlier try made.

    `creation_key` says which tries are the same request. Raises ValidationError with every fault,
    TooManyRequestsError beyond `runs_per_minute` runs of one owner, and UnavailableError. `number` gives random
    numbers of at least 32 bits, `session` random UUIDs.
    """

    registry: PipelineRegistry
    storage: StorageService
    file_check: FileCheck
    runs: RunStoreService
    queue: WorkQueue
    buckets: Buckets
    runs_per_minute: int
    clock: Callable[[], datetime]
    number: Callable[[], int]
    session: Callable[[], str]

    def run(self, request: RunCreateRequest, caller: Caller, *, creation_key: str | None = None) -> Run:
        run = self.runs.created_by(creation_key) if creation_key else None
        if run is None:
            run = self._create(request, caller, creation_key)
            audit("run submitted", action="run_created", run_id=run.run_id, by=caller.email)
        step = ChainStep(run_id=run.run_id, chain="submit")
        self.queue.add(WorkKind.LAUNCH, step.as_json(), key=step.key)
        return run

    def _create(self, request: RunCreateRequest, caller: Caller, creation_key: str | None) -> Run:
        checked = self._check(request, caller)
        self.runs.require_create_rate(caller.email, at=self.clock(), per_minute=self.runs_per_minute)
        resolved = resolve_params(checked.version, request.params)
        files = {
            run_files.SAMPLESHEET: filled_sheet(request.samplesheet_csv, resolved.cells).encode(),
            run_files.PARAMS: params_file(resolved.params),
            run_files.USER_CONFIG: config_file(request.config_content),
        }

        def store(run_id: str) -> Run | None:
            run = self._new_run(run_id, request, checked, caller)
            self.storage.upload_run_files(run_id, files)
            is_new = self.runs.create_run(run, per_minute=self.runs_per_minute, creation_key=creation_key)
            return run if is_new else None

        return create_with_free_id(self.runs, self.number, store)

    def _check(self, request: RunCreateRequest, caller: Caller) -> CheckedInputs:
        checked = check_inputs(
            self.registry,
            self._version_wanted(request),
            params=request.params,
            samplesheet=request.samplesheet_csv,
            config=request.config_content,
        )
        texts = chain(
            texts_of_sheet(request.samplesheet_csv, self.buckets),
            texts_of_params(request.params, field="params"),
            texts_of_config(request.config_content, field="config_content"),
        )
        # Foreign files first: that one is missing would tell what the others' folders hold.
        faults = (
            checked.faults
            or faults_in_foreign_files(self.runs, self.buckets, caller, texts)
            or self._missing_files(request, checked.version)
        )
        if faults:
            raise ValidationError(list(faults))
        return checked

    def _missing_files(self, request: RunCreateRequest, version: PipelineVersion) -> list[Fault]:
        """A fault for each file in Cloud Storage that is named and certainly not there, and how many more there are."""
        named = {
            **files_in_params(version.params, request.params),
            **files_in_sheet(request.samplesheet_csv, version.columns),
        }
        missing = [(named[uri], told) for uri, told in self.file_check.missing(named).items()]
        faults = [
            Fault(field=place.field, row=place.row, column=place.column, message=told)
            for place, told in missing[:MOST_LISTED]
        ]
        if more := len(missing) - len(faults):
            faults.append(Fault(field=faults[-1].field, message=f"and {more:,} more like these"))
        return faults

    def _version_wanted(self, request: RunCreateRequest) -> PipelineVersion:
        field = "pipeline"
        try:
            self.registry.find_pipeline(request.pipeline)
            field = "pipeline_version"
            return self.registry.get_pipeline(request.pipeline, request.pipeline_version)
        except NotFoundError as error:
            raise ValidationError([Fault(field=field, message=error.message)]) from error

    def _new_run(self, run_id: str, request: RunCreateRequest, checked: CheckedInputs, caller: Caller) -> Run:
        now = self.clock()
        return Run(
            run_id=run_id,
            pipeline=request.pipeline,
            pipeline_version=checked.version.version,
            status=RunStatus.PENDING,
            user_email=caller.email,
            user_name=default_display_name(caller.email),
            gcs_path=run_files.gcs_path(self.buckets, run_id),
            params=request.params,
            sample_count=checked.sheet.sample_count if checked.sheet else 0,
            session_id=self.session(),
            created_at=now,
            updated_at=now,
            source_ngs_runs=tuple(request.source_ngs_runs or ()),
            source_project=request.source_project,
        )
