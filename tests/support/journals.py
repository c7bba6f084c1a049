"""What the journal of a run holds, straight from its table."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Engine, Row, select

from common.models.run_events import RunEventRow


def journal_of(engine: Engine, run_id: str) -> Sequence[Row[Any]]:
    """The rows of a run's journal, oldest first."""
    rows = select(RunEventRow.__table__).where(RunEventRow.run_id == run_id).order_by(RunEventRow.seq)
    with engine.connect() as connection:
        return connection.execute(rows).all()


def told_by(engine: Engine, run_id: str) -> list[tuple[int, str, str | None]]:
    """Number, kind and, where it has one, status of each event of a run."""
    return [(row.seq, row.event, row.data.get("status")) for row in journal_of(engine, run_id)]
