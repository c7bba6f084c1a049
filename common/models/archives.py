"""Tables `archives` and `archive_builds`: the archives that Sluice wrote, and the progress of those it is writing."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from common.models.database import Base


class ArchiveRow(Base):
    """The newest archive of a run: its generation in Cloud Storage. Somebody else wrote any other generation."""

    __tablename__ = "archives"

    run_id: Mapped[str] = mapped_column(String(50), primary_key=True)
    generation: Mapped[int] = mapped_column(BigInteger)
    published_at: Mapped[datetime]


class ArchiveBuildRow(Base):
    """The unfinished archive of a run; `version` changes whenever progress is saved. Deleted with its last step."""

    __tablename__ = "archive_builds"

    run_id: Mapped[str] = mapped_column(String(50), primary_key=True)
    version: Mapped[str] = mapped_column(Uuid(as_uuid=False))
    build: Mapped[dict[str, Any]]
    saved_at: Mapped[datetime]
