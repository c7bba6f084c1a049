"""coldstart.{function}: processor time from process start to the first authenticated answer, relative to hello-world.

Each request is a typical one that reads data. The function takes turns with hello-world under the same framework.
Processor time, because the clock would measure what else the machine does.
"""

import http.client
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from bench.harness import cold_function
from bench.harness.databases import database_with_runs, running_postgres
from bench.harness.figures import Figure
from bench.harness.processor_time import processor_s
from bench.harness.seeding import id_of_run
from localdev.stack.environment import ROOT, base_environment, function_environment, trigger_url, url
from localdev.stack.gateway.iap import ASSERTION_HEADER, IapSigner
from localdev.stack.layout import ADMIN, EVENTS_CALLER, FUNCTIONS, HOST, LOGS_BUCKET, PAGE, TASKS_CALLER
from localdev.stack.ports import Ports, free_port
from localdev.stand_ins.benchling.address import DATABASE, READER
from localdev.stand_ins.benchling.warehouse import make_warehouse
from localdev.stand_ins.http.rest_service import RestService
from localdev.stand_ins.oidc import OidcSigner
from localdev.stand_ins.storage.service import StorageStandIn

ROUNDS = 11
GOALS = {"pipelines": 1.8, "console": 1.8, "queue_worker": 5.0}
_WITH_A_DATABASE = 4.5
_UNUSED_PORTS = Ports(1)
_PATIENCE_S = 120
_RUNS = 100
_HELLO = "hello"


@dataclass(frozen=True, slots=True)
class FirstRequest:
    """The first request to a function."""

    path: str
    headers: Mapping[str, str]
    body: bytes | None = None

    def send(self, port: int) -> int:
        """The status of the answer. Raises OSError while nothing listens."""
        connection = http.client.HTTPConnection(HOST, port, timeout=_PATIENCE_S)
        try:
            connection.request("POST" if self.body is not None else "GET", self.path, self.body, dict(self.headers))
            return connection.getresponse().status
        finally:
            connection.close()


def measure() -> list[Figure]:
    """One figure per function."""
    with tempfile.TemporaryDirectory(prefix="sluice-bench-") as folder, running_postgres() as postgres:
        keys, database = Path(folder), database_with_runs(postgres, _RUNS)
        with _servers(keys) as settings_of_servers:
            environments = {name: function_environment(name, _UNUSED_PORTS, database, keys) for name in FUNCTIONS}
            empty_database = database_with_runs(postgres, 0)  # nothing for reconcile to do
            environments["queue_worker"]["DATABASE_URL"] = empty_database
            make_warehouse(postgres)
            environments["benchling"]["BENCHLING_URL"] = postgres.url(DATABASE, role=READER) + "?sslmode=disable"
            for settings in environments.values():
                settings |= {name: address for name, address in settings_of_servers.items() if name in settings}
            # Identities are valid for ten minutes, so each function gets a new one.
            names = [name for name in _first_requests(keys) if name != "console" or PAGE.exists()]
            figures = [_figure(name, environments[name], _first_requests(keys)[name]) for name in names]
            return figures if PAGE.exists() else [*figures, _page_not_built()]


def _first_requests(keys: Path) -> dict[str, FirstRequest]:
    iap, oidc = {ASSERTION_HEADER: IapSigner(keys).assertion(ADMIN)}, OidcSigner(keys)
    worker, watcher = url(_UNUSED_PORTS.function("queue_worker")), trigger_url(_UNUSED_PORTS)
    json_type = {"Content-Type": "application/json"}
    notice = json_type | {"ce-id": "1", "ce-source": "//storage", "ce-specversion": "1.0"}
    notice |= {"ce-type": "google.cloud.storage.object.v1.finalized"}
    landed = {"bucket": LOGS_BUCKET, "name": "runs/run-00000000/logs/trace.txt", "generation": "1", "size": "5"}
    return {
        "pipelines": FirstRequest("/api/pipelines/nf-core/scrnaseq", iap),
        "console": FirstRequest("/runs", iap | {"Accept": "text/html"}),
        "runs": FirstRequest("/api/runs", iap),
        "logs": FirstRequest(f"/api/runs/{id_of_run(0)}/tasks", iap),
        "events": FirstRequest(f"/api/runs/{id_of_run(0)}/events", iap),
        "users": FirstRequest("/api/users/me", iap),
        "insight": FirstRequest(f"/api/runs/{id_of_run(0)}/cost", iap),
        "benchling": FirstRequest("/api/benchling/runs", iap),
        "queue_worker": FirstRequest(
            "/work/reconcile", json_type | {"Authorization": f"Bearer {oidc.token(TASKS_CALLER, worker)}"}, b"{}"
        ),
        "bucket_watcher": FirstRequest(
            "/",
            {"Authorization": f"Bearer {oidc.token(EVENTS_CALLER, watcher)}"} | notice,
            json.dumps(landed).encode(),
        ),
    }


