"""Function `benchling`: NGS runs and samplesheets from the Benchling warehouse. It needs no other database."""

from functools import cache

import functions_framework
from flask import Request, Response

from common import startup  # noqa: F401 before what takes long to load
from common.composition.identity import read_identity, read_origins
from common.composition.limits.searches import read_searches
from common.composition.process import environment, now
from common.services.benchling.circuit_breaker import CircuitBreaker
from common.services.benchling.engine import benchling_engine
from common.services.benchling.mapping import read_mapping
from common.services.benchling.service import BenchlingService
from common.services.benchling.warehouse import Warehouse
from common.services.pipelines.registry import PipelineRegistry
from common.web.callers.identity import identifier
from common.web.routing import answer_all_addresses, serve
from functions.benchling.endpoints import BenchlingEndpoints


@cache
def endpoints() -> BenchlingEndpoints:
    with environment() as env:
        identity, searches = read_identity(env), read_searches(env)
        url, mapping = env.required("BENCHLING_URL"), env.optional("BENCHLING_MAPPING")
    warehouse = Warehouse(benchling_engine(url), CircuitBreaker(now))
    return BenchlingEndpoints(
        identifier(identity),
        BenchlingService(warehouse, read_mapping(mapping), now),
        PipelineRegistry.load(),
        searches=searches,
        ready=warehouse.check_ready,
        project=env.optional("GOOGLE_CLOUD_PROJECT"),
        origins=read_origins(env),
    )


@functions_framework.http
def benchling(request: Request) -> Response:
    return serve(endpoints().routes, request)


answer_all_addresses(benchling)
