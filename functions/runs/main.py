"""Function `runs`: submit, list, read, cancel and recover runs, and list their files."""

import os
import secrets
import uuid
from datetime import UTC, datetime
from functools import cache, partial

import functions_framework
from flask import Request, Response

from common import startup  # noqa: F401 before what takes long to load
from common.actions.recover import PlanRecovery, RecoverRun
from common.actions.request_cancel import RequestCancel
from common.actions.submit import SubmitRun
from common.domain.runs.files import Buckets
from common.services.pipelines.registry import PipelineRegistry
from common.services.postgres.engine import check_ready, make_engine
from common.services.postgres.idempotency import IdempotencyStore
from common.services.queue.work_queue import WorkQueue
from common.services.runs.reuse_forecast import ReuseForecast
from common.services.runs.store import RunStoreService
from common.services.storage.file_check import FileCheck
from common.services.storage.service import StorageService
from common.services.users.service import UserService
from common.settings import (
    BucketSettings,
    DatabaseSettings,
    Environment,
    IdentitySettings,
    LimitSettings,
    QueueSettings,
)
from common.telemetry import start_telemetry
from common.web.callers.identity import identifier
from common.web.callers.logins import noting_logins
from common.web.idempotency import IdempotencyGuard
from common.web.routing import serve
from functions.runs.endpoints import RunEndpoints
from functions.runs.run_actions import RunActions


@cache
def endpoints() -> RunEndpoints:
    env = Environment(os.environ)
    identity, database, names = IdentitySettings.read(env), DatabaseSettings.read(env), BucketSettings.read(env)
    queue, limits = WorkQueue(QueueSettings.read(env)), LimitSettings.read(env)
    env.check()
    start_telemetry()
    engine = make_engine(database)
    runs, buckets = RunStoreService(engine), Buckets(runs=names.runs, logs=names.logs, work=names.work)
    storage = StorageService(buckets)
    plan = PlanRecovery(registry=PipelineRegistry.load(), storage=storage, runs=runs, buckets=buckets)
    return RunEndpoints(
        noting_logins(identifier(identity), UserService(engine), now),
        runs,
        storage,
        actions=make_actions(plan, queue, limits, ReuseForecast(engine)),
        once=IdempotencyGuard(IdempotencyStore(engine), clock=now),
        ready=partial(check_ready, engine),
        project=env.optional("GOOGLE_CLOUD_PROJECT"),
    )


def make_actions(plan: PlanRecovery, queue: WorkQueue, limits: LimitSettings, forecast: ReuseForecast) -> RunActions:
    submit = SubmitRun(
        registry=plan.registry,
        storage=plan.storage,
        file_check=FileCheck(plan.storage),
        runs=plan.runs,
        queue=queue,
        buckets=plan.buckets,
        runs_per_minute=limits.runs_per_minute,
        clock=now,
        number=number,
        session=session,
    )
    recover = RecoverRun(
        plan=plan,
        queue=queue,
        runs_per_minute=limits.runs_per_minute,
        clock=now,
        number=number,
        session=session,
    )
    cancel = RequestCancel(runs=plan.runs, queue=queue, clock=now)
    return RunActions(submit=submit, cancel=cancel, recover=recover, forecast=forecast)


def now() -> datetime:
    return datetime.now(UTC)


def number() -> int:
    return secrets.randbits(32)


def session() -> str:
    return str(uuid.uuid4())


@functions_framework.http
def runs(request: Request) -> Response:
    return serve(endpoints().routes, request)
