"""The journal of a run: a numbered row in `run_events` for each change, from which live events are read."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Connection,
    Engine,
    Row,
    Text,
    bindparam,
    cast,
    column,
    func,
    select,
    text,
    union_all,
)
from sqlalchemy.dialects.postgresql import JSONB

from common.domain.notifications.journal import events_in
from common.domain.runs.live_events import EventKind, LiveEvent
from common.models.run_events import RunEventRow
from common.services.notifications.filling import FROM_JOURNAL
from common.services.postgres.engine import read

READ_AT_ONCE = 5000
_READ_OF_EACH = 100

JournalEntries = Sequence[tuple[EventKind, dict[str, Any]]]

_RAISED = """
    WITH raised AS (
        UPDATE runs SET event_seq = event_seq + jsonb_array_length(:entries) WHERE run_id = :run_id
        RETURNING run_id, event_seq, user_email, notify
    )
"""
_ADD = """
    INSERT INTO run_events (run_id, seq, event, data, at)
    SELECT :run_id, event_seq - jsonb_array_length(:entries) + place, entry ->> 'event', entry -> 'data', :at
    FROM raised, jsonb_array_elements(:entries) WITH ORDINALITY AS entries (entry, place)
    RETURNING seq
"""
_APPEND = text(_RAISED + _ADD).bindparams(bindparam("entries", type_=JSONB))
_APPEND_AND_NOTIFY = text(f"{_RAISED}, notified AS ({FROM_JOURNAL}) {_ADD}").bindparams(
    bindparam("entries", type_=JSONB), bindparam("news", type_=JSONB)
)


class JournalPosition(NamedTuple):
    """The end of a journal: the numbers of its newest event (0 if empty) and of `done` (None while the run is live).

    Events after `done`, for what Sluice did to a run that had ended, are not streamed.
    """

    newest: int
    done: int | None


def append_to_journal(connection: Connection, run_id: str, entries: JournalEntries, *, at: datetime) -> int:
    """Append `entries`, at least one, with the next numbers; return the number of the last one.

    Notifications of what they report are stored with them. Locks the run's row; call it in the transaction that changes
    the run.
    """
    written = [{"event": kind.value, "data": data} for kind, data in entries]
    values = {"run_id": run_id, "entries": written, "at": at}
    news = [{"place": place, "event": event.value} for place, event in events_in(entries)]
    found = (
        connection.execute(_APPEND_AND_NOTIFY, values | {"news": news}) if news else connection.execute(_APPEND, values)
    )
    return int(max(found.scalars()))


class JournalReader:
    """Reads journals; blocks its thread. Raises UnavailableError."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def events_after(self, positions: Collection[tuple[str, int]]) -> list[LiveEvent]:
        """The events after each position: a run id and the number of an event, 0 for before the first.

        At most 100 for each position and READ_AT_ONCE in all; those next to their position come first, so that every
        run gets some.
        """
        if not positions:
            return []
        run_ids, seen = zip(*positions, strict=True)
        columns = column("run_id", Text), column("seq", BigInteger)
        unnested = func.unnest(cast(run_ids, ARRAY(Text)), cast(seen, ARRAY(BigInteger)))
        place = unnested.table_valued(*columns, name="place").render_derived()
        follows = RunEventRow.seq.between(place.c.seq + 1, place.c.seq + _READ_OF_EACH)
        following = (
            select(RunEventRow.__table__)
            .join(place, (RunEventRow.run_id == place.c.run_id) & follows)
            .order_by(RunEventRow.seq - place.c.seq, RunEventRow.run_id)
            .limit(READ_AT_ONCE)
        )
        rows = read(self._engine, lambda connection: connection.execute(following).all())
        return [event_from(row) for row in rows]

    def latest_state(self, run_id: str, *, up_to: int) -> list[LiveEvent]:
        """The newest status event and the newest progress event of a run, among those up to number `up_to`."""
        of_run = select(RunEventRow.__table__).where(RunEventRow.run_id == run_id, RunEventRow.seq <= up_to)
        newest = [
            of_run.where(RunEventRow.event == kind.value).order_by(RunEventRow.seq.desc()).limit(1).subquery()
            for kind in (EventKind.STATUS, EventKind.PROGRESS)
        ]
        latest = union_all(*map(select, newest))
        rows = read(self._engine, lambda connection: connection.execute(latest).all())
        return [event_from(row) for row in rows]

    def position_of(self, run_id: str) -> JournalPosition:
        """The end of the journal of a run."""
        done = func.min(RunEventRow.seq).filter(RunEventRow.event == EventKind.DONE.value)
        of_run = select(func.coalesce(func.max(RunEventRow.seq), 0), done).where(RunEventRow.run_id == run_id)
        newest, end = read(self._engine, lambda connection: connection.execute(of_run).one())
        return JournalPosition(newest, end)


def event_from(row: Row[Any]) -> LiveEvent:
    """The event in a row of `run_events`."""
    return LiveEvent(row.run_id, row.seq, EventKind(row.event), row.data, row.at)
