"""Table `quotas`: what is left of limits that hold over all instances."""

from datetime import datetime

from sqlalchemy import Double, String
from sqlalchemy.orm import Mapped, mapped_column

from common.models.database import Base


class QuotaRow(Base):
    """A token bucket: `tokens` were left at `refilled_at`."""

    __tablename__ = "quotas"

    name: Mapped[str] = mapped_column(String(100), primary_key=True)
    tokens: Mapped[float] = mapped_column(Double)
    refilled_at: Mapped[datetime]
