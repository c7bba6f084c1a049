"""Function `runs`: submit, list, read, cancel and recover runs, and list their files."""

import secrets
import uuid
from functools import cache, partial

import functions_framework
from flask import Request, Response

from common import startup  # noqa: F401 before what takes long to load
from common.actions.recover import PlanRecovery, RecoverRun
from common.actions.request_cancel import RequestCancel
from common.actions.submit import SubmitRun
from common.composition.buckets import read_buckets
from common.composition.database import read_database
from common.composition.guard import make_guard
from common.composition.identity import read_identity, read_origins
from common.composition.limits.checks import read_checks
from common.composition.limits.owners import read_owner_limits
from common.composition.limits.searches import read_searches
from common.composition.process import environment, now
from common.composition.queue import read_queue
from common.services.pipelines.registry import PipelineRegistry
from common.services.postgres.engine import check_ready, make_engine
from common.services.postgres.idempotency import IdempotencyStore
from common.services.queue.work_queue import WorkQueue
from common.services.runs.creation import OwnerLimits
from common.services.runs.reuse_forecast import ReuseForecast
from common.services.runs.store import RunStoreService
from common.services.storage.file_check import FileCheck
from common.services.storage.service import StorageService
from common.web.idempotency import IdempotencyGuard
from common.web.routing import answer_all_addresses, serve
from functions.runs.endpoints import RequestRules, RunActions, RunEndpoints


@cache
def endpoints() -> RunEndpoints:
    with environment() as env:
        identity, database, buckets = read_identity(env), read_database(env), read_buckets(env)
        queue, owner_limits = WorkQueue(read_queue(env)), read_owner_limits(env)
        searches, checks = read_searches(env), read_checks(env)
    engine, storage = make_engine(database), StorageService(buckets)
    runs = RunStoreService(engine)
    plan = PlanRecovery(registry=PipelineRegistry.load(), storage=storage, runs=runs, buckets=buckets, clock=now)
    return RunEndpoints(
        make_guard(identity, engine),
        runs,
        storage,
        actions=make_actions(plan, queue, ReuseForecast(engine), owner_limits),
        rules=RequestRules(
            idempotency=IdempotencyGuard(IdempotencyStore(engine), clock=now), searches=searches, checks=checks
        ),
        ready=partial(check_ready, engine),
        project=env.optional("GOOGLE_CLOUD_PROJECT"),
        origins=read_origins(env),
    )


def make_actions(plan: PlanRecovery, queue: WorkQueue, forecast: ReuseForecast, limits: OwnerLimits) -> RunActions:
    submit = SubmitRun(
        registry=plan.registry,
        storage=plan.storage,
        file_check=FileCheck(plan.storage),
        runs=plan.runs,
        queue=queue,
        buckets=plan.buckets,
        limits=limits,
        clock=now,
        number=number,
        session=session,
    )
    recover = RecoverRun(
        plan=plan,
        queue=queue,
        limits=limits,
        clock=now,
        number=number,
        session=session,
    )
    cancel = RequestCancel(runs=plan.runs, queue=queue, clock=now)
    return RunActions(submit=submit, cancel=cancel, recover=recover, forecast=forecast)


def number() -> int:
    return secrets.randbits(32)


def session() -> str:
    return str(uuid.uuid4())


@functions_framework.http
def runs(request: Request) -> Response:
    return serve(endpoints().routes, request)


answer_all_addresses(runs)
