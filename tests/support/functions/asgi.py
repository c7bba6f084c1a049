"""Sends requests to an ASGI application without a server, each in a new event loop."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

TIMEOUT_S = 60.0


def app_of(serve: Callable[[Request], Awaitable[Response]]) -> Starlette:
    """An application that serves every path with `serve`, as functions-framework does."""
    route = Route("/{path:path}", serve)
    route.methods = None  # any method
    return Starlette(routes=[route])


def ask(app: Starlette, path: str, headers: Mapping[str, str] | None = None, *, method: str = "GET") -> httpx.Response:
    """Send a request; return the response once it is complete."""

    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://function") as client:
            return await asyncio.wait_for(client.request(method, path, headers=headers), TIMEOUT_S)

    return asyncio.run(send())
