"""tasks.lost_at_100k: rows that are missing, merged, doubled or wrong when many tasks share their eight digits."""

import tempfile
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine, select

from bench.harness.alike_tasks import Attempt, alike_attempts, log_of, trace_of
from bench.harness.databases import database_with_runs, engine_on, running_postgres
from bench.harness.figures import Figure
from bench.harness.long_logs import STARTED_AT
from bench.harness.seeding import LIVE_RUNS, id_of_run
from common.actions.steps.read_file import ReadFile
from common.domain.runs.files import NEXTFLOW_LOG, TRACE
from common.models.tasks import TaskRow
from common.services.ingest.store import IngestStore
from common.services.runs.store import RunStoreService
from common.services.storage.client import ObjectState, ObjectVersion
from common.services.storage.service import StorageService

TASKS = 100_000
ORDERS = {"log, then trace": (NEXTFLOW_LOG, TRACE), "trace, then log": (TRACE, NEXTFLOW_LOG)}
UPLOADS = 4


class GrowingFiles(StorageService):
    """Has the first bytes of a log and a trace."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.sizes = {NEXTFLOW_LOG: 0, TRACE: 0}

    def grow(self, name: str, part: float) -> None:
        """Upload the first `part` of a file."""
        self.sizes[name] = int(Path(self._folder, name).stat().st_size * part)

    def log_state(self, run_id: str, name: str) -> ObjectState | None:  # noqa: ARG002 all runs have these files
        size = self.sizes[name]
        return ObjectState(generation=size, size=size, updated=STARTED_AT) if size else None

    def read_log_range(
        self,
        run_id: str,  # noqa: ARG002 the same
        name: str,
        version: ObjectVersion,  # noqa: ARG002 the same
        *,
        start: int,
        end: int,
    ) -> bytes:
        with Path(self._folder, name).open("rb") as file:
            file.seek(start)
            return file.read(end - start)


def measure() -> list[Figure]:
    """The figure, over runs that read log and trace in different orders while both grow."""
    attempts = alike_attempts(TASKS)
    with running_postgres() as postgres, tempfile.TemporaryDirectory(prefix="sluice-bench-") as folder:
        engine = engine_on(database_with_runs(postgres, LIVE_RUNS))
        _write(Path(folder, NEXTFLOW_LOG), log_of(attempts))
        _write(Path(folder, TRACE), trace_of(attempts))
        lost = {}
        for number, (order, files) in enumerate(ORDERS.items()):
            read_growing(engine, GrowingFiles(Path(folder)), id_of_run(number), files)
            lost[order] = lost_rows(engine, id_of_run(number), attempts)
    shared = TASKS - len({attempt.digits for attempt in attempts})
    against = f"{TASKS:,} tasks, {shared:,} of which share their digits with one before; " + ", ".join(
        f"{order}: {count}" for order, count in lost.items()
    )
    return [Figure(name="tasks.lost_at_100k", value=sum(lost.values()), goal=0, unit="rows", against=against)]


def read_growing(engine: Engine, storage: GrowingFiles, run_id: str, files: Sequence[str]) -> None:
    """Read the files in turn while they grow."""
    reader = ReadFile(
        storage=storage,
        store=IngestStore(engine),
        clock=lambda: datetime.now(UTC),
        time_limit=timedelta(hours=1),
    )
    run = RunStoreService(engine).get_run(run_id)
    for upload in range(1, UPLOADS + 1):
        for name in files:
            storage.grow(name, upload / UPLOADS)
            reader.run(run, name)


def lost_rows(engine: Engine, run_id: str, attempts: Iterable[Attempt]) -> int:
    """How many attempts have no row of their own that is right, and how many rows are of no attempt."""
    columns = (TaskRow.work_dir, TaskRow.name, TaskRow.native_id, TaskRow.status, TaskRow.error_action)
    with engine.connect() as connection:
        found = [tuple(row) for row in connection.execute(select(*columns).where(TaskRow.run_id == run_id))]
    expected = {(each.work_dir, each.name, each.native_id, each.status.value, each.action) for each in attempts}
    return len(expected - set(found)) + len(found) - len(expected & set(found))


def _write(path: Path, pieces: Iterable[bytes]) -> None:
    with path.open("wb") as file:
        file.writelines(pieces)
