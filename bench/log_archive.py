"""archive.vs_zipfile and archive.peak_rss_mib: archiving a gigabyte of logs from bucket to bucket.

The archiver and zipfile, which reads a local file, take turns in separate processes.
"""

import multiprocessing
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import requests

from bench.harness.databases import database_with_runs, engine_on, running_postgres
from bench.harness.figures import Figure
from bench.harness.long_logs import log_pieces
from common.composition.archive import make_archiver
from common.domain.runs.files import NEXTFLOW_LOG, Buckets, log_key
from common.domain.runs.run import Run
from common.domain.runs.status import RunStatus
from common.services.archive.planner import Contents
from common.services.storage.client import StorageClient
from localdev.stack.environment import base_environment
from localdev.stack.layout import BUCKETS, HOST, LOGS_BUCKET, PROJECT, RUNS_BUCKET, WORK_BUCKET
from localdev.stack.ports import free_port
from localdev.stack.supervisor import Supervisor

SIZE = 1 << 30
ROUNDS = 2

_RUN_ID = "run-1a2b3c4d"
_NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
_RUN = Run(
    run_id=_RUN_ID,
    pipeline="nf-core/scrnaseq",
    pipeline_version="2.7.1",
    status=RunStatus.COMPLETED,
    user_email="ana@lab.example",
    gcs_path=f"gs://{RUNS_BUCKET}/runs/{_RUN_ID}",
    params={},
    sample_count=1,
    session_id="",
    created_at=_NOON,
    updated_at=_NOON,
)


@dataclass(frozen=True, slots=True)
class Spent:
    """The time of a piece of work, and the peak memory of its process."""

    seconds: float
    peak_rss_mib: float


def measure() -> list[Figure]:
    """Both figures; the fastest round counts on each side."""
    with (
        tempfile.TemporaryDirectory(prefix="sluice-bench-") as name,
        _storage(Path(name) / "stack") as address,
        running_postgres() as postgres,
    ):
        log, database = Path(name) / NEXTFLOW_LOG, database_with_runs(postgres, 0)
        _write_log(log)
        _upload(address, log)
        rounds = [
            (_in_own_process(zip_locally, log), _in_own_process(archive_from, address, database)) for _ in range(ROUNDS)
        ]
    plain, ours = ([spent.seconds for spent in side] for side in zip(*rounds, strict=True))
    peak = max(spent.peak_rss_mib for _, spent in rounds)
    size = f"{SIZE >> 20:,} MiB of nextflow.log"
    return [
        Figure(
            name="archive.vs_zipfile",
            value=min(ours) / min(plain),
            goal=1.25,
            against=f"zipfile on a local file, {min(plain):.1f} s; {size}",
        ),
        Figure(name="archive.peak_rss_mib", value=peak, goal=200, unit="MiB", against=size),
    ]


def zip_locally(log: Path) -> Spent:
    """Archive a local file with zipfile."""
    with _timed() as spent, ZipFile(log.with_suffix(".zip"), "w", ZIP_DEFLATED) as archive:
        archive.write(log, log.name)
    return spent()


def archive_from(address: str, database: str) -> Spent:
    """Archive as queue_worker does, without its lease; the default limits let one step finish it."""
    os.environ |= {"STORAGE_EMULATOR_HOST": address, "GOOGLE_CLOUD_PROJECT": PROJECT}
    buckets, client = Buckets(runs=RUNS_BUCKET, logs=LOGS_BUCKET, work=WORK_BUCKET), StorageClient()
    archiver = make_archiver(engine_on(database), buckets, client)
    with _timed() as spent:
        folder = archiver.archives.read_folder(_RUN_ID)
        contents = Contents(folder=folder, failed=[], output_of=lambda _task: sys.exit("none failed"))
        built = archiver.take_step(contents, _RUN, at=_NOON, heartbeat=lambda: None)
    if built.next_step:
        raise RuntimeError("one step did not finish the archive; the figures would be those of a part")
    return spent()


@contextmanager
def _timed() -> "Iterator[Callable[[], Spent]]":
    """Yields a function that returns, after the context, what was spent in it."""
    started, ended = time.perf_counter(), [0.0]
    yield lambda: Spent(ended[0] - started, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    ended[0] = time.perf_counter()


def _in_own_process(work: "Callable[..., Spent]", *arguments: object) -> Spent:
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(work, *arguments).result()


@contextmanager
def _storage(folder: Path) -> Iterator[str]:
    """The URL of a Storage stand-in with our buckets."""
    port = free_port()
    address = f"http://{HOST}:{port}"
    with Supervisor(folder) as supervisor:
        supervisor.begin_phase()
        command = [
            sys.executable,
            "-m",
            "localdev.stand_ins.storage",
            "--port",
            str(port),
            "--folder",
            str(folder / "objects"),
        ]
        supervisor.spawn("storage", command, base_environment())
        supervisor.wait_for("storage", port, "/")
        for bucket in BUCKETS:
            made = requests.post(f"{address}/storage/v1/b?project={PROJECT}", json={"name": bucket}, timeout=30)
            made.raise_for_status()
        yield address


def _write_log(log: Path) -> None:
    with log.open("wb") as file:
        for piece in log_pieces(sys.maxsize):
            if file.tell() >= SIZE:
                break
            file.write(piece)


def _upload(address: str, log: Path) -> None:
    parameters = {"uploadType": "media", "name": log_key(_RUN_ID, log.name)}
    with log.open("rb") as file:
        sent = requests.post(
            f"{address}/upload/storage/v1/b/{LOGS_BUCKET}/o", params=parameters, data=file, timeout=600
        )
    sent.raise_for_status()
