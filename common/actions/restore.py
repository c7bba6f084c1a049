"""Read the log of an old run again from the logs bucket, after its entries were dropped."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from common.domain.ingest.cursor import FileCursor, range_to_read
from common.domain.ingest.reading import read_next
from common.domain.runs.files import NEXTFLOW_LOG
from common.domain.runs.run import Run
from common.domain.runs.work_items import WorkKind
from common.services.ingest.restoring import EntryRestoring
from common.services.queue.work_queue import WorkQueue
from common.services.runs.store import RunStoreService
from common.services.storage.client import ObjectVersion
from common.services.storage.service import StorageService


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreLog:
    """Stores the entries of a run that is over, from where an earlier work item stopped; tasks do not change.

    Raises NotFoundError for an unknown run, and UnavailableError.
    """

    runs: RunStoreService
    storage: StorageService
    restoring: EntryRestoring
    queue: WorkQueue
    clock: Callable[[], datetime]
    time_limit: timedelta = timedelta(seconds=30)
    chunk_bytes: int = 2 << 20

    def run(self, run_id: str) -> None:
        stop_at = self.clock() + self.time_limit
        run = self.runs.get_run(run_id)
        cursor = self.restoring.cursor(run_id) if run.is_over else None
        version = self.storage.log_state(run_id, NEXTFLOW_LOG) if cursor else None
        if cursor == FileCursor() and not (version and version.size):
            self.restoring.give_up(run_id, at=self.clock())
            return
        while cursor and version and cursor.generation < version.generation:
            cursor = self._read_chunk(run, cursor, version)
            if cursor and cursor.generation < version.generation and self.clock() >= stop_at:
                self.queue.add(WorkKind.RESTORE, {"run_id": run_id}, key=f"{run_id}-{stop_at}-{cursor.byte_offset}")
                return

    def _read_chunk(self, run: Run, cursor: FileCursor, version: ObjectVersion) -> FileCursor | None:
        """The cursor after the next chunk; None if the file was replaced, and the next request begins again."""
        part = range_to_read(cursor, generation=version.generation, size=version.size, at_most=self.chunk_bytes)
        data = self.storage.read_log_range(run.run_id, NEXTFLOW_LOG, version, start=part.start, end=part.end)
        if data is None:
            return None
        reading = read_next(NEXTFLOW_LOG, cursor, part, data, near=run.created_at)
        if reading.cursor == cursor:
            return None
        return self.restoring.save(run.run_id, reading, after=cursor, at=self.clock())
