"""ingest.*: the cost of reading a run's nextflow.log into Postgres.

The log is a local file, so that only our own work and the database's is timed, not the network. Time is processor time:
by the clock, other programs slow down an ingest, which uses two processors, more than a COPY, which uses one.
"""

import io
import multiprocessing
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import NamedTuple

import psutil
from sqlalchemy import Engine

from bench.harness.databases import database_with_runs, engine_on, running_postgres
from bench.harness.figures import Figure
from bench.harness.long_logs import RECORDS_PER_TASK, STARTED_AT, log_pieces
from bench.harness.memory import peak_rss_mib
from bench.harness.processor_time import processor_s
from bench.harness.seeding import LIVE_RUNS, id_of_run
from common.actions.steps.read_file import ReadFile
from common.domain.runs.files import NEXTFLOW_LOG
from common.services.ingest.store import IngestStore
from common.services.runs.store import RunStoreService
from common.services.storage.client import ObjectState, ObjectVersion
from common.services.storage.service import StorageService

RECORDS, ROUNDS = 1_000_000, 3
GROWING_RECORDS, UPLOADS = 50_000, 500
HUGE_BYTES = 1 << 30

_RUN = id_of_run(0)
_TABLES = ("entries", "tasks")
_PIECE = 1 << 18


class Cost(NamedTuple):
    """What one ingest or COPY took: the time, the processor time of its process and of Postgres, and peak memory."""

    seconds: float
    own_s: float
    postgres_s: float
    rss_mib: float

    @property
    def slower_s(self) -> float:
        """The processor time of the slower of the two, which work at the same time."""
        return max(self.own_s, self.postgres_s)


