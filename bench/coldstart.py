"""coldstart.{function}: from the start of a process to its first authenticated answer, beside a hello-world function.

Each answer is one of a real address that reads what the function is there to read. The functions take turns with
hello-world, which runs under the same framework.
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

from bench.harness import cold_function
from bench.harness.databases import database_with_runs, running_postgres
from bench.harness.figures import Figure
from bench.harness.seeding import id_of_run
from localdev.stack.environment import ROOT, base_environment, function_environment, trigger_url, url
from localdev.stack.gateway.iap import ASSERTION_HEADER, IapSigner
from localdev.stack.layout import ADMIN, EVENTS_CALLER, FUNCTIONS, HOST, LOGS_BUCKET, TASKS_CALLER
from localdev.stack.ports import Ports, free_port
from localdev.stand_ins.benchling.address import reader_url
from localdev.stand_ins.benchling.warehouse import make_warehouse
from localdev.stand_ins.http.rest_service import RestService
from localdev.stand_ins.oidc import OidcSigner
from localdev.stand_ins.storage.service import StorageStandIn

ROUNDS = 11
GOALS = {"pipelines": 1.8, "queue_worker": 6.0}
_WITH_A_DATABASE = 5.0
_NOBODY_LISTENS = Ports(1)
_PATIENCE_S = 30
_RUNS = 100
_HELLO = "hello"


@dataclass(frozen=True, slots=True)
class Question:
    """What a function is asked first."""

    path: str
    headers: Mapping[str, str]
    body: bytes | None = None

    def ask(self, port: int) -> int:
        """The status of the answer; OSError while nobody listens."""
        connection = http.client.HTTPConnection(HOST, port, timeout=_PATIENCE_S)
        try:
            connection.request("POST" if self.body is not None else "GET", self.path, self.body, dict(self.headers))
            return connection.getresponse().status
        finally:
            connection.close()


def measure() -> list[Figure]:
    """One figure for each function that there is."""
    with tempfile.TemporaryDirectory(prefix="sluice-bench-") as folder, running_postgres() as postgres:
        keys, database = Path(folder), database_with_runs(postgres, _RUNS)
        with _published(keys) as published:
            told = {name: function_environment(name, _NOBODY_LISTENS, database, keys) for name in FUNCTIONS}
            told["queue_worker"]["DATABASE_URL"] = database_with_runs(postgres, 0)  # nothing for reconcile to do
            make_warehouse(postgres)
            told["benchling"]["BENCHLING_URL"] = reader_url(postgres.port)
            for settings in told.values():
                settings |= {name: address for name, address in published.items() if name in settings}
            return [_figure(name, told[name], question) for name, question in _questions(keys).items()]


def _questions(keys: Path) -> dict[str, Question]:
    iap, oidc = {ASSERTION_HEADER: IapSigner(keys).assertion(ADMIN)}, OidcSigner(keys)
    worker, watcher = url(_NOBODY_LISTENS.function("queue_worker")), trigger_url(_NOBODY_LISTENS)
    notice = {"ce-id": "1", "ce-source": "//storage", "ce-specversion": "1.0", "Content-Type": "application/json"}
    notice |= {"ce-type": "google.cloud.storage.object.v1.finalized"}
    landed = {"bucket": LOGS_BUCKET, "name": "runs/run-00000000/logs/trace.txt", "generation": "1", "size": "5"}
    return {
        "pipelines": Question("/api/pipelines/nf-core/scrnaseq", iap),
        "runs": Question("/api/runs", iap),
        "logs": Question(f"/api/runs/{id_of_run(0)}/tasks", iap),
        "events": Question(f"/api/runs/{id_of_run(0)}/events", iap),
        "users": Question("/api/users/me", iap),
        "benchling": Question("/api/benchling/runs", iap),
        "queue_worker": Question(
            "/work/reconcile", {"Authorization": f"Bearer {oidc.token(TASKS_CALLER, worker)}"}, b"{}"
        ),
        "bucket_watcher": Question(
            "/",
            {"Authorization": f"Bearer {oidc.token(EVENTS_CALLER, watcher)}"} | notice,
            json.dumps(landed).encode(),
        ),
    }


def _figure(name: str, told: Mapping[str, str], question: Question) -> Figure:
    hello = Question("/", {})
    times: dict[str, list[float]] = {name: [], _HELLO: []}
    for number in range(-1, ROUNDS):
        for subject, source, asked in (
            (_HELLO, ROOT / "bench" / "harness" / "hello.py", hello),
            (name, ROOT / "functions" / name / "main.py", question),
        ):
            taken = _start(subject, source, told, asked)
            if number >= 0:
                times[subject].append(taken)
    medians = {subject: statistics.median(taken) for subject, taken in times.items()}
    return Figure(
        name=f"coldstart.{name}",
        value=medians[name] / medians[_HELLO],
        goal=GOALS.get(name, _WITH_A_DATABASE),
        against=f"hello-world, {medians[_HELLO] * 1000:.0f} ms",
    )


def _start(name: str, source: Path, told: Mapping[str, str], question: Question) -> float:
    """Seconds from the start of the process to its first good answer."""
    port = free_port()
    options = ["--source", str(source), "--target", name, "--host", HOST, "--port", str(port)]
    command = [sys.executable, str(Path(cold_function.__file__)), *options]
    environment = base_environment() | dict(told)
    began = time.perf_counter()
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, env=environment, stdout=said, stderr=said, start_new_session=True)
        try:
            status = _first_status(port, question, until=began + _PATIENCE_S)
            taken = time.perf_counter() - began
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        if status != http.client.OK:
            said.seek(0)
            raise RuntimeError(f"{name} answered {status}: {said.read()[-2000:].decode()}")
    return taken


def _first_status(port: int, question: Question, *, until: float) -> int | None:
    """The status of the first answer; None when there is none by `until` (of the performance counter)."""
    while time.perf_counter() < until:
        try:
            return question.ask(port)
        except OSError:
            time.sleep(0.002)
    return None


@contextmanager
def _published(keys: Path) -> Iterator[dict[str, str]]:
    """Where the keys are that vouch for callers, and a Cloud Storage with nothing in it."""
    door, signer = IapSigner(keys), OidcSigner(keys)
    storage = StorageStandIn(0, keys / "storage")
    storage.start()
    service = RestService(
        0, [("GET", "/keys", lambda _call: dict(door.keys)), ("GET", "/certs", lambda _call: dict(signer.certs))]
    )
    service.start()
    at = f"http://{HOST}:{service.port}"
    yield {"IAP_KEYS_URL": f"{at}/keys", "OIDC_CERTS_URL": f"{at}/certs", "STORAGE_EMULATOR_HOST": storage.url}
    service.stop()
    storage.stop()
