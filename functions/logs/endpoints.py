"""The addresses of a run's log and tasks."""

from collections.abc import Callable

from flask import Request, Response

from common.actions.request_archive import RequestArchive
from common.domain.runs import files as run_files
from common.domain.tasks.task import TaskStatus
from common.schemas.logs import LogEntry, LogPage, TaskInfo, TaskListResponse, TaskSummary
from common.services.logs.listing import LEVELS, EntryFilter
from common.services.logs.service import LogService
from common.services.storage.service import StorageService
from common.services.tasks.listing import TASK_ORDERS, TaskFilter
from common.web.answers import with_etag
from common.web.describing import Operation, Text
from common.web.guard import RunGuard
from common.web.query import Query, read_query
from common.web.routing import Handler, Routes
from functions.logs.output_endpoints import OutputEndpoints

_DEEPEST = 10_000_000
_LOG_FILE = Text(
    "text/plain", "Nov-23 08:15:02.113 [main] DEBUG nextflow.cli.Launcher - $> nextflow run nf-core/scrnaseq\n"
)


def _entry_filter_from(query: Query) -> EntryFilter:
    return EntryFilter(
        level=query.choice("level", LEVELS, None, about="Only entries of this level or above."),
        search=query.text("search", longest=200, about="Only entries that hold this text, in any case."),
        offset=query.integer("offset", 0, low=0, high=_DEEPEST, about="How many matching entries to pass over."),
        limit=query.integer(
            "limit", 200, low=1, high=5000, about="How many entries to answer at most; fewer where they are long."
        ),
        newest_first=query.choice("order", ("asc", "desc"), "asc", about="desc puts the newest first.") == "desc",
        cursor=query.text("cursor", longest=200, about="next_cursor of the page before, with the same parameters."),
    )


def _task_filter_from(query: Query) -> TaskFilter:
    return TaskFilter(
        status=query.choice("status", TaskStatus, None, about="Only tasks in this state."),
        process=query.text("process", longest=500, about="Only tasks of this process, by its full name."),
        search=query.text("search", longest=200, about="Only tasks whose name or id holds this text, in any case."),
        sort=query.choice("sort", TASK_ORDERS, "submit_time", about="- turns it round; what is not known comes last."),
        cursor=query.text("cursor", longest=2000, about="next_cursor of the page before, in the same order."),
        limit=query.integer("limit", 100, low=1, high=1000, about="How many tasks to answer at most."),
    )


class LogEndpoints:
    """Answers the addresses of logs and tasks."""

    def __init__(
        self,
        guard: RunGuard,
        logs: LogService,
        storage: StorageService,
        *,
        request_archive: RequestArchive,
        ready: Callable[[], None],
        project: str | None = None,
    ) -> None:
        self._guard = guard
        self._logs = logs
        self._storage = storage
        own: dict[tuple[str, str], Handler] = {
            ("GET", "/api/runs/<run_id>/logs"): self.entries,
            ("GET", "/api/runs/<run_id>/tasks"): self.tasks,
        }
        outputs = OutputEndpoints(guard, logs, request_archive)
        self.routes = Routes(own | outputs.table, ready=ready, project=project)

    @Operation("list_log_entries", {200: (LogPage, _LOG_FILE)}, query=_entry_filter_from, etag=True)
    def entries(self, request: Request, run_id: str) -> Response:
        """A page of the log's entries.

        Who accepts text/plain and not JSON gets the file itself, whatever the parameters say. A run without a log yet
        has no entries.
        """
        self._guard.requested_run(request.headers, run_id)
        if request.accept_mimetypes.best_match(["application/json", "text/plain"]) == "text/plain":
            content = self._storage.stream_log(run_id, run_files.NEXTFLOW_LOG)
            return Response(content, content_type="text/plain; charset=utf-8")
        selected = read_query(request.args.items(multi=True), _entry_filter_from)
        page = self._logs.get_workflow_log(run_id, selected)
        answer = LogPage(
            entries=[LogEntry.model_validate(entry) for entry in page.entries],
            total=page.total.count,
            total_capped=page.total.is_capped,
            offset=None if selected.cursor else selected.offset,
            page_size=selected.limit,
            next_cursor=page.next_cursor,
            complete=page.complete,
        )
        return with_etag(request, answer)

    @Operation("list_tasks", {200: TaskListResponse}, query=_task_filter_from, etag=True)
    def tasks(self, request: Request, run_id: str) -> Response:
        """A page of the tasks, with a summary of all: by status, and by process."""
        self._guard.requested_run(request.headers, run_id)
        selected = read_query(request.args.items(multi=True), _task_filter_from)
        page = self._logs.list_tasks(run_id, selected)
        answer = TaskListResponse(
            tasks=[TaskInfo.of(task) for task in page.tasks],
            total=page.total.count,
            total_capped=page.total.is_capped,
            page=None if selected.cursor else 1,
            page_size=selected.limit,
            next_cursor=page.next_cursor,
            summary=TaskSummary.model_validate(page.summary),
        )
        return with_etag(request, answer)
