"""Pages of a run's journal for people: all entries but the counts of its tasks, oldest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from sqlalchemy import BigInteger, Connection, Select, bindparam, select

from common.domain.runs.live_events import EventKind, LiveEvent
from common.models.run_events import RunEventRow
from common.services.paging import CursorCodec, Total, up_to_cap
from common.services.runs.journal import event_from


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalPage:
    """A page of entries, and how many there are on all pages."""

    entries: Sequence[LiveEvent]
    total: Total
    next_cursor: str | None


class HistoryPosition(NamedTuple):
    """The number of the last entry on a page."""

    seq: int


_CURSORS: Final = CursorCodec(HistoryPosition)
_SEQ: Final = RunEventRow.__table__.c.seq
_ALL: Final = select(RunEventRow.__table__).where(
    RunEventRow.run_id == bindparam("run_id"), RunEventRow.event != EventKind.PROGRESS.value
)
_PAGE: Final[Select[tuple[object, ...]]] = (
    _ALL.where(bindparam("after", type_=BigInteger) < _SEQ).order_by(_SEQ).limit(bindparam("most", type_=BigInteger))
)
_COUNT: Final = up_to_cap(_ALL)


def history_page(connection: Connection, run_id: str, *, cursor: str | None, page_size: int) -> JournalPage:
    """The entries that follow `cursor`, or the first ones. Raises ValidationError for an invalid cursor."""
    after = _CURSORS.decode(cursor, of=_list_of(run_id)).seq if cursor else 0
    values = {"run_id": run_id, "after": after, "most": page_size + 1}
    found = [event_from(row) for row in connection.execute(_PAGE, values)]
    entries, has_more = found[:page_size], len(found) > page_size
    if has_more or after:
        total = Total.capped(connection.execute(_COUNT, {"run_id": run_id}).scalar_one())
    else:
        total = Total(len(entries), is_capped=False)
    last = HistoryPosition(entries[-1].seq) if has_more else None
    return JournalPage(
        entries=entries, total=total, next_cursor=_CURSORS.encode(last, of=_list_of(run_id)) if last else None
    )


def _list_of(run_id: str) -> str:
    return f"{run_id}/history"
