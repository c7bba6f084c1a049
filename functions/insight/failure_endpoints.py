"""The addresses of failures that were seen before."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from flask import Request, Response

from common.domain.diagnosis.causes import CauseClass
from common.errors import TooManyRequestsError
from common.schemas.insight.failures import (
    FailedRun,
    FailureInfo,
    FailureList,
    HelpfulChange,
    Overcome,
    SimilarFailures,
)
from common.services.insight.failures import FailureService, GroupOfRuns, SeenFailure
from common.services.runs.store import RunStoreService
from common.web.answers import with_etag
from common.web.callers.limits import UserRate
from common.web.describing import Operation
from common.web.guard import RunGuard, owner_for
from common.web.query import Query, no_parameters, read_query
from common.web.routing import Handler

if TYPE_CHECKING:
    from common.services.insight.comparison.service import ComparisonService

LISTED: Final = timedelta(days=90)
_MOST_CHANGES: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class _FailureQuery:
    since: datetime | None
    everybody: bool
    user_email: str | None
    page_size: int
    cursor: str | None


def _failure_query_from(query: Query) -> _FailureQuery:
    return _FailureQuery(
        since=query.moment("since", about="Only failures since this time; the last 90 days if absent."),
        everybody=query.flag("all", about="The failures of all users; administrators only."),
        user_email=query.text("user_email", longest=255, about="The failures of this user; administrators only."),
        page_size=query.integer("page_size", 25, low=1, high=100, about="The number of failures per page."),
        cursor=query.text("cursor", longest=300, about="The next_cursor of the previous page."),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureEndpoints:
    """Answers GET /api/failures and /api/runs/{run_id}/failure."""

    guard: RunGuard
    runs: RunStoreService
    failures: FailureService
    comparison: Callable[[], "ComparisonService"]
    searches: UserRate
    clock: Callable[[], datetime]

    @property
    def table(self) -> dict[tuple[str, str], Handler]:
        return {
            ("GET", "/api/failures"): self.list_failures,
            ("GET", "/api/runs/<run_id>/failure"): self.similar_failures,
        }

    @Operation(
        "list_failures", {200: FailureList}, query=_failure_query_from, errors=(TooManyRequestsError,), etag=True
    )
    def list_failures(self, request: Request) -> Response:
        """List why runs failed, each failure once: the one that was seen last first.

        Counts your own runs, or those of other users for administrators. Counts as a search.
        """
        caller = self.guard.identify(request.headers)
        selected = read_query(request.args.items(multi=True), _failure_query_from)
        owner = owner_for(caller, everybody=selected.everybody, user_email=selected.user_email, things="failures")
        self.searches.take(caller.email)
        since = selected.since or self.clock() - LISTED
        page = self.failures.groups(owner, since=since, cursor=selected.cursor, page_size=selected.page_size)
        answer = FailureList(
            failures=[_failure_info(group) for group in page.groups],
            total=page.total.count,
            total_capped=page.total.is_capped,
            page=None if selected.cursor else 1,
            page_size=selected.page_size,
            next_cursor=page.next_cursor,
        )
        return with_etag(request, answer)

    @Operation(
        "get_run_failure", {200: SimilarFailures}, query=no_parameters, errors=(TooManyRequestsError,), etag=True
    )
    def similar_failures(self, request: Request, run_id: str) -> Response:
        """Get how often the failure of a run was seen, and what a recovery changed that got over it.

        Counts your own runs and this one, or all runs for administrators. Counts as a search.
        """
        caller = self.guard.identify(request.headers)
        run = self.guard.run_for(caller, run_id)
        read_query(request.args.items(multi=True), no_parameters)
        self.searches.take(caller.email)
        seen = self.failures.of_run(run, caller)
        return with_etag(request, self._shown(seen))

    def _shown(self, seen: SeenFailure) -> SimilarFailures:
        group = seen.group
        return SimilarFailures(
            fingerprint=group.fingerprint if group else None,
            cause=group.cause if group else CauseClass.UNKNOWN,
            process=group.process if group else None,
            line=group.line if group else "",
            times=seen.times,
            first_at=seen.first_at,
            last_at=seen.last_at,
            runs=[FailedRun.model_validate(run) for run in seen.runs],
            overcome=self._overcome(*seen.overcome, group.process) if group and seen.overcome else None,
        )

    def _overcome(self, parent_run_id: str, run_id: str, process: str | None) -> Overcome:
        changes = list(self._changes(parent_run_id, run_id, process))
        return Overcome(run_id=run_id, parent_run_id=parent_run_id, changes=changes[:_MOST_CHANGES])

    def _changes(self, parent_run_id: str, run_id: str, process: str | None) -> Iterator[HelpfulChange]:
        found = self.runs.find_runs([parent_run_id, run_id])
        before, after = found[parent_run_id], found[run_id]
        comparison = self.comparison()
        for request in comparison.requests(before, after, process) if process else ():
            yield HelpfulChange(kind="request", name=request.name, before=request.before, after=request.after)
        settings = comparison.settings(before, after)
        for param in settings.params:
            yield HelpfulChange(kind="param", name=param.name, before=param.before, after=param.after)
        for line in settings.config:
            sides = (None, line.text) if line.is_added else (line.text, None)
            yield HelpfulChange(kind="config", name=f"line {line.number}", before=sides[0], after=sides[1])


def _failure_info(found: GroupOfRuns) -> FailureInfo:
    return FailureInfo(
        fingerprint=found.fingerprint,
        cause=found.group.cause,
        process=found.group.process,
        line=found.group.line,
        times=found.times,
        first_at=found.first_at,
        last_at=found.last_at,
        run_ids=list(found.run_ids),
    )
