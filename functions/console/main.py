"""Function `console`: the built files of the page. Needs neither database nor Google client."""

from functools import cache
from typing import Final

import functions_framework
from flask import Request, Response

from common import startup  # noqa: F401 before what takes long to load
from common.composition.identity import read_identity, read_origins
from common.composition.process import environment
from common.web.callers.identity import identifier
from common.web.routing import answer_all_addresses, serve
from functions.console.endpoints import ConsoleEndpoints, ProgramClient
from functions.console.files import built_files

STORAGE_URL: Final = "https://storage.googleapis.com"


@cache
def endpoints() -> ConsoleEndpoints:
    with environment() as env:
        identity, origins = read_identity(env), read_origins(env)
        storage_url = env.override("STORAGE_EMULATOR_HOST") or STORAGE_URL
        programs = ProgramClient(
            client_id=env.optional("PROGRAMS_CLIENT_ID"), client_secret=env.optional("PROGRAMS_CLIENT_SECRET")
        )
        project = env.optional("GOOGLE_CLOUD_PROJECT")
    return ConsoleEndpoints(
        identifier(identity),
        built_files(),
        storage_url=storage_url,
        programs=programs,
        project=project,
        origins=origins,
    )


@functions_framework.http
def console(request: Request) -> Response:
    return serve(endpoints().routes, request)


answer_all_addresses(console)
