"""EntryRestoring: stores the entries of a run again after their month was dropped.

The position is a cursor of its own, so that the log's first cursor keeps what is known of the file.
"""

from datetime import datetime

from sqlalchemy import delete, select

from common.domain.ingest.cursor import FileCursor
from common.domain.ingest.reading import Reading
from common.domain.runs.files import RESTORED_LOG
from common.models.ingest_cursors import IngestCursorRow
from common.models.log_entries import LogEntryRow, entries_of
from common.services.ingest.store import IngestStore


class EntryRestoring:
    """Writes entries as IngestStore does, and nothing else. Raises NotFoundError and UnavailableError."""

    def __init__(self, store: IngestStore) -> None:
        self._store = store

    def cursor(self, run_id: str) -> FileCursor | None:
        """How far the entries were read again, from the beginning if they are gone; None if they never were gone."""
        with self._store.writing(run_id) as writer:
            known = writer.cursor(RESTORED_LOG)
            any_entry = select(LogEntryRow.number).where(entries_of(writer.key)).limit(1)
            if writer.connection.execute(any_entry).first():
                return None if known == FileCursor() else known
            if known != FileCursor():
                old = (IngestCursorRow.run_id == run_id) & (IngestCursorRow.file == RESTORED_LOG)
                writer.connection.execute(delete(IngestCursorRow).where(old))
        return FileCursor()

    def save(self, run_id: str, reading: Reading, *, after: FileCursor, at: datetime) -> FileCursor:
        """Store the entries that were read after a cursor; return the cursor, another one if it has moved meanwhile."""
        with self._store.writing(run_id) as writer:
            if not writer.move_cursor(RESTORED_LOG, reading.cursor, after=after, at=at):
                return writer.cursor(RESTORED_LOG)
            if reading.records:
                writer.add_entries(reading.records, first_number=after.next_number)
        return reading.cursor

    def give_up(self, run_id: str, *, at: datetime) -> None:
        """Note that the log is no longer in the bucket."""
        with self._store.writing(run_id) as writer:
            writer.move_cursor(RESTORED_LOG, FileCursor(generation=1), after=FileCursor(), at=at)
