"""Answers about the files of a run."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from common.schemas.paging import Page


class FileInfo(BaseModel):
    """One file; `size` in bytes, `download_url` signed and good for a limited time (null when it is not asked for)."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    size: int
    updated_at: datetime
    gcs_uri: str
    download_url: str | None = None


class FileGroups(BaseModel):
    """The files of a page; names are relative to their group, and each group is in the order of its names."""

    inputs: list[FileInfo]
    results: list[FileInfo]
    logs: list[FileInfo]


class FileListResponse(Page):
    """A page of a run's files, which goes through the inputs, then the results, then the logs.

    Behind a cursor, `total` is what it was on the page that the cursor began at.
    """

    files: FileGroups
