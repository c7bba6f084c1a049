"""Tables `archives` and `archive_builds`: the archives that Sluice wrote, and the progress of those it is writing."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, String, Uuid

from common.models.database import JSON_VALUE, MOMENT, Base, column


class ArchiveRow(Base):
    """The newest archive of a run: its generation in Cloud Storage. Somebody else wrote any other generation."""

    __tablename__ = "archives"

    run_id: ColumnElement[str] = column(String(50), primary_key=True)
    generation: ColumnElement[int] = column(BigInteger)
    published_at: ColumnElement[datetime] = column(MOMENT)


class ArchiveBuildRow(Base):
    """The unfinished archive of a run; `version` changes whenever progress is saved. Deleted with its last step."""

    __tablename__ = "archive_builds"

    run_id: ColumnElement[str] = column(String(50), primary_key=True)
    version: ColumnElement[str] = column(Uuid(as_uuid=False))
    build: ColumnElement[dict[str, Any]] = column(JSON_VALUE)
    saved_at: ColumnElement[datetime] = column(MOMENT)
