"""The address that searches the logs of many runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from flask import Request, Response

from common.domain.diagnosis.causes import CauseClass
from common.domain.insight.search import words_of_query
from common.errors import TooManyRequestsError
from common.schemas.insight.search import SearchHit, SearchPage
from common.services.insight.search.reading import LineFilter
from common.services.insight.search.service import FoundLine, SearchService
from common.web.answers import with_etag
from common.web.callers.limits import UserRate
from common.web.describing import Operation
from common.web.guard import RunGuard, owner_for
from common.web.query import Query, read_query
from common.web.routing import Handler

_EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class _SearchQuery:
    words: Sequence[str]
    since: datetime | None
    cause: CauseClass | None
    everybody: bool
    user_email: str | None
    page_size: int
    cursor: str | None


def _search_query_from(query: Query) -> _SearchQuery:
    asked = query.text(
        "q", longest=200, about="Words of the line; the last may be a beginning of three and more characters."
    )
    return _SearchQuery(
        words=words_of_query(asked or ""),
        since=query.moment("since", about="Only lines since this time."),
        cause=query.choice("cause", CauseClass, None, about="Only lines of runs that failed by this cause."),
        everybody=query.flag("all", about="The runs of all users; administrators only."),
        user_email=query.text("user_email", longest=255, about="The runs of this user; administrators only."),
        page_size=query.integer("page_size", 25, low=1, high=100, about="The number of lines per page."),
        cursor=query.text("cursor", longest=2_000, about="The next_cursor of the previous page."),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchEndpoint:
    """Answers GET /api/search."""

    guard: RunGuard
    search: SearchService
    searches: UserRate

    @property
    def table(self) -> dict[tuple[str, str], Handler]:
        return {("GET", "/api/search"): self.find}

    @Operation("search_logs", {200: SearchPage}, query=_search_query_from, errors=(TooManyRequestsError,), etag=True)
    def find(self, request: Request) -> Response:
        """Search the warnings and errors, the reasons of failures, and what failed tasks printed, in your runs.

        A line has all words of `q`; without any word nothing is found. Lines are kept as long as the entries of logs.
        Counts as a search.
        """
        caller = self.guard.identify(request.headers)
        asked = read_query(request.args.items(multi=True), _search_query_from)
        owner = owner_for(caller, everybody=asked.everybody, user_email=asked.user_email, things="log lines")
        self.searches.take(caller.email)
        since = max(asked.since or _EARLIEST, _EARLIEST)
        wanted = LineFilter(words=asked.words, owner=owner, since=since, cause=asked.cause)
        page = self.search.find(wanted, page_size=asked.page_size, cursor=asked.cursor)
        answer = SearchPage(
            words=list(asked.words),
            hits=[_hit(line) for line in page.lines],
            page_size=asked.page_size,
            next_cursor=page.next_cursor,
        )
        return with_etag(request, answer)


def _hit(line: FoundLine) -> SearchHit:
    return SearchHit(
        run_id=line.run_id,
        name=line.name,
        pipeline=line.pipeline,
        status=line.status,
        cause=line.cause,
        source="task" if line.task else "diagnosis" if line.entry is None else "log",
        entry=line.entry,
        task_id=line.task,
        at=line.at,
        level=line.level,
        snippet=line.snippet,
    )
