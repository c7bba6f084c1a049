"""notice.cpu_ms: the processor time of one file notice that changes little, in the function and in Postgres.

The log of a run with TASKS tasks grows by a few records at a time, as in a run of hours. Of each two notices, one is
about a task, which was submitted and has ended, and one changes no task.
"""

import http.client
import json
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import requests
from sqlalchemy import Engine, text

from bench.harness.databases import database_with_runs, engine_on, running_postgres
from bench.harness.figures import Figure
from bench.harness.long_logs import RECORDS_PER_TASK, log_pieces
from bench.harness.processor_time import processor_s
from bench.harness.seeding import LIVE_RUNS, id_of_run
from bench.harness.serving import FunctionProcess, Server, server_for
from bench.pages import getter
from common.domain.runs.files import NEXTFLOW_LOG, log_key
from common.domain.runs.log_key import run_number_of
from common.web.file_notices import FINALIZED
from localdev.stack.environment import ROOT, trigger_url
from localdev.stack.layout import EVENTS_CALLER, HOST, LOGS_BUCKET, PROJECT
from localdev.stack.ports import Ports
from localdev.stand_ins.http.rest_service import RestService
from localdev.stand_ins.oidc import OidcSigner
from localdev.stand_ins.storage.service import StorageStandIn

TASKS, NOTICES, WARM_UP = 200, 400, 40
# Half of what it was when each statement took three round trips and each notice summed up all tasks: 46 to 56, measured
# three times in turn with this code on a quiet machine.
GOAL_IN_HELLOS = 25.0
RUN = id_of_run(LIVE_RUNS - 1)

_PER_NOTICE = RECORDS_PER_TASK // 2
_HEAD = re.compile(rb"^Nov-", re.MULTILINE)


class GrowingLog:
    """The log of the run in the Storage stand-in; `grow` adds a few records and sends the notice of the upload."""

    def __init__(self, storage: StorageStandIn, port: int, headers: dict[str, str]) -> None:
        self._upload_url, self._headers = f"{storage.url}/upload/storage/v1/b/{LOGS_BUCKET}/o", headers
        self._connection = http.client.HTTPConnection(HOST, port, timeout=60)
        self._pieces, self._content, self.records = _pieces(TASKS + WARM_UP + NOTICES), b"", 0

    def read_beginning(self) -> None:
        """Let the function read the log of the first TASKS tasks."""
        self._add(2 * TASKS)

    def grow(self) -> None:
        self._add(1)

    def _add(self, pieces: int) -> None:
        self._content += b"".join(next(self._pieces) for _ in range(pieces))
        self.records += pieces * _PER_NOTICE
        name = {"uploadType": "media", "name": log_key(RUN, NEXTFLOW_LOG)}
        uploaded = requests.post(self._upload_url, params=name, data=self._content, timeout=60).json()
        notice = {name: uploaded[name] for name in ("bucket", "name", "generation", "size")}
        self._connection.request("POST", "/", json.dumps(notice).encode(), self._headers)
        answer = self._connection.getresponse()
        body = answer.read()
        if answer.status != http.client.OK or b"done" not in body:
            raise RuntimeError(f"a notice was answered {answer.status}: {body.decode()[:300]}")


def measure() -> list[Figure]:
    """The figure; its goal follows the processor time of hello-world under the same server."""
    with running_postgres() as postgres, tempfile.TemporaryDirectory(prefix="sluice-bench-") as folder:
        url, keys = database_with_runs(postgres, LIVE_RUNS), Path(folder)
        with _servers(url, keys) as (server, storage):
            watcher, hello = server.start_function("bucket_watcher"), _start_hello(server)
            log = GrowingLog(storage, watcher.port, _headers(keys))
            log.read_beginning()
            notice_ms, database_ms = _cpu_ms(log.grow, watcher.pid, postgres.pid)
            (hello_ms,) = _cpu_ms(getter(hello.port, "/", {}), hello.pid)
        _require_read(engine_on(url), log)
    against = (
        f"the function {notice_ms:.1f}, Postgres {database_ms:.1f}, hello-world {hello_ms:.2f}; "
        f"{_PER_NOTICE} records and half a task per notice"
    )
    goal = round(GOAL_IN_HELLOS * hello_ms, 1)
    return [Figure(name="notice.cpu_ms", value=notice_ms + database_ms, goal=goal, unit="ms", against=against)]


@contextmanager
def _servers(url: str, keys: Path) -> Iterator[tuple[Server, StorageStandIn]]:
    """A server for the function, and the Cloud Storage that it reads from."""
    storage = StorageStandIn(0, keys / "storage")
    storage.start()
    bucket = {"name": LOGS_BUCKET}
    requests.post(f"{storage.url}/storage/v1/b?project={PROJECT}", json=bucket, timeout=10).raise_for_status()
    signer = OidcSigner(keys)
    certs = RestService(0, [("GET", "/certs", lambda _call: dict(signer.certs))])
    certs.start()
    settings = {"STORAGE_EMULATOR_HOST": storage.url, "OIDC_CERTS_URL": f"http://{HOST}:{certs.port}/certs"}
    with server_for("bucket_watcher", url, **settings) as server:
        yield server, storage
    certs.stop()
    storage.stop()


def _headers(keys: Path) -> dict[str, str]:
    token = OidcSigner(keys).token(EVENTS_CALLER, trigger_url(Ports(1)))
    event = {"ce-id": "1", "ce-source": "//storage", "ce-specversion": "1.0", "ce-type": FINALIZED}
    return event | {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}


def _start_hello(server: Server) -> FunctionProcess:
    return server.start("hello", ROOT / "bench" / "harness" / "hello.py")


def _cpu_ms(subject: Callable[[], object], *processes: int) -> list[float]:
    """The milliseconds of processor time of each process per call of `subject`."""
    for _ in range(WARM_UP):
        subject()
    watched = [psutil.Process(pid) for pid in processes]
    before = [processor_s(process) for process in watched]
    for _ in range(NOTICES):
        subject()
    return [(processor_s(process) - used) * 1000 / NOTICES for process, used in zip(watched, before, strict=True)]


def _pieces(tasks: int) -> Iterator[bytes]:
    """The log of so many tasks; each task is two pieces, of which the first has all about the task."""
    for task in log_pieces(tasks):
        heads = [found.start() for found in _HEAD.finditer(task)]
        yield task[: heads[_PER_NOTICE]]
        yield task[heads[_PER_NOTICE] :]


def _require_read(engine: Engine, log: GrowingLog) -> None:
    """Raise RuntimeError unless all records were stored: a notice that reads nothing is fast."""
    with engine.connect() as connection:
        stored = connection.execute(
            text("SELECT count(*) FROM entries WHERE run_number = :run"), {"run": run_number_of(RUN)}
        )
        if (entries := stored.scalar_one()) != log.records:
            raise RuntimeError(f"{entries} of {log.records} records were stored")
