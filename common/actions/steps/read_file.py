"""Read what is new in a run's log or trace, and store it: entries, tasks, metrics, events.

Only new bytes are read, all from one generation. What they say and how far they were read is stored in one
transaction; if another delivery of the file was faster, reading continues where that one stopped.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from common.domain.ingest.cursor import FileCursor, range_to_read
from common.domain.ingest.reading import read_next
from common.domain.runs.run import Run
from common.services.ingest.store import IngestStore
from common.services.storage.client import ObjectState
from common.services.storage.service import StorageService


@dataclass(frozen=True, slots=True, kw_only=True)
class FileProgress:
    """How far a file has been read; `is_complete` unless time ran out before its end."""

    cursor: FileCursor
    is_complete: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadFile:
    """Reads one file of a run up to its current generation, for at most `time_limit`. Raises UnavailableError.

    At most `chunk_bytes` are held in memory and stored at a time. An invocation reads up to three files while others
    wait for the processor, so the rest of a long file is left to a later one.
    """

    storage: StorageService
    store: IngestStore
    clock: Callable[[], datetime]
    time_limit: timedelta = timedelta(seconds=3)
    chunk_bytes: int = 2 << 20

    def run(self, run: Run, file: str) -> FileProgress:
        stop_at = self.clock() + self.time_limit
        cursor = self.store.cursor(run.run_id, file)
        state = self.storage.log_state(run.run_id, file)
        # Notices come late and out of order; an empty object is an upload that was cut off at once.
        while state and state.size and cursor.generation < state.generation:
            moved = self._read_chunk(run, file, cursor, state)
            if moved is None:
                state = self.storage.log_state(run.run_id, file)
            elif moved == cursor:  # this upload was cut off; the next one has the rest
                break
            else:
                cursor = moved
            if self.clock() >= stop_at:  # after the first chunk, so that each invocation makes some progress
                is_complete = state is None or cursor.generation >= state.generation
                return FileProgress(cursor=cursor, is_complete=is_complete)
        return FileProgress(cursor=cursor, is_complete=True)

    def _read_chunk(self, run: Run, file: str, cursor: FileCursor, state: ObjectState) -> FileCursor | None:
        """Read and store the next bytes; return the new cursor, None if an upload has replaced this generation.

        The cursor is the same if this upload was cut off, which changes nothing.
        """
        part = range_to_read(cursor, generation=state.generation, size=state.size, at_most=self.chunk_bytes)
        data = self.storage.read_log_range(run.run_id, file, state, start=part.start, end=part.end)
        if data is None:
            return None
        reading = read_next(file, cursor, part, data, near=run.created_at)
        if reading.cursor == cursor:
            return cursor
        return self.store.save(run.run_id, file, reading, after=cursor, at=self.clock())
