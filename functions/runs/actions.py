"""What can be done with runs. Loaded with the first POST, PATCH or DELETE: it takes a tenth of a cold start."""

import secrets
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine

from common.actions.recover import PlanRecovery, RecoverRun
from common.actions.request_cancel import RequestCancel
from common.actions.submit import SubmitRun
from common.actions.update_run import UpdateRun
from common.domain.nextflow.config.user_config import warnings_in_config
from common.domain.runs.files import Buckets
from common.errors import Fault
from common.services.pipelines.registry import PipelineRegistry
from common.services.queue.work_queue import WorkQueue
from common.services.runs.creation import OwnerLimits
from common.services.runs.details import RunDetails
from common.services.runs.reuse_forecast import ReuseForecast
from common.services.runs.store import RunStoreService
from common.services.storage.file_check import FileCheck
from common.services.storage.service import StorageService


@dataclass(frozen=True, slots=True, kw_only=True)
class RunActions:
    """What can be done with runs; `forecast` estimates what a recovery can reuse."""

    submit: SubmitRun
    cancel: RequestCancel
    recover: RecoverRun
    update: UpdateRun
    forecast: ReuseForecast

    @staticmethod
    def warnings_in(config: str | None, *, field: str) -> list[Fault]:
        """What a user's config probably does not mean."""
        return warnings_in_config(config, field=field)


def make_actions(
    engine: Engine,
    storage: StorageService,
    queue: WorkQueue,
    buckets: Buckets,
    limits: OwnerLimits,
    *,
    domain: str,
    clock: Callable[[], datetime],
) -> RunActions:
    runs, registry = RunStoreService(engine), PipelineRegistry.load()
    plan = PlanRecovery(registry=registry, storage=storage, runs=runs, buckets=buckets, clock=clock)
    submit = SubmitRun(
        registry=registry,
        storage=storage,
        file_check=FileCheck(storage),
        runs=runs,
        queue=queue,
        buckets=buckets,
        limits=limits,
        clock=clock,
        number=_number,
        session=_session,
    )
    recover = RecoverRun(plan=plan, queue=queue, limits=limits, clock=clock, number=_number, session=_session)
    cancel = RequestCancel(runs=runs, queue=queue, clock=clock)
    update = UpdateRun(details=RunDetails(engine), domain=domain, clock=clock)
    return RunActions(submit=submit, cancel=cancel, recover=recover, update=update, forecast=ReuseForecast(engine))


def _number() -> int:
    return secrets.randbits(32)


def _session() -> str:
    return str(uuid.uuid4())
