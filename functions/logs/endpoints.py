"""The addresses of a run's log and tasks; those of task output and the archive are in output_endpoints."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial

from flask import Request, Response

from common.actions.request_archive import RequestArchive
from common.domain.runs import files as run_files
from common.domain.tasks.task import TaskStatus
from common.domain.text.secret_pieces import hide_in_pieces
from common.errors import TooManyRequestsError
from common.models.log_entries import LEVELS
from common.schemas.logs import LogEntry, LogPage, TaskInfo, TaskListResponse, TaskSummary
from common.schemas.paging import page_json
from common.services.logs.listing import EntryFilter
from common.services.logs.service import LogService
from common.services.storage.service import StorageService
from common.services.tasks.listing import TASK_ORDERS, TaskFilter
from common.telemetry import audit
from common.web.answers import with_etag
from common.web.callers.limits import UserRate
from common.web.describing import Operation, Text
from common.web.guard import RunGuard
from common.web.query import Query, read_query
from common.web.routing import Handler, Routes
from functions.logs.output_endpoints import OutputEndpoints
from functions.logs.timeline_endpoint import TimelineEndpoint

_DEEPEST = 10_000_000
_LOG_FILE = Text(
    "text/plain", "Nov-23 08:15:02.113 [main] DEBUG nextflow.cli.Launcher - $> nextflow run nf-core/scrnaseq\n"
)


def _entry_filter_from(query: Query) -> EntryFilter:
    return EntryFilter(
        level=query.choice("level", LEVELS, None, about="Only entries of this level or a higher one."),
        search=query.text("search", longest=200, about="Only entries with this text, ignoring case."),
        offset=query.integer("offset", 0, low=0, high=_DEEPEST, about="The number of matching entries to skip."),
        limit=query.integer(
            "limit", 200, low=1, high=5000, about="The maximum number of entries; a page of long entries has fewer."
        ),
        newest_first=query.choice("order", ("asc", "desc"), "asc", about="asc or desc: oldest or newest first.")
        == "desc",
        cursor=query.text("cursor", longest=200, about="The next_cursor of the previous page; keep all parameters."),
    )


def _task_filter_from(query: Query) -> TaskFilter:
    return TaskFilter(
        status=query.choice("status", TaskStatus, None, about="Only tasks with this status."),
        process=query.text("process", longest=500, about="Only tasks of the process with this full name."),
        search=query.text("search", longest=200, about="Only tasks with this text in their name or id, ignoring case."),
        sort=query.choice(
            "sort",
            TASK_ORDERS,
            "submit_time",
            about="Sort field; - for descending. Nulls are last.",
        ),
        offset=query.integer("offset", 0, low=0, high=_DEEPEST, about="The number of matching tasks to skip."),
        cursor=query.text("cursor", longest=2000, about="The next_cursor of the previous page; keep all parameters."),
        limit=query.integer("limit", 100, low=1, high=1000, about="The maximum number of tasks."),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLimits:
    """What one user may ask for; `take_look` counts a look at task output and raises TooManyRequestsError."""

    searches: UserRate
    take_look: Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class LogWork:
    """What is queued for those who look at logs: archives, and entries that have to be read again."""

    archive: RequestArchive
    restore: Callable[[str], None]


class LogEndpoints:
    """Answers the addresses of logs and tasks."""

    def __init__(
        self,
        guard: RunGuard,
        logs: LogService,
        storage: StorageService,
        *,
        work: LogWork,
        limits: LogLimits,
        ready: Callable[[], None],
        project: str | None = None,
        origins: Collection[str] = (),
    ) -> None:
        self._guard = guard
        self._logs = logs
        self._storage = storage
        self._searches = limits.searches
        self._work = work
        own: dict[tuple[str, str], Handler] = {
            ("GET", "/api/runs/<run_id>/logs"): self.entries,
            ("GET", "/api/runs/<run_id>/tasks"): self.tasks,
        }
        outputs = OutputEndpoints(guard, logs, work.archive, limits.take_look)
        timeline = TimelineEndpoint(guard, logs, limits.searches, work.archive.clock)
        self.routes = Routes(own | outputs.table | timeline.table, ready=ready, project=project, origins=origins)

    @Operation(
        "list_log_entries",
        {200: (LogPage, _LOG_FILE)},
        query=_entry_filter_from,
        errors=(TooManyRequestsError,),
        etag=True,
    )
    def entries(self, request: Request, run_id: str) -> Response:
        """List the entries of a run's log.

        With `Accept: text/plain`, answers with the whole log file and ignores all parameters. A run without a log yet
        has no entries. Each MiB of a log as text counts as a search. Entries of old runs are kept for some months only;
        the first to ask for them later gets an empty page with `restoring`, and they are read again.
        """
        caller = self._guard.identify(request.headers)
        run = self._guard.outline_for(caller, run_id)
        if request.accept_mimetypes.best_match(["application/json", "text/plain"]) == "text/plain":
            take = partial(self._searches.take, caller.email)  # secrets are looked for in every line
            pieces = self._storage.stream_log(run_id, run_files.NEXTFLOW_LOG, take=take)
            audit("log downloaded", action="log_downloaded", run_id=run_id, by=caller.email)
            return Response(hide_in_pieces(pieces), content_type="text/plain; charset=utf-8")
        selected = read_query(request.args.items(multi=True), _entry_filter_from)
        if selected.search:
            self._searches.take(caller.email)
        page = self._logs.get_workflow_log(run, selected)
        if page.restoring:
            self._work.restore(run_id)
        answer = LogPage(
            entries=[],
            total=page.total.count,
            total_capped=page.total.is_capped,
            offset=None if selected.cursor else selected.offset,
            page_size=selected.limit,
            next_cursor=page.next_cursor,
            complete=page.complete,
            restoring=page.restoring,
        )
        return with_etag(request, page_json(answer, "entries", page.lines, LogEntry))

    @Operation(
        "list_tasks", {200: TaskListResponse}, query=_task_filter_from, errors=(TooManyRequestsError,), etag=True
    )
    def tasks(self, request: Request, run_id: str) -> Response:
        """List the tasks of a run, with a summary by status and by process."""
        caller = self._guard.permitted_caller(request.headers, run_id)
        selected = read_query(request.args.items(multi=True), _task_filter_from)
        if selected.search:
            self._searches.take(caller.email)
        page = self._logs.list_tasks(run_id, selected)
        answer = TaskListResponse(
            tasks=[],
            total=page.total.count,
            total_capped=page.total.is_capped,
            page=None if selected.cursor else 1,
            page_size=selected.limit,
            next_cursor=page.next_cursor,
            summary=TaskSummary.model_validate(page.summary),
        )
        return with_etag(request, page_json(answer, "tasks", page.lines, TaskInfo))
