import asyncio
from collections.abc import AsyncIterator

import pytest
from httpx import Response as Answer
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from common.errors import NotFoundError, UnavailableError
from common.web.asgi import AsyncHandler, AsyncRoutes, serve_async
from tests.support.functions.asgi import app_of, ask
from tests.unit.common.web.conftest import Records


class Function:
    """A function with a few addresses, called over ASGI."""

    def __init__(self) -> None:
        self.is_ready = True
        table: dict[str, AsyncHandler] = {
            "/api/runs/<run_id>": self._run,
            "/broken": self._broken,
            "/endless": self._endless,
        }
        self._routes = AsyncRoutes(table, ready=self._ready, project="lab")
        self._app = app_of(self._serve)

    def get(self, path: str, **headers: str) -> Answer:
        return ask(self._app, path, {name.replace("_", "-"): value for name, value in headers.items()})

    def send(self, method: str, path: str) -> Answer:
        return ask(self._app, path, method=method)

    async def _serve(self, request: Request) -> Response:
        return await serve_async(self._routes, request)

    async def _ready(self) -> None:
        if not self.is_ready:
            raise UnavailableError("the database is away")

    async def _run(self, _request: Request, run_id: str) -> Response:
        if run_id == "none":
            raise NotFoundError("there is no run none")
        return JSONResponse({"run_id": run_id})

    async def _broken(self, _request: Request) -> Response:
        raise KeyError("secret")

    async def _endless(self, _request: Request) -> Response:
        async def pieces() -> AsyncIterator[bytes]:
            while True:
                yield b"more"
                await asyncio.sleep(0.01)

        return StreamingResponse(pieces(), media_type="text/event-stream")


@pytest.fixture
def function() -> Function:
    return Function()


def test_a_handler_gets_the_parts_of_its_address(function: Function) -> None:
    assert function.get("/api/runs/run-1").json() == {"run_id": "run-1"}


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/api/runs/none", 404, "NOT_FOUND"),
        ("/nowhere", 404, "NOT_FOUND"),
        ("/api/runs/a/b", 404, "NOT_FOUND"),
        ("/api/runs/%00", 404, "NOT_FOUND"),
        ("/broken", 500, "INTERNAL"),
    ],
)
def test_every_error_has_the_standard_form(
    function: Function, logged: Records, path: str, status: int, code: str
) -> None:
    answer = function.get(path)
    body = answer.json()
    assert (answer.status_code, body["code"], answer.headers["content-type"]) == (status, code, "application/json")
    assert body["request_id"] == answer.headers["x-request-id"]
    assert {"error", "detail"} <= set(body)
    assert "secret" not in answer.text


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "FOO"])
def test_other_methods_are_refused(function: Function, method: str) -> None:
    answer = function.send(method, "/api/runs/run-1")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, OPTIONS")
    assert answer.json()["code"] == "METHOD_NOT_ALLOWED"
    assert answer.json()["request_id"] == answer.headers["x-request-id"]
    assert function.send(method, "/nowhere").status_code == 404


def test_options_lists_the_methods_of_an_address(function: Function) -> None:
    answer = function.send("OPTIONS", "/api/runs/run-1")
    assert (answer.status_code, answer.content, answer.headers["allow"]) == (204, b"", "GET, HEAD, OPTIONS")
    assert function.send("OPTIONS", "/nowhere").status_code == 404


def test_health_does_not_depend_on_readiness(function: Function) -> None:
    function.is_ready = False
    assert function.get("/health").json() == {"status": "ok"}


@pytest.mark.parametrize(("is_ready", "status"), [(True, 200), (False, 503)])
def test_readiness_reports_a_missing_dependency(function: Function, *, is_ready: bool, status: int) -> None:
    function.is_ready = is_ready
    assert function.get("/ready").status_code == status


def test_answers_are_not_cached(function: Function) -> None:
    headers = function.get("/api/runs/run-1", x_request_id="my-request-1").headers
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-request-id"] == "my-request-1"


def test_head_of_an_endless_stream_ends(function: Function) -> None:
    answer = function.send("HEAD", "/endless")
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-type"].startswith("text/event-stream")


def test_an_unexpected_error_is_logged(function: Function, logged: Records) -> None:
    function.get("/broken")
    assert "secret" in logged.lines[0]
