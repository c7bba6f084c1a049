"""Function `runs`: submit, list, read, cancel and recover runs, and list their files."""

from functools import cache, partial
from typing import TYPE_CHECKING

import functions_framework
from flask import Request, Response

from common import startup  # noqa: F401 before what takes long to load
from common.composition.buckets import read_buckets
from common.composition.database import read_database
from common.composition.guard import make_guard
from common.composition.identity import read_identity, read_origins
from common.composition.limits.checks import read_checks
from common.composition.limits.owners import read_owner_limits
from common.composition.limits.searches import read_searches
from common.composition.process import environment, now
from common.composition.queue import read_queue
from common.services.postgres.engine import check_ready, make_engine
from common.services.postgres.idempotency import IdempotencyStore
from common.services.queue.work_queue import WorkQueue
from common.services.runs.store import RunStoreService
from common.services.storage.service import StorageService
from common.web.idempotency import IdempotencyGuard
from common.web.routing import answer_all_addresses, serve
from functions.runs.endpoints import RequestRules, RunEndpoints

if TYPE_CHECKING:
    from functions.runs.actions import RunActions


@cache
def endpoints() -> RunEndpoints:
    with environment() as env:
        identity, database, buckets = read_identity(env), read_database(env), read_buckets(env)
        queue, owner_limits = WorkQueue(read_queue(env)), read_owner_limits(env)
        searches, checks = read_searches(env), read_checks(env)
    engine, storage = make_engine(database), StorageService(buckets)

    @cache
    def actions() -> "RunActions":
        from functions.runs.actions import make_actions  # noqa: PLC0415 its docstring says why

        return make_actions(engine, storage, queue, buckets, owner_limits, domain=identity.hosted_domain, clock=now)

    return RunEndpoints(
        make_guard(identity, engine),
        RunStoreService(engine),
        storage,
        actions=actions,
        rules=RequestRules(
            idempotency=IdempotencyGuard(IdempotencyStore(engine), clock=now), searches=searches, checks=checks
        ),
        ready=partial(check_ready, engine),
        project=env.optional("GOOGLE_CLOUD_PROJECT"),
        origins=read_origins(env),
    )


@functions_framework.http
def runs(request: Request) -> Response:
    return serve(endpoints().routes, request)


answer_all_addresses(runs)
