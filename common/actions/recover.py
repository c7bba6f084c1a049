"""Recover a run: take a failed or cancelled one up again, so that what has finished need not run again.

Everything is checked before anything is stored, then inputs, row and work item follow as in a submit.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain

from common.actions.steps.check_inputs import faults_in_config
from common.actions.steps.foreign_files import faults_in_foreign_files
from common.actions.steps.new_run import config_file, create_with_free_id, params_file
from common.domain.pipelines.param_resolution import filling_params, resolve_params
from common.domain.runs import files as run_files
from common.domain.runs.access import Caller, require_owner
from common.domain.runs.bucket_references import texts_of_config, texts_of_params
from common.domain.runs.files import Buckets
from common.domain.runs.recovery import Recovery, WorkDir, merged_params, require_recoverable, work_dir_of
from common.domain.runs.run import Run
from common.domain.runs.work_items import ChainStep, WorkKind
from common.errors import ConflictError, Fault, NotFoundError, ValidationError
from common.schemas.runs import RunRecoverRequest
from common.services.pipelines.registry import PipelineRegistry
from common.services.queue.work_queue import WorkQueue
from common.services.runs.store import RunStoreService
from common.services.storage.service import StorageService
from common.telemetry import audit

_TOO_LATE = "fills the samplesheet when a run is submitted, and a recovery keeps its parent's sheet; submit a new run"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRecovery:
    """Called with a run id, a request and who sends it; what the recovery is to be comes back, and nothing changes.

    Raises NotFoundError, AuthorizationError, ConflictError with the reason when the run cannot be recovered so,
    ValidationError for params or a config that do not fit, and UnavailableError.
    """

    registry: PipelineRegistry
    storage: StorageService
    runs: RunStoreService
    buckets: Buckets

    def run(self, run_id: str, request: RunRecoverRequest, caller: Caller) -> Recovery:
        parent = self.runs.get_run(run_id)
        require_owner(caller, owner=parent.user_email, thing=f"run {run_id}")
        require_recoverable(parent)
        params = merged_params(parent, request.override_params)
        config_faults = faults_in_config(request.override_config, field="override_config")
        texts = chain(  # what the parent names was looked at when it was submitted
            texts_of_params(request.override_params, field="override_params"),
            texts_of_config(request.override_config, field="override_config"),
        )
        foreign = faults_in_foreign_files(self.runs, self.buckets, caller, texts)
        faults_of_params = self._faults_of(parent, params, overridden=request.override_params.keys())
        if faults := [*faults_of_params, *config_faults, *foreign]:
            raise ValidationError(faults)
        work_dir = self._work_dir_of(parent) if request.reuse_work_dir else None
        return Recovery(parent=parent, params=params, work_dir=work_dir, notes=request.notes)

    def _faults_of(self, parent: Run, params: dict[str, object], *, overridden: Collection[str]) -> list[Fault]:
        try:
            version = self.registry.get_pipeline(parent.pipeline, parent.pipeline_version)
        except NotFoundError as error:
            raise ConflictError(f"run {parent.run_id} cannot be recovered: {error.message}") from error
        late = [name for name in filling_params(version) if params.get(name) != parent.params.get(name)]
        asked_for = {f"params.{name}": f"override_params.{name}" for name in overridden}
        judged = self.registry.validate_params(version.pipeline, version.version, params)
        return [
            *(replace(fault, field=asked_for.get(fault.field, fault.field)) for fault in judged),
            *(Fault(field=f"override_params.{name}", message=_TOO_LATE) for name in late),
        ]

    def _work_dir_of(self, parent: Run) -> WorkDir:
        self.runs.require_idle_session(parent.session_id)
        work_dir = work_dir_of(self.runs.get_run(parent.root_run_id), self.buckets)
        if not self.storage.check_work_dir_exists(work_dir.root_run_id):
            told = f"the work directory {work_dir.uri} is empty or has expired; reuse_work_dir: false starts afresh"
            raise ConflictError(told)
        return work_dir


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovered:
    """The new run, and when the work directory that it reuses expires; None when it began anew."""

    run: Run
    work_dir_expires_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoverRun:
    """Called as PlanRecovery is; the pending run comes back, or the one that an earlier try made.

    Raises what PlanRecovery does, and TooManyRequestsError beyond `runs_per_minute` runs of one owner. `number` gives
    random numbers of at least 32 bits, `session` random UUIDs.
    """

    plan: PlanRecovery
    queue: WorkQueue
    runs_per_minute: int
    clock: Callable[[], datetime]
    number: Callable[[], int]
    session: Callable[[], str]

    def run(
        self, run_id: str, request: RunRecoverRequest, caller: Caller, *, creation_key: str | None = None
    ) -> Recovered:
        run = self.plan.runs.created_by(creation_key) if creation_key else None
        if run is None:
            run = self._create(self.plan.run(run_id, request, caller), request, caller, creation_key)
            audit("run recovered", action="run_recovered", run_id=run.run_id, by=caller.email, parent_run_id=run_id)
        step = ChainStep(run_id=run.run_id, chain="submit")
        self.queue.add(WorkKind.LAUNCH, step.as_json(), key=step.key)
        return Recovered(run=run, work_dir_expires_at=self._expiry_of_work_dir(run))

    def _expiry_of_work_dir(self, run: Run) -> datetime | None:
        if run.reused_work_dir is None:
            return None
        return work_dir_of(self.plan.runs.get_run(run.root_run_id), self.plan.buckets).expires_at

    def _create(self, recovery: Recovery, request: RunRecoverRequest, caller: Caller, creation_key: str | None) -> Run:
        runs, storage = self.plan.runs, self.plan.storage
        runs.require_create_rate(caller.email, at=self.clock(), per_minute=self.runs_per_minute)
        version = self.plan.registry.get_pipeline(recovery.parent.pipeline, recovery.parent.pipeline_version)
        params = resolve_params(version, recovery.params).params
        inherited, files = [run_files.SAMPLESHEET], {run_files.PARAMS: params_file(params)}
        if request.override_config is None:
            inherited.append(run_files.USER_CONFIG)
        else:
            files[run_files.USER_CONFIG] = config_file(request.override_config)

        def store(run_id: str) -> Run | None:
            run = recovery.new_run(
                run_id, caller, new_session=self.session(), buckets=self.plan.buckets, at=self.clock()
            )
            storage.copy_run_files(recovery.parent.run_id, run_id, inherited)
            storage.upload_run_files(run_id, files)
            is_new = runs.create_recovery_run(run, per_minute=self.runs_per_minute, creation_key=creation_key)
            return run if is_new else None

        return create_with_free_id(runs, self.number, store)
