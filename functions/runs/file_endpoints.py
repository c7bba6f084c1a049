"""The address of a run's files."""

from collections.abc import Iterable

from flask import Request, Response

from common.domain.runs.files import FileGroup
from common.schemas.files import FileGroups, FileInfo, FileListResponse
from common.services.paging import COUNTED_AT_MOST
from common.services.storage.file_listing import LONGEST_CURSOR, FileFilter, RunFile
from common.services.storage.service import StorageService
from common.web.answers import with_etag
from common.web.describing import Operation
from common.web.guard import RunGuard
from common.web.query import Query, read_query
from common.web.routing import Handler

_CURSOR = "The next_cursor of a page, for the page that follows it."


def file_filter_from(query: Query) -> FileFilter:
    """Which files a query asks for, and which page of them."""
    page = query.integer("page", 1, low=1, high=COUNTED_AT_MOST, about="Which page, when no cursor is given.")
    page_size = query.integer("page_size", 25, low=1, high=50, about="How many files make a page.")
    if page * page_size > COUNTED_AT_MOST:
        query.refuse("page", f"reaches beyond file {COUNTED_AT_MOST}; go on with cursor instead")
    return FileFilter(
        group=query.choice("group", FileGroup, None, about="Only files of this group."),
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
        """A page of a run's files, with links to download them.

        A page goes through the inputs, then the results, then the logs. A link needs no identity, is good for at
        least 12 minutes and at most an hour, and leads to what the file then holds. Behind a cursor, `total` is what
        it was on the page without one; a page without a cursor takes longer the more files there are.
        """
        self._guard.requested_run(request.headers, run_id)
        selected = read_query(request.args.items(multi=True), file_filter_from)
        page = self._storage.get_run_files(run_id, selected)
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
