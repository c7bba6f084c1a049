"""The address of a run's files."""

from collections.abc import Iterable

from flask import Request, Response

from common.domain.runs.files import FileGroup
from common.schemas.files import FileGroups, FileInfo, FileListResponse
from common.services.paging import COUNTED_AT_MOST
from common.services.storage.file_listing import LONGEST_CURSOR, FileFilter, RunFile
from common.services.storage.service import StorageService
from common.telemetry import audit
from common.web.answers import with_etag
from common.web.describing import Operation
from common.web.guard import RunGuard
from common.web.query import Query, read_query
from common.web.routing import Handler

_CURSOR = "The next_cursor of the previous page."


def file_filter_from(query: Query) -> FileFilter:
    """The filter and the page that a query string asks for."""
    page = query.integer("page", 1, low=1, high=COUNTED_AT_MOST, about="The number of the page; ignored with a cursor.")
    page_size = query.integer("page_size", 25, low=1, high=50, about="The number of files per page.")
    if page * page_size > COUNTED_AT_MOST:
        query.refuse("page", f"goes beyond file {COUNTED_AT_MOST:,}; use cursor instead")
    return FileFilter(
        group=query.choice("group", FileGroup, None, about="Only files in this group."),
        page=page,
        page_size=page_size,
        cursor=query.text("cursor", longest=LONGEST_CURSOR, about=_CURSOR),
    )


class FileEndpoints:
    """Answers GET /api/runs/{run_id}/files."""

    def __init__(self, guard: RunGuard, storage: StorageService) -> None:
        self._guard = guard
        self._storage = storage
        self.table: dict[tuple[str, str], Handler] = {("GET", "/api/runs/<run_id>/files"): self.list_files}

    @Operation("list_run_files", {200: FileListResponse}, query=file_filter_from, etag=True)
    def list_files(self, request: Request, run_id: str) -> Response:
        """List the files of a run, with download links.

        Lists the inputs, then the results, then the logs. A link needs no identity and is valid for 12 to 60 minutes;
        it leads to the current content of the file. With a cursor, `total` is the number of files at the first page.
        A page without a cursor takes longer for runs with many files.
        """
        caller = self._guard.permitted_caller(request.headers, run_id)
        selected = read_query(request.args.items(multi=True), file_filter_from)
        page = self._storage.get_run_files(run_id, selected)
        audit("links to files given", action="file_links_given", run_id=run_id, by=caller.email, files=len(page.files))
        answer = FileListResponse(
            files=_grouped(page.files),
            total=page.total.count,
            total_capped=page.total.is_capped,
            page=None if selected.cursor else selected.page,
            page_size=selected.page_size,
            next_cursor=page.next_cursor,
        )
        return with_etag(request, answer)


def _grouped(files: Iterable[RunFile]) -> FileGroups:
    groups = FileGroups(inputs=[], results=[], logs=[])
    for file in files:
        getattr(groups, file.group).append(FileInfo.model_validate(file))
    return groups
