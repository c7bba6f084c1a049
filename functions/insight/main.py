"""Function `insight`: what runs cost."""

from functools import cache, partial

import functions_framework
from flask import Request, Response

from common import startup  # noqa: F401 before what takes long to load
from common.composition.database import read_database
from common.composition.guard import make_guard
from common.composition.identity import read_identity, read_origins
from common.composition.process import environment
from common.services.insight.cost.service import CostService
from common.services.postgres.engine import check_ready, make_engine
from common.web.routing import answer_all_addresses, serve
from functions.insight.endpoints import InsightEndpoints


@cache
def endpoints() -> InsightEndpoints:
    with environment() as env:
        identity, database = read_identity(env), read_database(env)
    engine = make_engine(database)
    return InsightEndpoints(
        make_guard(identity, engine),
        CostService(engine),
        ready=partial(check_ready, engine),
        project=env.optional("GOOGLE_CLOUD_PROJECT"),
        origins=read_origins(env),
    )


@functions_framework.http
def insight(request: Request) -> Response:
    return serve(endpoints().routes, request)


answer_all_addresses(insight)
