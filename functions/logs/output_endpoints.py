"""The addresses of task output and of the log archive."""

from collections.abc import Callable
from datetime import timedelta

from flask import Request, Response

from common.actions.request_archive import RequestArchive
from common.domain.tasks.output import task_id_of
from common.errors import TooManyRequestsError
from common.schemas.logs import ArchiveResponse, TaskLogs
from common.services.logs.service import LogService
from common.telemetry import audit
from common.web.answers import answer_json, with_etag
from common.web.describing import Operation
from common.web.guard import RunGuard
from common.web.query import Query, read_query
from common.web.routing import Handler

_RETRY_AFTER_S = 2


def _wait_from(query: Query) -> timedelta:
    about = "How many seconds to wait while the archive is being built."
    return timedelta(seconds=query.integer("wait", 0, low=0, high=10, about=about))


class OutputEndpoints:
    """Answers the addresses of task output and of the log archive.

    `take_look` counts a user's look at task output and raises TooManyRequestsError.
    """

    def __init__(
        self, guard: RunGuard, logs: LogService, request_archive: RequestArchive, take_look: Callable[[str], None]
    ) -> None:
        self._guard = guard
        self._logs = logs
        self._request_archive = request_archive
        self._take_look = take_look
        self.table: dict[tuple[str, str], Handler] = {
            ("GET", "/api/runs/<run_id>/tasks/<task_id>/logs"): self.task_logs,
            ("GET", "/api/runs/<run_id>/logs/download"): self.download,
        }

    @Operation("get_task_logs", {200: TaskLogs}, errors=(TooManyRequestsError,), etag=True)
    def task_logs(self, request: Request, run_id: str, task_id: str) -> Response:
        """Get the output of a task, and the command that it ran.

        The output comes from the task's work directory, or from Cloud Logging while the work directory has none yet.
        Reads of Cloud Logging are limited, so the output of a running task may be some seconds old; an older answer
        is marked `stale`.
        """
        caller = self._guard.identify(request.headers)
        run = self._guard.run_for(caller, run_id)
        self._take_look(caller.email)
        task, found = self._logs.get_task_logs(run, task_id)
        answer = TaskLogs(
            task_id=task_id_of(task),
            stdout=found.output.stdout,
            stderr=found.output.stderr,
            log=found.output.log,
            command=found.output.command,
            source=found.output.source,
            merged=found.output.merged,
            truncated=list(found.output.truncated),
            as_of=found.as_of,
            stale=found.is_stale,
            complete=found.is_final,
        )
        return with_etag(request, answer)

    @Operation("download_logs", {302: (), 202: ArchiveResponse}, query=_wait_from)
    def download(self, request: Request, run_id: str) -> Response:
        """Download all logs of a run as a zip.

        Answers 302 to a zip with nextflow.log, trace, timeline, report, exit code, the output of failed tasks, and a
        manifest of present and missing files. Answers 202 while the zip is being built: ask again after Retry-After.
        """
        caller = self._guard.identify(request.headers)
        run = self._guard.run_for(caller, run_id)
        wait = read_query(request.args.items(multi=True), _wait_from)
        link = self._request_archive.run(run, wait=wait)
        if link:
            audit("link to the archive given", action="archive_link_given", run_id=run_id, by=caller.email)
            return Response(status=302, headers={"Location": link})
        answer = ArchiveResponse(run_id=run_id, status="building")
        return answer_json(answer, 202, {"Retry-After": str(_RETRY_AFTER_S)})
