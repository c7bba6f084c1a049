"""Function `pipelines`: which pipelines there are and what they take. Needs neither database nor Google client."""

import os
from functools import cache, partial

import functions_framework
from flask import Request, Response

from common import startup  # noqa: F401 before what takes long to load
from common.domain.batch.launch_config import ChildJobSettings
from common.services.pipelines.registry import PipelineRegistry
from common.settings import Environment, IdentitySettings
from common.telemetry import start_telemetry
from common.web.callers.identity import IapVerifier, get_current_user
from common.web.callers.keys import KeySet
from common.web.routing import serve
from functions.pipelines.endpoints import PipelineEndpoints


@cache
def endpoints() -> PipelineEndpoints:
    env = Environment(os.environ)
    identity = IdentitySettings.read(env)
    project = env.required("GOOGLE_CLOUD_PROJECT")
    child_jobs = ChildJobSettings(
        project=project,
        location=env.required("BATCH_LOCATION"),
        service_account=env.required("HEAD_JOB_SERVICE_ACCOUNT"),
        network=env.optional("HEAD_JOB_NETWORK"),
        subnetwork=env.optional("HEAD_JOB_SUBNETWORK"),
    )
    env.check()
    start_telemetry()
    verifier = IapVerifier(identity.audience, identity.hosted_domain, identity.admins, KeySet(identity.keys_url))
    return PipelineEndpoints(
        partial(get_current_user, verifier=verifier, debug_caller=identity.debug_caller),
        PipelineRegistry.load(),
        child_jobs,
        project=project,
    )


@functions_framework.http
def pipelines(request: Request) -> Response:
    return serve(endpoints().routes, request)
