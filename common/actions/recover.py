"""Recovers a failed or cancelled run: a new run that need not repeat the tasks that have finished.

Everything is checked before anything is stored; then inputs, row and work item follow as in a submit.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import chain

from common.actions.steps.foreign_files import faults_in_foreign_files
from common.actions.steps.new_run import config_file, create_with_free_id, params_file
from common.actions.steps.queue_stored import queue_stored_work
from common.domain.nextflow.config.user_config import faults_in_config
from common.domain.pipelines.addresses import own_paths
from common.domain.pipelines.params import fill_values, resolve_params, validate_params
from common.domain.pipelines.pipeline import PipelineVersion
from common.domain.pipelines.request_texts import texts_of_config, texts_of_params
from common.domain.runs import files as run_files
from common.domain.runs.access import Caller, require_owner
from common.domain.runs.files import Buckets
from common.domain.runs.recovery import (
    Recovery,
    WorkDir,
    merged_params,
    require_recoverable,
    require_unexpired,
    work_dir_of,
)
from common.domain.runs.run import Run
from common.domain.runs.work_items import ChainStep, WorkKind
from common.domain.text.secrets import faults_in_hidden_params, faults_of_hidden, keep_hidden
from common.errors import ConflictError, Fault, NotFoundError, ValidationError
from common.schemas.runs import RunRecoverRequest
from common.services.pipelines.registry import PipelineRegistry
from common.services.queue.work_queue import WorkQueue
from common.services.runs.creation import OwnerLimits
from common.services.runs.store import RunStoreService
from common.services.storage.service import StorageService
from common.telemetry import audit

_SHEET_IS_FIXED = "is written into the samplesheet at submit, and a recovery keeps the sheet; submit a new run instead"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRecovery:
    """Checks that a run can be recovered, without changing anything."""

    registry: PipelineRegistry
    storage: StorageService
    runs: RunStoreService
    buckets: Buckets
    clock: Callable[[], datetime]

    def run(self, run_id: str, request: RunRecoverRequest, caller: Caller) -> Recovery:
        """What the recovery will be.

        Raises NotFoundError, AuthorizationError, ConflictError with the reason when the run cannot be recovered this
        way, ValidationError for invalid params or config, and UnavailableError.
        """
        parent = self.runs.get_run(run_id)
        require_owner(caller, owner=parent.user_email, thing=f"run {run_id}")
        require_recoverable(parent)
        version = self._version(parent)
        overrides = keep_hidden(request.override_params, parent.params)
        params = merged_params(parent, overrides)
        texts = chain(  # the files of the parent's own inputs were checked when it was submitted
            texts_of_params(overrides, field="override_params"),
            texts_of_config(request.override_config, field="override_config"),
        )
        faults = [
            *faults_in_hidden_params(overrides, field="override_params"),
            *faults_of_hidden("override_config", request.override_config),
            *_faults_in_params(version, parent, params, overrides),
            *(
                replace(fault, field=fault.field.replace("params.", "override_params.", 1))
                for fault in own_paths(version, request.override_params, ())
            ),
            *faults_in_config(request.override_config, field="override_config"),
            *faults_in_foreign_files(self.runs, self.buckets, caller, texts),
        ]
        if faults:
            raise ValidationError(faults)
        work_dir = self._work_dir_of(parent) if request.reuse_work_dir else None
        return Recovery(parent=parent, version=version, params=params, work_dir=work_dir, notes=request.notes)

    def _version(self, parent: Run) -> PipelineVersion:
        try:
            return self.registry.get_pipeline(parent.pipeline, parent.pipeline_version)
        except NotFoundError as error:
            raise ConflictError(f"run {parent.run_id} cannot be recovered: {error.message}") from error

    def _work_dir_of(self, parent: Run) -> WorkDir:
        self.runs.require_idle_session(parent.session_id)
        work_dir = work_dir_of(self.runs.get_run(parent.root_run_id), self.buckets)
        require_unexpired(work_dir, at=self.clock())
        if not self.storage.check_work_dir_exists(work_dir.root_run_id):
            reason = f"the work directory {work_dir.uri} is empty"
            raise ConflictError(f"{reason}; send reuse_work_dir: false to start from the beginning")
        return work_dir


def _faults_in_params(
    version: PipelineVersion, parent: Run, params: Mapping[str, object], overrides: Mapping[str, object]
) -> list[Fault]:
    """Faults in the merged params; those of an override are reported as `override_params.NAME`."""
    fields = {f"params.{name}": f"override_params.{name}" for name in overrides}
    before, after = fill_values(version, parent.params), fill_values(version, params)
    changed = [
        param.name for param in version.params if param.fills and before.get(param.fills) != after.get(param.fills)
    ]
    return [
        *(replace(fault, field=fields.get(fault.field, fault.field)) for fault in validate_params(version, params)),
        *(Fault(field=f"override_params.{name}", message=_SHEET_IS_FIXED) for name in changed),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoverRun:
    """`number` returns random numbers of at least 32 bits, `session` random UUIDs."""

    plan: PlanRecovery
    queue: WorkQueue
    limits: OwnerLimits
    clock: Callable[[], datetime]
    number: Callable[[], int]
    session: Callable[[], str]

    def run(self, run_id: str, request: RunRecoverRequest, caller: Caller, *, creation_key: str | None = None) -> Run:
        """The pending run, or the run that an earlier attempt with the same `creation_key` made.

        Raises what PlanRecovery does, and TooManyRequestsError when the owner has reached one of `limits`.
        """
        run = self.plan.runs.created_by(creation_key) if creation_key else None
        if run is None:
            run = self._create(self.plan.run(run_id, request, caller), request, caller, creation_key)
            audit("run recovered", action="run_recovered", run_id=run.run_id, by=caller.email, parent_run_id=run_id)
        queue_stored_work(self.queue, WorkKind.LAUNCH, ChainStep(run_id=run.run_id, chain="submit"))
        return run

    def _create(self, recovery: Recovery, request: RunRecoverRequest, caller: Caller, creation_key: str | None) -> Run:
        runs, storage = self.plan.runs, self.plan.storage
        runs.require_within_limits(caller.email, self.limits, at=self.clock())
        params = resolve_params(recovery.version, recovery.params)
        inherited = [run_files.samplesheet_name(recovery.version.sheet_format)]
        files = {run_files.PARAMS: params_file(params)}
        if request.override_config is None:
            inherited.append(run_files.USER_CONFIG)
        else:
            files[run_files.USER_CONFIG] = config_file(request.override_config)

        def prepare(run_id: str) -> Run:
            storage.copy_run_files(recovery.parent.run_id, run_id, inherited)
            storage.upload_run_files(run_id, files)
            new = recovery.new_run(
                run_id, caller, new_session=self.session(), buckets=self.plan.buckets, at=self.clock()
            )
            return replace(new, notify=request.notify)

        insert = partial(runs.create_recovery_run, limits=self.limits, creation_key=creation_key)
        return create_with_free_id(runs, self.number, prepare, insert)
