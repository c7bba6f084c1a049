"""Writes the journal of a run. Always inside the transaction that changes the run, so that both happen or neither."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, update

from common.domain.runs.live_events import EventKind
from common.models.run_events import RunEventRow
from common.models.runs import RunRow

News = Sequence[tuple[EventKind, dict[str, Any]]]


def append_to_journal(connection: Connection, run_id: str, news: News, *, at: datetime) -> None:
    """Number `news` after what the journal of the run holds already; the run's row is locked by it."""
    if not news:
        return
    raised = (
        update(RunRow)
        .where(RunRow.run_id == run_id)
        .values(event_seq=RunRow.event_seq + len(news))
        .returning(RunRow.event_seq)
    )
    last = connection.execute(raised).scalar_one()
    for seq, (kind, data) in enumerate(news, start=last - len(news) + 1):
        connection.execute(insert(RunEventRow).values(run_id=run_id, seq=seq, event=kind.value, data=data, at=at))
