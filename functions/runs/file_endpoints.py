"""The addresses of a run's files and of its inputs."""

from collections.abc import Iterable
from typing import Final

from flask import Request, Response

from common.domain.runs import files as run_files
from common.domain.runs.files import FileGroup
from common.errors import NotFoundError, TooManyRequestsError
from common.schemas.files import FileGroups, FileInfo, FileListResponse
from common.schemas.runs import RunInputsResponse
from common.services.paging import COUNTED_AT_MOST
from common.services.storage.file_listing import LONGEST_CURSOR, FileFilter, RunFile
from common.services.storage.service import StorageService
from common.telemetry import audit
from common.web.answers import with_etag
from common.web.callers.limits import UserRate
from common.web.describing import Operation
from common.web.guard import RunGuard
from common.web.query import Query, no_parameters, read_query
from common.web.routing import Handler

_UNIT_BYTES: Final = 1 << 20
_CURSOR = "The next_cursor of the previous page."


def file_filter_from(query: Query) -> FileFilter:
    """The filter and the page that a query string asks for."""
    page = query.integer("page", 1, low=1, high=COUNTED_AT_MOST, about="The number of the page; ignored with a cursor.")
    page_size = query.integer("page_size", 25, low=1, high=50, about="The number of files per page.")
    if page * page_size > COUNTED_AT_MOST:
        query.refuse("page", f"goes beyond file {COUNTED_AT_MOST:,}; use cursor instead")
    return FileFilter(
        group=query.choice("group", FileGroup, None, about="Only files in this group."),
        prefix=query.text("prefix", longest=500, about="Only files whose names begin with this text.") or "",
        page=page,
        page_size=page_size,
        cursor=query.text("cursor", longest=LONGEST_CURSOR, about=_CURSOR),
    )


class FileEndpoints:
    """Answers GET /api/runs/{run_id}/files and /inputs."""

    def __init__(self, guard: RunGuard, storage: StorageService, searches: UserRate) -> None:
        self._guard = guard
        self._storage = storage
        self._searches = searches
        self.table: dict[tuple[str, str], Handler] = {
            ("GET", "/api/runs/<run_id>/files"): self.list_files,
            ("GET", "/api/runs/<run_id>/inputs"): self.get_inputs,
        }

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

    @Operation(
        "get_run_inputs", {200: RunInputsResponse}, query=no_parameters, errors=(TooManyRequestsError,), etag=True
    )
    def get_inputs(self, request: Request, run_id: str) -> Response:
        """Get the request that made a run, to start it again with changes.

        Each MiB of the samplesheet counts as a search.
        """
        caller = self._guard.identify(request.headers)
        run = self._guard.run_for(caller, run_id)
        read_query(request.args.items(multi=True), no_parameters)
        sheet = self._input(run_id, run_files.SAMPLESHEET, run_files.SAMPLESHEET_WITH_TABS)
        self._searches.take(caller.email, 1 + len(sheet) // _UNIT_BYTES)  # secrets are looked for in it
        answer = RunInputsResponse(
            pipeline=run.pipeline,
            pipeline_version=run.pipeline_version,
            samplesheet_csv=sheet.decode(),
            config_content=run_files.config_in(self._input(run_id, run_files.USER_CONFIG)),
            params=dict(run.params),
            source_ngs_runs=list(run.source_ngs_runs) or None,
            source_project=run.source_project,
        )
        return with_etag(request, answer)

    def _input(self, run_id: str, *names: str) -> bytes:
        """The first of these inputs that the run has. Raises NotFoundError."""
        found = (content for name in names if (content := self._storage.read_input(run_id, name)) is not None)
        content = next(found, None)
        if content is None:
            raise NotFoundError(f"run {run_id} has no {names[0]} any more")
        return content


def _grouped(files: Iterable[RunFile]) -> FileGroups:
    groups = FileGroups(inputs=[], results=[], logs=[])
    for file in files:
        getattr(groups, file.group).append(FileInfo.model_validate(file))
    return groups
