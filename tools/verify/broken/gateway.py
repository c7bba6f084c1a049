"""A gateway with one fault, started like localdev.stack.gateway, with --fault."""

import argparse
import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import aiohttp
from aiohttp import web

from common.errors import NotFoundError
from localdev.stack.gateway.app import Gateway
from localdev.stack.gateway.iap import IapSigner
from localdev.stack.layout import HOST
from localdev.stack.ports import Ports

_EVENTS: Final = "/events"
_CUT_AFTER_S: Final = 1.0


class StrippedSigner(IapSigner):
    """Signs nothing, as if a rule of the load balancer removed the assertion."""

    def assertion(self, email: str) -> str:  # noqa: ARG002 nobody is named
        return ""


class BufferingGateway(Gateway):
    """Waits for the end of an answer before it sends the first byte."""

    async def _stream(self, request: web.Request, answer: aiohttp.ClientResponse) -> web.StreamResponse:
        if not request.path.endswith(_EVENTS):
            return await super()._stream(request, answer)
        return web.Response(body=await answer.read(), headers={"Content-Type": "text/event-stream"})


class ImpatientGateway(Gateway):
    """Ends each stream after a moment, as a gateway with a deadline does."""

    async def _stream(self, request: web.Request, answer: aiohttp.ClientResponse) -> web.StreamResponse:
        if not request.path.endswith(_EVENTS):
            return await super()._stream(request, answer)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        try:
            async with asyncio.timeout(_CUT_AFTER_S):
                async for piece in _pieces(answer):
                    await response.write(piece)
        except TimeoutError:
            await response.write_eof()
        return response


class ForgetfulGateway(Gateway):
    """Does not know the address of costs, as with an older description of the API."""

    async def _route(self, request: web.Request) -> web.StreamResponse:
        if request.path == "/api/costs":
            raise NotFoundError("the gateway has no such path")
        return await super()._route(request)


async def _pieces(answer: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    async for piece in answer.content.iter_any():
        yield piece


FAULTS: Final = {
    "strip": Gateway,
    "buffer": BufferingGateway,
    "cut": ImpatientGateway,
    "forget": ForgetfulGateway,
}


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(prog="python -m tools.verify.broken.gateway")
    parser.add_argument("--fault", choices=FAULTS, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--keys", type=Path, required=True)
    parser.add_argument("--mails", type=Path, required=True)
    options = parser.parse_args()
    signer = StrippedSigner(options.keys) if options.fault == "strip" else IapSigner(options.keys)
    gateway = FAULTS[options.fault](Ports(options.port), signer, mails=options.mails)
    web.run_app(gateway.application(), host=HOST, port=options.port, print=None, access_log=None)


if __name__ == "__main__":
    main()
