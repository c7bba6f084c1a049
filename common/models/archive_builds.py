"""Table `archive_builds`: the progress of archives that take several work items."""

from datetime import datetime
from typing import Any

from sqlalchemy import String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from common.models.database import Base


class ArchiveBuildRow(Base):
    """The unfinished archive of a run; `version` changes whenever progress is saved. Deleted with its last step."""

    __tablename__ = "archive_builds"

    run_id: Mapped[str] = mapped_column(String(50), primary_key=True)
    version: Mapped[str] = mapped_column(Uuid(as_uuid=False))
    build: Mapped[dict[str, Any]]
    saved_at: Mapped[datetime]
