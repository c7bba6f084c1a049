"""Function `users`: the profile, preferences and stats of the signed-in user."""

from functools import cache, partial

import functions_framework
from flask import Request, Response

from common import startup  # noqa: F401 before what takes long to load
from common.composition.database import read_database
from common.composition.identity import read_identity, read_origins
from common.composition.process import environment, now
from common.services.postgres.engine import check_ready, make_engine
from common.services.users.service import UserService
from common.web.callers.identity import identifier
from common.web.routing import answer_all_addresses, serve
from functions.users.endpoints import UserEndpoints


@cache
def endpoints() -> UserEndpoints:
    with environment() as env:
        identity, database = read_identity(env), read_database(env)
    engine = make_engine(database)
    return UserEndpoints(
        identifier(identity),
        UserService(engine),
        now,
        ready=partial(check_ready, engine),
        project=env.optional("GOOGLE_CLOUD_PROJECT"),
        origins=read_origins(env),
    )


@functions_framework.http
def users(request: Request) -> Response:
    return serve(endpoints().routes, request)


answer_all_addresses(users)
