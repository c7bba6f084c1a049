"""How the log of a run ends at the moment: with an open entry, to which lines may be added, or for good."""

from dataclasses import dataclass

from sqlalchemy import Connection, and_, select

from common.domain.runs.files import NEXTFLOW_LOG
from common.domain.runs.status import FINAL_STATUSES
from common.models.ingest_cursors import IngestCursorRow
from common.models.runs import RunRow


@dataclass(frozen=True, slots=True)
class LogEnd:
    """`is_complete` when the run is over, because a final status is stored only after the whole log has been ingested.

    A run whose launch was refused is complete without a log. `open_number` is the number that the open entry has or
    will have; None when no entry can change any more, or none has been read.
    """

    is_complete: bool
    open_number: int | None


def end_of_log(connection: Connection, run_id: str) -> LogEnd:
    """The end of a run's log; read it before the entries, of which it then never takes an open one for closed."""
    of_log = and_(IngestCursorRow.run_id == RunRow.run_id, IngestCursorRow.file == NEXTFLOW_LOG)
    found = select(RunRow.status, IngestCursorRow.next_number).outerjoin(IngestCursorRow, of_log)
    row = connection.execute(found.where(RunRow.run_id == run_id)).first()
    is_complete = row is not None and row.status in FINAL_STATUSES
    return LogEnd(is_complete, None if row is None or is_complete else row.next_number)
