"""How the log of a run ends at the moment: with an open entry, to which lines may be added, or for good."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, exists, literal, select

from common.domain.runs.files import NEXTFLOW_LOG, RESTORED_LOG
from common.domain.runs.log_key import LogKey
from common.domain.runs.status import FINAL_STATUSES
from common.errors import NotFoundError
from common.models.ingest_cursors import IngestCursorRow
from common.models.log_entries import entries_of
from common.models.runs import RunRow


@dataclass(frozen=True, slots=True)
class LogEnd:
    """`is_complete` when the run is over, because a final status is stored only after the whole log has been ingested.

    A run whose launch was refused is complete without a log. `open_number` is the number that the open entry has or
    will have; None when no entry can change any more, or none has been read. `last_read` is the number of the last
    record of the file that was read. `key` says where the entries are.
    """

    is_complete: bool
    open_number: int | None
    last_read: int | None
    key: LogKey


def open_number(run_id: ColumnElement[str]) -> ColumnElement[int | None]:
    """The number that the open entry of a growing log has or will have, as a value in a statement about its entries."""
    of_log = (IngestCursorRow.run_id == run_id) & (IngestCursorRow.file == NEXTFLOW_LOG)
    return select(IngestCursorRow.next_number).where(of_log).scalar_subquery()


def is_restoring(run_id: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether entries that were dropped are being read again, as a value in a statement about them.

    The cursor gets the generation of the file once it is read to the end.
    """
    at_work = (IngestCursorRow.file == RESTORED_LOG) & (IngestCursorRow.generation == 0)
    return exists().where(IngestCursorRow.run_id == run_id, at_work)


def are_gone(connection: Connection, run_id: str, key: LogKey) -> bool:
    """Whether a run has no entries although its log was read, and they may still be in the logs bucket."""
    of_run = IngestCursorRow.run_id == run_id
    was_read = exists().where(of_run, IngestCursorRow.file == NEXTFLOW_LOG, IngestCursorRow.byte_offset > 0)
    is_lost = exists().where(of_run, IngestCursorRow.file == RESTORED_LOG, IngestCursorRow.byte_offset == 0)
    has_entries = exists().where(entries_of(key))
    return bool(connection.execute(select(was_read & ~is_lost & ~has_entries)).scalar_one())


def are_dropped(connection: Connection, run_id: str, key: LogKey) -> bool:
    """Whether entries of a run that is over have to be read again, or are being read again."""
    if connection.execute(select(is_restoring(literal(run_id)))).scalar_one():
        return True
    return are_gone(connection, run_id, key)


def end_of_log(connection: Connection, run_id: str) -> LogEnd:
    """The end of a run's log; read it before the entries, of which it then never takes an open one for closed.

    Raises NotFoundError.
    """
    of_log = and_(IngestCursorRow.run_id == RunRow.run_id, IngestCursorRow.file == NEXTFLOW_LOG)
    found = select(RunRow.status, RunRow.created_at, IngestCursorRow.next_number).outerjoin(IngestCursorRow, of_log)
    row = connection.execute(found.where(RunRow.run_id == run_id)).first()
    if row is None or row.created_at is None:
        raise NotFoundError(f"there is no run {run_id}")
    is_complete = row.status in FINAL_STATUSES
    last_read, key = row.next_number, LogKey.of(run_id, row.created_at)
    return LogEnd(is_complete, None if is_complete else last_read, last_read, key)
