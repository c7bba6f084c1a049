"""Function `users`: the profile, preferences and stats of the signed-in user, and the status of Sluice."""

import secrets
from functools import cache, partial

import functions_framework
from flask import Request, Response

from common import startup  # noqa: F401 before what takes long to load
from common.actions.steps.try_targets import TryTargets
from common.composition.database import read_database
from common.composition.identity import read_identity, read_origins
from common.composition.process import environment, now
from common.composition.queue import read_queue
from common.composition.receivers import read_exempt_receivers
from common.services.health.service import HealthService
from common.services.notifications.store import NotificationStore
from common.services.postgres.engine import check_ready, make_engine
from common.services.postgres.quotas import QuotaStore
from common.services.queue.work_queue import WorkQueue
from common.services.users.service import UserService
from common.web.callers.identity import identifier
from common.web.routing import answer_all_addresses, serve
from functions.users.endpoints import TargetRules, UserEndpoints


@cache
def endpoints() -> UserEndpoints:
    with environment() as env:
        identity, database = read_identity(env), read_database(env)
        queue, exempt = WorkQueue(read_queue(env)), read_exempt_receivers(env)
        has_mail_server = bool(env.optional("SMTP_HOST"))
    engine = make_engine(database)
    store = NotificationStore(engine)
    try_all = TryTargets(notifications=store, quotas=QuotaStore(engine), queue=queue, clock=now, new_id=new_test_id)
    return UserEndpoints(
        identifier(identity),
        UserService(engine),
        HealthService(engine, now),
        TargetRules(
            notifications=store,
            try_all=try_all,
            random_bytes=secrets.token_bytes,
            exempt=exempt,
            has_mail_server=has_mail_server,
        ),
        now,
        ready=partial(check_ready, engine),
        project=env.optional("GOOGLE_CLOUD_PROJECT"),
        origins=read_origins(env),
    )


def new_test_id() -> str:
    return f"test-{secrets.token_hex(16)}"


@functions_framework.http
def users(request: Request) -> Response:
    return serve(endpoints().routes, request)


answer_all_addresses(users)
