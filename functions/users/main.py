"""Function `users`: the profile, preferences and stats of who is signed in."""

import os
from datetime import UTC, datetime
from functools import cache, partial

import functions_framework
from flask import Request, Response

from common import startup  # noqa: F401 before what takes long to load
from common.services.postgres.engine import check_ready, make_engine
from common.services.users.service import UserService
from common.settings import DatabaseSettings, Environment, IdentitySettings
from common.telemetry import start_telemetry
from common.web.callers.identity import identifier
from common.web.routing import serve
from functions.users.endpoints import UserEndpoints


@cache
def endpoints() -> UserEndpoints:
    env = Environment(os.environ)
    identity, database = IdentitySettings.read(env), DatabaseSettings.read(env)
    env.check()
    start_telemetry()
    engine = make_engine(database)
    return UserEndpoints(
        identifier(identity),
        UserService(engine),
        partial(datetime.now, UTC),
        ready=partial(check_ready, engine),
        project=env.optional("GOOGLE_CLOUD_PROJECT"),
    )


@functions_framework.http
def users(request: Request) -> Response:
    return serve(endpoints().routes, request)