def _page_not_built() -> Figure:
    goal = GOALS["console"]
    return Figure(name="coldstart.console", value=None, goal=goal, against="not measured: the page was not built")


def _figure(name: str, environment: Mapping[str, str], request: FirstRequest) -> Figure:
    hello = FirstRequest("/", {})
    times: dict[str, list[float]] = {name: [], _HELLO: []}
    for number in range(-1, ROUNDS):
        for subject, source, first_request in (
            (_HELLO, ROOT / "bench" / "harness" / "hello.py", hello),
            (name, ROOT / "functions" / name / "main.py", request),
        ):
            taken = _start(subject, source, environment, first_request)
            if number >= 0:
                times[subject].append(taken)
    medians = {subject: statistics.median(taken) for subject, taken in times.items()}
    return Figure(
        name=f"coldstart.{name}",
        value=medians[name] / medians[_HELLO],
        goal=GOALS.get(name, _WITH_A_DATABASE),
        against=f"hello-world, {medians[_HELLO] * 1000:.0f} ms",
    )


def _start(name: str, source: Path, environment: Mapping[str, str], request: FirstRequest) -> float:
    """The processor time of the server until its first answer, in s. Raises RuntimeError unless that is a 200."""
    port = free_port()
    options = ["--source", str(source), "--target", name, "--host", HOST, "--port", str(port)]
    command = [sys.executable, str(Path(cold_function.__file__)), *options]
    variables = base_environment() | dict(environment)
    variables.pop("PYTHONDONTWRITEBYTECODE", None)  # the platform's build compiles all modules, here the first round
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(command, env=variables, stdout=output, stderr=output, start_new_session=True)
        try:
            status = _first_status(port, request, until=time.perf_counter() + _PATIENCE_S)
            if status == http.client.OK:
                return processor_s(psutil.Process(process.pid))
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        output.seek(0)
        raise RuntimeError(f"{name} answered {status}: {output.read()[-2000:].decode()}")


def _first_status(port: int, request: FirstRequest, *, until: float) -> int | None:
    """The status of the first answer; None if there is none before the performance counter reaches `until`."""
    while time.perf_counter() < until:
        try:
            return request.send(port)
        except OSError:
            time.sleep(0.002)
    return None


@contextmanager
def _servers(keys: Path) -> Iterator[dict[str, str]]:
    """Serve the callers' public keys, and Cloud Storage and Cloud Batch with nothing in them; yields their settings."""
    iap, oidc = IapSigner(keys), OidcSigner(keys)
    storage = StorageStandIn(0, keys / "storage")
    storage.start()
    service = RestService(
        0,
        [
            ("GET", "/keys", lambda _call: dict(iap.keys)),
            ("GET", "/certs", lambda _call: dict(oidc.certs)),
            ("GET", "/v1/projects/<project>/locations/<location>/jobs", lambda _call, **_: {"jobs": []}),
        ],
    )
    service.start()
    at = f"http://{HOST}:{service.port}"
    settings = {"IAP_KEYS_URL": f"{at}/keys", "OIDC_CERTS_URL": f"{at}/certs", "BATCH_ENDPOINT": at}
    yield settings | {"STORAGE_EMULATOR_HOST": storage.url}
    service.stop()
    storage.stop()
