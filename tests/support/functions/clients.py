"""Runs functions in the test's process: their real main.py, configured to use stand-ins."""

import gc
import sys
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from common.web.callers.identity import ASSERTION_HEADER
from localdev.stack.environment import function_environment
from localdev.stack.gateway.iap import IapSigner
from localdev.stack.layout import ARCHIVE_QUEUE, DEFAULT_USER, LOGS_BUCKET, QUEUE, RUNS_BUCKET
from localdev.stack.ports import Ports
from localdev.stack.provision import create_buckets_and_queues, create_lab_files, files_in_samplesheet
from localdev.stack.welcome import EXAMPLE_SHEET
from localdev.stand_ins.http.rest_service import RestService
from localdev.stand_ins.oidc import OidcSigner
from localdev.stand_ins.storage.service import StorageStandIn
from localdev.stand_ins.tasks.service import TasksStandIn
from tests.support.functions.applications import application_of
from tests.support.functions.pages import require_answer_as_pydantic_writes_it
from tests.support.telemetry import fresh_telemetry
from tools.pack_function.imports import ROOT


class Clouds:
    """Stand-ins for Storage, Tasks and both key servers; the queue is paused, so it keeps its work items."""

    def __init__(self, folder: Path) -> None:
        self.keys = folder / "keys"
        self.iap, self.oidc = IapSigner(self.keys), OidcSigner(self.keys)
        self.storage = StorageStandIn(0, folder / "storage", keys=self.keys)
        self.tasks = TasksStandIn(0, folder / "tasks", self.keys)
        self._key_server = RestService(
            0, [("GET", "/iap", lambda _call: self.iap.keys), ("GET", "/certs", lambda _call: self.oidc.certs)]
        )

    @contextmanager
    def started(self) -> Iterator["Clouds"]:
        services = (self.storage, self.tasks, self._key_server)
        for service in services:
            service.start()
        create_buckets_and_queues(storage_url=self.storage.url, tasks_url=self._tasks_url)
        create_lab_files(files_in_samplesheet(ROOT / EXAMPLE_SHEET), storage_url=self.storage.url)
        self._queue("pause")
        yield self
        for service in services:
            service.stop()

    def environment(self, function: str, database_url: str) -> dict[str, str]:
        """The environment variables of `function`."""
        keys_url = f"http://127.0.0.1:{self._key_server.port}"
        overrides = {
            "STORAGE_EMULATOR_HOST": self.storage.url,
            "TASKS_ENDPOINT": self._tasks_url,
            "IAP_KEYS_URL": f"{keys_url}/iap",
            "OIDC_CERTS_URL": f"{keys_url}/certs",
        }
        settings = function_environment(function, Ports(1), database_url, self.keys)
        return settings | {name: address for name, address in overrides.items() if name in settings}

    def objects(self) -> dict[str, bytes]:
        """The content of every object in the runs bucket, by name."""
        listing = requests.get(f"{self.storage.url}/storage/v1/b/{RUNS_BUCKET}/o", timeout=10).json()
        return {item["name"]: requests.get(item["mediaLink"], timeout=10).content for item in listing.get("items", [])}

    def put_log(self, name: str, content: bytes) -> None:
        """Store an object in the logs bucket."""
        self._put(LOGS_BUCKET, name, content)

    def put_input(self, name: str, content: bytes) -> None:
        """Store an object in the runs bucket."""
        self._put(RUNS_BUCKET, name, content)

    def _put(self, bucket: str, name: str, content: bytes) -> None:
        address = f"{self.storage.url}/upload/storage/v1/b/{bucket}/o"
        requests.post(
            address, params={"uploadType": "media", "name": name}, data=content, timeout=10
        ).raise_for_status()

    def work(self) -> list[str]:
        """The kinds of the work items in the queues."""
        kinds = []
        for queue in (QUEUE, ARCHIVE_QUEUE):
            listing = requests.get(f"{self._tasks_url}/v2/{queue}/tasks", timeout=10).json()
            kinds += [task["httpRequest"]["url"].partition("/work/")[2] for task in listing.get("tasks", [])]
        return kinds

    def empty(self) -> None:
        """Delete all objects and work items."""
        for bucket in (RUNS_BUCKET, LOGS_BUCKET):
            listing = requests.get(f"{self.storage.url}/storage/v1/b/{bucket}/o", timeout=10).json()
            for item in listing.get("items", []):
                requests.delete(item["selfLink"], timeout=10)
        self._queue("purge")

    @property
    def _tasks_url(self) -> str:
        return f"http://127.0.0.1:{self.tasks.port}"

    def _queue(self, verb: str) -> None:
        for queue in (QUEUE, ARCHIVE_QUEUE):
            requests.post(f"{self._tasks_url}/v2/{queue}:{verb}", json={}, timeout=10).raise_for_status()


class FunctionClient:
    """Sends requests to one function with the IAP assertion of a user."""

    def __init__(self, name: str, environment: Mapping[str, str], iap: IapSigner) -> None:
        self._iap, self._environment = iap, environment
        app = application_of(name)
        assert isinstance(app, Flask)
        self._client: FlaskClient = app.test_client()
        self._main = sys.modules["main"]  # loaded by functions-framework in create_app

    def close(self) -> None:
        """Release the function and the connections it keeps for its next request."""
        self._main.endpoints.cache_clear()
        del self._client, self._main
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)  # functions never close connections; their process ends
            gc.collect()

    def __call__(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        user: str | None = DEFAULT_USER,
        headers: Mapping[str, str] | None = None,
    ) -> TestResponse:
        """Send a request. `body` is sent as JSON unless it is bytes; with `user` None there is no assertion."""
        signed = {ASSERTION_HEADER: self._iap.assertion(user)} if user else {}
        sent: dict[str, Any] = {} if body is None else {"json": body}
        if isinstance(body, bytes):
            sent = {"data": body, "content_type": "application/json"}
        with pytest.MonkeyPatch.context() as patch, fresh_telemetry():
            for name, value in self._environment.items():
                patch.setenv(name, value)
            answer = self._client.open(path, method=method, headers=signed | dict(headers or {}), **sent)
        require_answer_as_pydantic_writes_it(path, answer)
        return answer
