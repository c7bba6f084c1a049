"""The address of a run's files."""

from collections.abc import Callable, Iterable

from flask import Request, Response

from common.domain.runs.access import Caller, require_owner
from common.domain.runs.files import FileGroup
from common.schemas.files import FileGroups, FileInfo, FileListResponse
from common.services.paging import COUNTED_AT_MOST
from common.services.runs.store import RunStoreService
from common.services.storage.file_listing import LONGEST_CURSOR, FileFilter, RunFile
from common.services.storage.service import StorageService
from common.web.answers import with_etag
from common.web.callers.identity import HeaderLists
from common.web.describing import Operation
from common.web.query import Query, read_query
from common.web.routing import Handler

_CURSOR = "The next_cursor of a page, for the page that follows it."


def wanted_files(query: Query) -> FileFilter:
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
    """`identify` turns the headers of a request into its caller."""

    def __init__(
        self, identify: Callable[[HeaderLists], Caller], runs: RunStoreService, storage: StorageService
    ) -> None:
        self._identify = identify
        self._runs = runs
        self._storage = storage
        self.table: dict[tuple[str, str], Handler] = {("GET", "/api/runs/<run_id>/files"): self.list_files}

    @Operation("list_run_files", {200: FileListResponse}, query=wanted_files, etag=True)
    def list_files(self, request: Request, run_id: str) -> Response:
        """A page of a run's files, with links to download them.

        A page goes through the inputs, then the results, then the logs. A link needs no identity, is good for at
        least 12 minutes and at most an hour, and leads to what the file then holds. Behind a cursor, `total` is what
        it was on the page without one; a page without a cursor takes longer the more files there are.
        """
        caller = self._identify(request.headers)
        run = self._runs.get_run(run_id)
        require_owner(caller, owner=run.user_email, thing=f"run {run_id}")
        wanted = read_query(request.args.items(multi=True), wanted_files)
        page = self._storage.get_run_files(run_id, wanted)
        answer = FileListResponse(
            files=_grouped(page.files),
            total=page.total.count,
            total_capped=page.total.is_capped,
            page=None if wanted.cursor else wanted.page,
            page_size=wanted.page_size,
            next_cursor=page.next_cursor,
        )
        return with_etag(request, answer.model_dump_json().encode())


def _grouped(files: Iterable[RunFile]) -> FileGroups:
    groups = FileGroups(inputs=[], results=[], logs=[])
    for file in files:
        getattr(groups, file.group).append(FileInfo.model_validate(file))
    return groups
