"""Table `leases`: who alone may do a thing for a while, where no transaction can span the doing."""

from datetime import datetime

from sqlalchemy import String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from common.models.database import Base


class LeaseRow(Base):
    """The thing `name` is `holder`'s, who is believed dead after `lease_until`. Deleted when it is let go."""

    __tablename__ = "leases"

    name: Mapped[str] = mapped_column(String(200), primary_key=True)
    holder: Mapped[str] = mapped_column(Uuid(as_uuid=False))
    lease_until: Mapped[datetime]
