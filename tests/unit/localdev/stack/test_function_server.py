"""Functions of the stack answer programs of this machine and pages of the gateway only."""

import asyncio
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from werkzeug.test import Client
from werkzeug.wrappers import Response as WsgiResponse

from localdev.stack.function_server import GuardedAsgi, GuardedWsgi

OURS = frozenset({"http://127.0.0.1:8080"})
REFUSED = [
    {"Host": "evil.example"},
    {"Host": "127.0.0.1:8090", "Origin": "https://evil.example"},
    {"Host": "127.0.0.1:8090", "Origin": "null"},
    {"Host": "127.0.0.1:8090", "Sec-Fetch-Site": "cross-site"},
]
ANSWERED = [
    {"Host": "127.0.0.1:8090"},
    {"Host": "localhost:8090", "Origin": "http://127.0.0.1:8080", "Sec-Fetch-Site": "same-origin"},
]
CASES = [(headers, 403) for headers in REFUSED] + [(headers, 200) for headers in ANSWERED]


@pytest.mark.parametrize(("headers", "status"), CASES)
def test_a_synchronous_function_is_guarded(headers: dict[str, str], status: int) -> None:
    client = Client(GuardedWsgi(WsgiResponse("hello"), OURS))
    answer = client.get("/api/runs", headers=headers)
    assert answer.status_code == status
    assert status == 200 or answer.get_json()["code"] == "FOREIGN_SITE"


@pytest.mark.parametrize(("headers", "status"), CASES)
def test_an_asynchronous_function_is_guarded(headers: dict[str, str], status: int) -> None:
    async def hello(_request: Request) -> Response:
        return PlainTextResponse("hello")

    async def ask(app: Any) -> httpx.Response:  # noqa: ANN401 see the ASGI specification
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app)) as client:
            return await client.get("http://127.0.0.1/api/runs", headers=headers)

    answer = asyncio.run(ask(GuardedAsgi(Starlette(routes=[Route("/{path:path}", hello)]), OURS)))
    assert answer.status_code == status
    assert status == 200 or answer.json()["code"] == "FOREIGN_SITE"
