"""Table `quotas`: what is left of limits that hold over all instances."""

from datetime import datetime

from sqlalchemy import ColumnElement, Double, String

from common.models.database import MOMENT, Base, column


class QuotaRow(Base):
    """A token bucket: `tokens` were left at `refilled_at`."""

    __tablename__ = "quotas"

    name: ColumnElement[str] = column(String(100), primary_key=True)
    tokens: ColumnElement[float] = column(Double)
    refilled_at: ColumnElement[datetime] = column(MOMENT)
