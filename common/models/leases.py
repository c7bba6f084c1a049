"""Table `leases`: exclusive rights to work that spans several transactions."""

from datetime import datetime

from sqlalchemy import String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from common.models.database import Base


class LeaseRow(Base):
    """`holder` has the right to the work `name` until `lease_until`. The row is deleted when the lease is released."""

    __tablename__ = "leases"

    name: Mapped[str] = mapped_column(String(200), primary_key=True)
    holder: Mapped[str] = mapped_column(Uuid(as_uuid=False))
    lease_until: Mapped[datetime]
