"""Sends requests to a running stack as a user who means harm."""

import json
import socket
from typing import Any, Final

import requests

from common.domain.runs.files import log_key
from localdev.stack.environment import ROOT, url
from localdev.stack.layout import HOST, LOGS_BUCKET
from localdev.stack.stack import Stack
from localdev.stack.welcome import EXAMPLE

_ANSWERS_WITHIN_S: Final = 240  # on a machine with other work


class User:
    """Sends requests through the public address of a stack."""

    def __init__(self, stack: Stack, email: str) -> None:
        self.email = email
        self._address, self._session = url(stack.ports.gateway), requests.Session()
        self._session.headers["X-Dev-User"] = email

    def ask(self, method: str, path: str, **more: Any) -> requests.Response:  # noqa: ANN401 options of requests
        return self._session.request(method, self._address + path, timeout=_ANSWERS_WITHIN_S, **more)

    def submit(self, **changes: object) -> requests.Response:
        return self.ask("POST", "/api/runs", json=json.loads((ROOT / EXAMPLE).read_bytes()) | changes)


def write_object(stack: Stack, bucket: str, name: str, content: bytes) -> None:
    """Write an object, as a job may."""
    address = f"{url(stack.ports.storage)}/upload/storage/v1/b/{bucket}/o"
    login = requests.auth.HTTPBasicAuth(*stack.secret.login)
    sent = requests.post(
        address, params={"uploadType": "media", "name": name}, data=content, auth=login, timeout=_ANSWERS_WITHIN_S
    )
    sent.raise_for_status()


def write_log(stack: Stack, run_id: str, name: str, content: bytes) -> None:
    """Replace a file in the logs folder of a run."""
    write_object(stack, LOGS_BUCKET, log_key(run_id, name), content)


def answers_to(port: int, sent: bytes) -> bytes:
    """All that a listener answers to these bytes, until it ends the connection or is silent for some seconds."""
    received = b""
    with socket.create_connection((HOST, port), timeout=_ANSWERS_WITHIN_S) as connection:
        connection.sendall(sent)
        connection.settimeout(5)
        try:
            while piece := connection.recv(1 << 16):
                received += piece
        except OSError:  # silent, or the rest of what was sent is not read
            pass
    return received
