"""Table `run_events`: the journals of runs, from which live events are read."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, ForeignKey, String, func

from common.models.database import JSON_VALUE, MOMENT, Base, column


class RunEventRow(Base):
    """One event of a run; `seq` counts from 1 within the run, without gaps."""

    __tablename__ = "run_events"

    run_id: ColumnElement[str] = column(String(50), ForeignKey("runs.run_id"), primary_key=True)
    seq: ColumnElement[int] = column(BigInteger, primary_key=True, autoincrement=False)
    event: ColumnElement[str] = column(String(20))
    data: ColumnElement[dict[str, Any]] = column(JSON_VALUE)
    at: ColumnElement[datetime] = column(MOMENT, server_default=func.now())
