"""Table `health_reports`: what was last heard of each part of Sluice that other parts depend on."""

from datetime import datetime

from sqlalchemy import ColumnElement, String, Text

from common.models.database import MOMENT, Base, column


class HealthReportRow(Base):
    """When a `part` was last heard of, and since when it fails; `failing_since` and `why` are NULL while it is well."""

    __tablename__ = "health_reports"

    part: ColumnElement[str] = column(String(40), primary_key=True)
    heard_at: ColumnElement[datetime | None] = column(MOMENT, nullable=True)
    failing_since: ColumnElement[datetime | None] = column(MOMENT, nullable=True)
    why: ColumnElement[str | None] = column(Text, nullable=True)
