"""Asks an asynchronous function without a server, each time in an event loop of its own."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

LONGEST_S = 20.0


def app_of(serve: Callable[[Request], Awaitable[Response]]) -> Starlette:
    """An application that serves every path as functions-framework does."""
    return Starlette(routes=[Route("/{path:path}", serve, methods=["GET", "HEAD", "POST", "PUT", "OPTIONS"])])


def ask(app: Starlette, path: str, headers: Mapping[str, str] | None = None, *, method: str = "GET") -> httpx.Response:
    """The whole answer, once it has ended."""

    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://function") as client:
            return await asyncio.wait_for(client.request(method, path, headers=headers), LONGEST_S)

    return asyncio.run(send())
