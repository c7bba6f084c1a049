"""Function `pipelines`: which pipelines there are and what they take. Needs neither database nor Google client."""

from functools import cache

import functions_framework
from flask import Request, Response

from common import startup  # noqa: F401 before what takes long to load
from common.composition.child_jobs import read_child_jobs
from common.composition.identity import read_identity, read_origins
from common.composition.limits.checks import read_checks
from common.composition.process import environment
from common.services.pipelines.registry import PipelineRegistry
from common.web.callers.identity import identifier
from common.web.routing import answer_all_addresses, serve
from functions.pipelines.endpoints import PipelineEndpoints


@cache
def endpoints() -> PipelineEndpoints:
    with environment() as env:
        identity, child_jobs, checks = read_identity(env), read_child_jobs(env), read_checks(env)
        origins = read_origins(env)
    return PipelineEndpoints(
        identifier(identity),
        PipelineRegistry.load(),
        child_jobs,
        checks=checks,
        project=child_jobs.project,
        origins=origins,
    )


@functions_framework.http
def pipelines(request: Request) -> Response:
    return serve(endpoints().routes, request)


answer_all_addresses(pipelines)
