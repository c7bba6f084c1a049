"""Table `leases`: exclusive rights to work that spans several transactions."""

from datetime import datetime

from sqlalchemy import ColumnElement, String, Uuid

from common.models.database import MOMENT, Base, column


class LeaseRow(Base):
    """`holder` has the right to the work `name` until `lease_until`. The row is deleted when the lease is released."""

    __tablename__ = "leases"

    name: ColumnElement[str] = column(String(200), primary_key=True)
    holder: ColumnElement[str] = column(Uuid(as_uuid=False))
    lease_until: ColumnElement[datetime] = column(MOMENT)
