"""Table `run_events`: the journals of runs, from which live events are read."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, String, func
from sqlalchemy.orm import Mapped, mapped_column

from common.models.database import Base


class RunEventRow(Base):
    """One event of a run; `seq` counts from 1 within the run, without gaps."""

    __tablename__ = "run_events"

    run_id: Mapped[str] = mapped_column(String(50), ForeignKey("runs.run_id"), primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    event: Mapped[str] = mapped_column(String(20))
    data: Mapped[dict[str, Any]]
    at: Mapped[datetime] = mapped_column(server_default=func.now())