class FileStorage(StorageService):
    """Has one log, the first `size` bytes of a file, and counts the bytes that are read."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")
        self.size, self.bytes_read = path.stat().st_size, 0

    def log_state(self, run_id: str, name: str) -> ObjectState:  # noqa: ARG002 there is one log
        return ObjectState(generation=self.size, size=self.size, updated=STARTED_AT)

    def read_log_range(  # the same
        self,
        run_id: str,  # noqa: ARG002
        name: str,  # noqa: ARG002
        version: ObjectVersion,  # noqa: ARG002
        *,
        start: int,
        end: int,
    ) -> bytes:
        self._file.seek(start)
        self.bytes_read += end - start
        return self._file.read(end - start)


def measure() -> list[Figure]:
    """All figures; ingest and plain COPY take turns."""
    with running_postgres() as postgres, tempfile.TemporaryDirectory(prefix="sluice-bench-") as folder:
        url = database_with_runs(postgres, LIVE_RUNS)
        engine = engine_on(url)
        growing = written(Path(folder, "growing.log"), log_pieces(GROWING_RECORDS // RECORDS_PER_TASK))
        amplification = _read_amplification(engine, growing)
        log = written(Path(folder, "nextflow.log"), log_pieces(RECORDS // RECORDS_PER_TASK))
        against_copy, rss_mib = _against_copy(engine, url, log, postgres.pid)
        return [amplification, against_copy, _peak_rss(engine, url, log, postgres.pid, rss_mib)]


def written(path: Path, pieces: Iterable[bytes]) -> Path:
    """Write `pieces` to `path` and return it."""
    with path.open("wb") as file:
        file.writelines(pieces)
    return path


def ingest(engine: Engine, storage: StorageService) -> None:
    """Ingest everything that is new in the log."""
    action = ReadFile(
        storage=storage,
        store=IngestStore(engine),
        clock=lambda: datetime.now(UTC),
        time_limit=timedelta(hours=1),
    )
    action.run(RunStoreService(engine).get_run(_RUN), NEXTFLOW_LOG)


def cost_of_ingest(url: str, log: Path, postgres: int) -> Cost:
    """Ingest a log; runs in a separate process, which collects garbage as a function does."""
    from common import startup  # noqa: PLC0415 changes the process that loads it

    startup.finish()
    engine, storage = engine_on(url), FileStorage(log)
    return _cost(lambda: ingest(engine, storage), postgres)


def _cost(work: Callable[[], object], postgres: int) -> Cost:
    """What `work` takes, in this process and in the one of Postgres with its connections, which must stay open."""
    server = psutil.Process(postgres)
    started, own, others = time.perf_counter(), time.process_time(), processor_s(server)
    work()
    seconds, own, others = time.perf_counter() - started, time.process_time() - own, processor_s(server) - others
    return Cost(seconds, own, others, peak_rss_mib())


def _read_amplification(engine: Engine, log: Path) -> Figure:
    storage = FileStorage(log)
    size = storage.size
    for upload in range(1, UPLOADS + 1):
        storage.size = size * upload // UPLOADS
        ingest(engine, storage)
    _empty(engine)
    against = f"the final size of a log that grew to {size / 1e6:.0f} MB in {UPLOADS} uploads"
    return Figure(name="ingest.read_amplification", value=storage.bytes_read / size, goal=1.02, against=against)


def _against_copy(engine: Engine, url: str, log: Path, postgres: int) -> tuple[Figure, float]:
    """The ratio of the medians, and the largest peak memory of an ingest in MiB."""
    rows = _rows_of(engine, url, log, postgres)
    costs, copies = [], []
    for _ in range(ROUNDS):
        _empty(engine)
        costs.append(_in_own_process(url, log, postgres))
        _empty(engine)
        copies.append(_cost(partial(_copy, engine, rows), postgres))
    _empty(engine)
    ratios = sorted(cost.slower_s / copy.slower_s for cost, copy in zip(costs, copies, strict=True))
    own_s, copy_s = (statistics.median(cost.slower_s for cost in each) for each in (costs, copies))
    ratio, by_clock = own_s / copy_s, (statistics.median(cost.seconds for cost in each) for each in (costs, copies))
    against = (
        f"COPY of the same rows, already encoded, {copy_s:.1f} s: {RECORDS:,} entries and"
        f" {RECORDS // RECORDS_PER_TASK:,} tasks; {ROUNDS} rounds, {ratios[0]:.2f} to {ratios[-1]:.2f};"
        f" by the clock {' and '.join(f'{seconds:.1f}' for seconds in by_clock)} s"
    )
    figure = Figure(name="ingest.log_vs_copy", value=ratio, goal=2, against=against)
    return figure, max(cost.rss_mib for cost in costs)


def _peak_rss(engine: Engine, url: str, log: Path, postgres: int, rss_mib: float) -> Figure:
    """The peak memory, also for the log with a last line that makes it HUGE_BYTES long."""
    with log.open("ab") as file:
        while missing := HUGE_BYTES - file.tell():
            file.write(b"x" * min(missing, 1 << 20))
    huge = _in_own_process(url, log, postgres).rss_mib
    _empty(engine)
    against = f"{RECORDS:,} records: {rss_mib:.0f}; with a line that makes it 1 GiB: {huge:.0f}"
    return Figure(name="ingest.peak_rss_mib", value=max(rss_mib, huge), goal=256, unit="MiB", against=against)


def _in_own_process(url: str, log: Path, postgres: int) -> Cost:
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(cost_of_ingest, url, log, postgres).result()


def _rows_of(engine: Engine, url: str, log: Path, postgres: int) -> dict[str, list[bytes]]:
    """The rows that an ingest stores, in COPY's text format. This first ingest also creates Postgres's files."""
    _in_own_process(url, log, postgres)
    rows: dict[str, list[bytes]] = {}
    with engine.connect() as connection:
        for table in _TABLES:
            text = io.BytesIO()
            statement = f"COPY (TABLE {table}) TO STDOUT"
            connection.connection.cursor().execute(statement, stream=text)  # type: ignore[call-arg]
            content = text.getvalue()
            rows[table] = [content[start : start + _PIECE] for start in range(0, len(content), _PIECE)]
    return rows


def _copy(engine: Engine, rows: dict[str, list[bytes]]) -> None:
    with engine.begin() as connection:
        for table, pieces in rows.items():
            connection.connection.cursor().execute(f"COPY {table} FROM STDIN", stream=pieces)  # type: ignore[call-arg]


def _empty(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("TRUNCATE entries, tasks, ingest_cursors")
