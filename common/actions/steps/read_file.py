"""Read what is new in a run's log or trace, and store it: entries, tasks, metrics, events.

Only new bytes are read, all from one generation. What they say and how far they were read is stored in one
transaction; if another delivery of the file was faster, reading continues where that one stopped. A chunk of a long
file is stored while the next one is read: reading keeps this process busy, storing mostly Postgres.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Self

from common.domain.ingest.cursor import FileCursor, range_to_read
from common.domain.ingest.reading import Reading, read_next
from common.domain.runs.run import Run
from common.services.ingest.store import IngestStore
from common.services.storage.client import ObjectVersion
from common.services.storage.service import StorageService


@dataclass(frozen=True, slots=True, kw_only=True)
class FileProgress:
    """How far a file has been read; `is_complete` unless time ran out before its end."""

    cursor: FileCursor
    is_complete: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadFile:
    """Reads one file of a run up to its current generation, for at most `time_limit`. Raises UnavailableError.

    At most two chunks of `chunk_bytes` are held in memory, each of which is stored in its own transaction. An
    invocation reads up to three files while others wait for the processor, so the rest of a long file is left to a
    later one.
    """

    storage: StorageService
    store: IngestStore
    clock: Callable[[], datetime]
    time_limit: timedelta = timedelta(seconds=3)
    chunk_bytes: int = 2 << 20

    def run(
        self, run: Run, file: str, *, cursor: FileCursor | None = None, newest: ObjectVersion | None = None
    ) -> FileProgress:
        """Read on from `cursor` to the end of `newest`, or of the version that has replaced it.

        Postgres and Storage are asked for what is not given.
        """
        stop_at = self.clock() + self.time_limit
        cursor = cursor or self.store.cursor(run.run_id, file)
        newest = newest or self.storage.log_state(run.run_id, file)
        with _ChunkSaver() as saver:
            # Notices come late and out of order; an empty object is an upload that was cut off at once.
            while newest and newest.size and cursor.generation < newest.generation:
                reading = self._next_reading(run, file, cursor, newest)
                stored = saver.wait(cursor)
                if stored != cursor:  # another delivery was faster
                    cursor = stored
                elif reading is None:
                    newest = self.storage.log_state(run.run_id, file)
                elif reading.cursor == cursor:  # this upload was cut off; the next one has the rest
                    break
                else:
                    save = partial(self.store.save, run.run_id, file, reading, after=cursor, at=self.clock())
                    is_last = reading.cursor.generation == newest.generation
                    cursor = save() if is_last else saver.start(save, reading.cursor)
                if self.clock() >= stop_at:  # after the first chunk, so that each invocation makes some progress
                    cursor = saver.wait(cursor)
                    is_complete = newest is None or cursor.generation >= newest.generation
                    return FileProgress(cursor=cursor, is_complete=is_complete)
        return FileProgress(cursor=cursor, is_complete=True)

    def _next_reading(self, run: Run, file: str, cursor: FileCursor, version: ObjectVersion) -> Reading | None:
        """Read the next bytes; None if an upload has replaced this version.

        The cursor of the reading is the same if this upload was cut off, which changes nothing.
        """
        part = range_to_read(cursor, generation=version.generation, size=version.size, at_most=self.chunk_bytes)
        data = self.storage.read_log_range(run.run_id, file, version, start=part.start, end=part.end)
        return None if data is None else read_next(file, cursor, part, data, near=run.created_at)


class _ChunkSaver:
    """Stores one chunk at a time in a thread of its own, which starts with the first chunk."""

    def __init__(self) -> None:
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="save-chunk")
        self._saving: Future[FileCursor] | None = None

    def start(self, save: Callable[[], FileCursor], expected: FileCursor) -> FileCursor:
        """Start to store a chunk, and return the cursor that `save` will return if no other delivery is faster."""
        self._saving = self._executor.submit(save)
        return expected

    def wait(self, cursor: FileCursor) -> FileCursor:
        """The file's cursor once the chunk is stored; `cursor` if none is being stored. Raises what `save` raised."""
        saving, self._saving = self._saving, None
        return saving.result() if saving else cursor

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._executor.shutdown()
