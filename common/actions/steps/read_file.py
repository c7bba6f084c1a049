"""Read what is new in a run's log or trace, and record it: entries, tasks, metrics, events (DESIGN 6).

Only new bytes are read, of one generation. What they say and how far they were read is saved in one transaction;
a delivery that finds that another was faster starts over from where that one ended.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from common.domain.ingest import cursor as ingest
from common.domain.ingest.cursor import FileCursor
from common.domain.ingest.reading import Reading, reading_of
from common.domain.runs.run import Run
from common.services.ingest.store import IngestStore, IngestWriter
from common.services.runs.store import RunStoreService
from common.services.storage.client import ObjectState
from common.services.storage.service import StorageService


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadFile:
    """Called with a run id and the name of a file. Raises NotFoundError and UnavailableError.

    Returns whether everything that is there has been read; False when `time_limit` ran out first. At most
    `chunk_bytes` are held and saved at a time.
    """

    runs: RunStoreService
    storage: StorageService
    store: IngestStore
    clock: Callable[[], datetime]
    time_limit: timedelta = timedelta(seconds=120)
    chunk_bytes: int = 4 << 20

    def run(self, run_id: str, file: str) -> bool:
        run = self.runs.get_run(run_id)
        give_up_at = self.clock() + self.time_limit
        while self.clock() < give_up_at:
            cursor = self.store.cursor(run_id, file)
            state = self.storage.log_state(run_id, file)
            if state is None or _is_read(cursor, state):
                return True
            self._read_next(run, file, cursor, state)
        return False

    def _read_next(self, run: Run, file: str, cursor: FileCursor, state: ObjectState) -> None:
        """Read one chunk and save it; nothing is saved when the file or the cursor moved meanwhile."""
        part = ingest.range_to_read(cursor, size=state.size, at_most=self.chunk_bytes)
        data = self.storage.read_log_range(run.run_id, file, state, start=part.start, end=max(part.start, part.end))
        if data is None:
            return
        overlap, new = data[: part.overlap], data[part.overlap :]
        if ingest.has_restarted(cursor, size=state.size, overlap=overlap):
            self._start_over(run, file, cursor)
            return
        reading = reading_of(file, cursor, new, near=run.created_at)
        moved = replace(
            reading.cursor,
            generation=state.generation if part.end == state.size else cursor.generation,
            byte_offset=cursor.byte_offset + len(new),
            boundary=ingest.checksum(data),
        )
        with self.store.moving(run.run_id, file, seen=cursor) as writer:
            if writer:
                self._save(writer, file, cursor, replace(reading, cursor=moved))

    def _save(self, writer: IngestWriter, file: str, before: FileCursor, reading: Reading) -> None:
        now = self.clock()
        if reading.records:
            writer.add_entries(reading.records, first_number=before.next_number, part=before.part)
        writer.merge_tasks(reading.tasks, reading.source)
        writer.move_cursor(file, reading.cursor, at=now)
        if (
            reading.cursor.generation != before.generation
        ):  # read to its end: all tasks are summed up once, not per chunk
            writer.note_progress(at=now)

    def _start_over(self, run: Run, file: str, cursor: FileCursor) -> None:
        anew = ingest.restarted(cursor, had_open_record=self.store.has_open_entry(run.run_id, cursor))
        with self.store.moving(run.run_id, file, seen=cursor) as writer:
            if writer:
                writer.move_cursor(file, anew, at=self.clock())


def _is_read(cursor: FileCursor, state: ObjectState) -> bool:
    """Whether this generation was read to its end, or a younger one was: notices come late and out of order."""
    return cursor.generation >= state.generation
