"""The address of a run's history."""

from dataclasses import dataclass

from flask import Request, Response

from common.domain.runs.live_events import EventKind, LiveEvent
from common.domain.runs.run import Run
from common.schemas.history import HistoryEntry, HistoryPage
from common.services.runs.store import RunStoreService
from common.web.answers import with_etag
from common.web.describing import Operation
from common.web.guard import RunGuard
from common.web.query import Query, read_query
from common.web.routing import Handler


@dataclass(frozen=True, slots=True)
class _PageQuery:
    page_size: int
    cursor: str | None


def _page_query_from(query: Query) -> _PageQuery:
    return _PageQuery(
        page_size=query.integer("page_size", 100, low=1, high=100, about="The number of entries per page."),
        cursor=query.text("cursor", longest=300, about="The next_cursor of the previous page."),
    )


class HistoryEndpoint:
    """Answers GET /api/runs/{run_id}/history."""

    def __init__(self, guard: RunGuard, runs: RunStoreService) -> None:
        self._guard = guard
        self._runs = runs
        self.table: dict[tuple[str, str], Handler] = {("GET", "/api/runs/<run_id>/history"): self.list_entries}

    @Operation("list_run_history", {200: HistoryPage}, query=_page_query_from, etag=True)
    def list_entries(self, request: Request, run_id: str) -> Response:
        """List what happened to a run, oldest first: its states, and what people, Sluice and Cloud Batch did.

        The counts of tasks are in the stream of events only.
        """
        run = self._guard.run_for(self._guard.identify(request.headers), run_id)
        selected = read_query(request.args.items(multi=True), _page_query_from)
        page = self._runs.list_history(run_id, cursor=selected.cursor, page_size=selected.page_size)
        answer = HistoryPage(
            entries=[_shown(run, entry) for entry in page.entries],
            total=page.total.count,
            total_capped=page.total.is_capped,
            page=None if selected.cursor else 1,
            page_size=selected.page_size,
            next_cursor=page.next_cursor,
        )
        return with_etag(request, answer)


def _shown(run: Run, entry: LiveEvent) -> HistoryEntry:
    """The entry; a run is made by its owner, a change by whoever its data names, all else by Sluice itself."""
    is_first = entry.seq == 1 and entry.kind == EventKind.STATUS
    by = entry.data.get("by", run.user_email if is_first else None)
    return HistoryEntry(number=entry.seq, at=entry.at, event=entry.kind, by=by, data=dict(entry.data))
