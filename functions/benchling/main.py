"""Function `benchling`: what the laboratory has sequenced. Needs the Benchling warehouse and no database of ours."""

import os
from datetime import UTC, datetime
from functools import cache

import functions_framework
from flask import Request, Response

from common import startup  # noqa: F401 before what takes long to load
from common.services.benchling.circuit_breaker import CircuitBreaker
from common.services.benchling.engine import benchling_engine
from common.services.benchling.mapping import read_mapping
from common.services.benchling.service import BenchlingService
from common.services.benchling.warehouse import Warehouse
from common.services.pipelines.registry import PipelineRegistry
from common.settings import BenchlingSettings, Environment, IdentitySettings
from common.telemetry import start_telemetry
from common.web.callers.identity import identifier
from common.web.routing import serve
from functions.benchling.endpoints import BenchlingEndpoints


@cache
def endpoints() -> BenchlingEndpoints:
    env = Environment(os.environ)
    identity, benchling = IdentitySettings.read(env), BenchlingSettings.read(env)
    env.check()
    start_telemetry()
    warehouse = Warehouse(benchling_engine(benchling.url), CircuitBreaker(now))
    return BenchlingEndpoints(
        identifier(identity),
        BenchlingService(warehouse, read_mapping(benchling.mapping), now),
        PipelineRegistry.load(),
        ready=warehouse.check_ready,
        project=env.optional("GOOGLE_CLOUD_PROJECT"),
    )


def now() -> datetime:
    return datetime.now(UTC)


@functions_framework.http
def benchling(request: Request) -> Response:
    return serve(endpoints().routes, request)
