"""Runs the gateway as a process: python -m localdev.stack.gateway --port PORT --keys FOLDER."""

import argparse
from pathlib import Path

from aiohttp import web

from localdev.stack.gateway.app import Gateway
from localdev.stack.gateway.iap import IapSigner
from localdev.stack.layout import HOST
from localdev.stack.ports import Ports


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(prog="python -m localdev.stack.gateway")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--keys", type=Path, required=True, help="the folder of the key that signs IAP assertions")
    parser.add_argument("--mails", type=Path, required=True, help="the Maildir that the page /dev/mails shows")
    arguments = parser.parse_args()
    gateway = Gateway(Ports(arguments.port), IapSigner(arguments.keys), mails=arguments.mails)
    # With handler_cancellation, a caller who leaves also ends the request to the function.
    web.run_app(
        gateway.application(), host=HOST, port=arguments.port, print=None, access_log=None,
        handler_cancellation=True, shutdown_timeout=0.5,
    )  # fmt: skip


if __name__ == "__main__":
    main()
