"""The address of the timeline of a run's tasks."""

from collections.abc import Callable
from datetime import datetime

from flask import Request, Response

from common.errors import TooManyRequestsError
from common.schemas.paging import page_json
from common.schemas.timeline import TaskSpan, TimelineLane, TimelineResponse
from common.services.logs.service import LogService
from common.web.answers import with_etag
from common.web.callers.limits import UserRate
from common.web.describing import Operation
from common.web.guard import RunGuard
from common.web.query import Query, read_query
from common.web.routing import Handler


def _bins_from(query: Query) -> int:
    about = "The number of bins between the first and the last moment."
    return query.integer("bins", 600, low=1, high=1_000, about=about)


class TimelineEndpoint:
    """Answers GET /api/runs/{run_id}/tasks/timeline."""

    def __init__(self, guard: RunGuard, logs: LogService, searches: UserRate, clock: Callable[[], datetime]) -> None:
        self._guard, self._logs, self._searches, self._clock = guard, logs, searches, clock
        self.table: dict[tuple[str, str], Handler] = {("GET", "/api/runs/<run_id>/tasks/timeline"): self.timeline}

    @Operation(
        "get_task_timeline", {200: TimelineResponse}, query=_bins_from, errors=(TooManyRequestsError,), etag=True
    )
    def timeline(self, request: Request, run_id: str) -> Response:
        """Get when the tasks of a run waited and ran, by process.

        The timeline of a live run ends now. Counts as a search.
        """
        caller = self._guard.identify(request.headers)
        run = self._guard.outline_for(caller, run_id)
        bins = read_query(request.args.items(multi=True), _bins_from)
        self._searches.take(caller.email)
        found = self._logs.get_task_timeline(run_id, bins=bins, until=None if run.is_over else self._clock())
        answer = TimelineResponse(
            total=found.tasks,
            start=found.start,
            end=found.end,
            bin_ms=found.bin_ms,
            lanes=[TimelineLane.model_validate(lane) for lane in found.lanes],
            tasks=[],
        )
        return with_etag(request, page_json(answer, "tasks", found.lines, TaskSpan))
