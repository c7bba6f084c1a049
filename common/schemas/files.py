"""Answers about the files of a run."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from common.schemas.paging import Page


class FileInfo(BaseModel):
    """A file of a run; `size` is in bytes. `download_url` and `preview_url` are signed links that expire.

    A download is named by the whole path of the file. `preview_url` shows the file in the browser: texts, tables (as
    text), images and HTML; it is null for other files.
    """

    model_config = ConfigDict(from_attributes=True)

    name: str
    size: int
    updated_at: datetime
    gcs_uri: str
    download_url: str | None = None
    preview_url: str | None = None


class FileGroups(BaseModel):
    """The files of a page by group; names are relative to the group and sorted."""

    inputs: list[FileInfo]
    results: list[FileInfo]
    logs: list[FileInfo]


class FileListResponse(Page):
    """A page of a run's files: first the inputs, then the results, then the logs.

    With a cursor, `total` is the number of files at the first page.
    """

    files: FileGroups
