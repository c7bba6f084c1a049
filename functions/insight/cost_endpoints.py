"""The addresses of what runs cost."""

import csv
import io
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from flask import Request, Response

from common.errors import AuthorizationError, TooManyRequestsError
from common.schemas.costs import (
    AttemptCostInfo,
    CostInfo,
    CostListResponse,
    GroupCost,
    RunCostResponse,
    TaskCostInfo,
    TaskCostList,
)
from common.services.insight.cost.listing import CostFilter, CostOfGroup, CostsBy
from common.services.insight.cost.service import CostService
from common.services.insight.cost.tasks import TaskCost, TaskCostFilter
from common.web.answers import with_etag
from common.web.callers.limits import UserRate
from common.web.describing import Operation, Text
from common.web.guard import RunGuard, owner_for
from common.web.query import Query, no_parameters, read_query
from common.web.routing import Handler

_DEEPEST = 10_000
_MOST_IN_CSV = 10_000
_CSV = Text("text/csv", ",".join(CostOfGroup._fields) + "\r\nnf-core/scrnaseq,12,48211000000,1200000000,1,0\r\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class _CostQuery:
    filter: CostFilter
    as_csv: bool
    all_users: bool
    user_email: str | None


def _cost_query_from(query: Query) -> _CostQuery:
    page, page_size, cursor = _page_from(query, "groups")
    selected = CostFilter(
        by=query.choice("by", CostsBy, CostsBy.MONTH, about="What the costs of runs are added up by."),
        owner=None,
        pipeline=query.text("pipeline", longest=100, about="Only runs of this pipeline."),
        created_after=query.moment("created_after", about="Only runs created after this time."),
        created_before=query.moment("created_before", about="Only runs created before this time."),
        page=page,
        page_size=page_size,
        cursor=cursor,
    )
    about = "json: a page. csv: a file of all groups, at most 10,000."
    return _CostQuery(
        filter=selected,
        as_csv=query.choice("format", ("json", "csv"), "json", about=about) == "csv",
        all_users=query.flag("all", about="The runs of all users; administrators only."),
        user_email=query.text("user_email", longest=255, about="The runs of this user; administrators only."),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _TaskQuery:
    process: str | None
    page: int
    page_size: int
    cursor: str | None


def _task_query_from(query: Query) -> _TaskQuery:
    page, page_size, cursor = _page_from(query, "tasks")
    process = query.text("process", longest=300, about="Only tasks of this process, named with its scope.")
    return _TaskQuery(process=process, page=page, page_size=page_size, cursor=cursor)


def _page_from(query: Query, things: str) -> tuple[int, int, str | None]:
    """The number of the page, its size and the cursor."""
    page = query.integer("page", 1, low=1, high=_DEEPEST, about="The number of the page; ignored with a cursor.")
    page_size = query.integer("page_size", 25, low=1, high=100, about=f"The number of {things} per page.")
    if page * page_size > _DEEPEST:
        query.refuse("page", f"goes beyond {_DEEPEST:,} {things}; use cursor instead")
    about = "The next_cursor of the previous page; keep all parameters."
    return page, page_size, query.text("cursor", longest=2000, about=about)


@dataclass(frozen=True, slots=True, kw_only=True)
class CostEndpoints:
    """Answers what one run cost, and what the runs of a pipeline, a user or a month cost."""

    guard: RunGuard
    costs: CostService
    searches: UserRate
    clock: Callable[[], datetime]

    @property
    def table(self) -> dict[tuple[str, str], Handler]:
        return {
            ("GET", "/api/runs/<run_id>/cost"): self.cost_of_run,
            ("GET", "/api/runs/<run_id>/cost/tasks"): self.cost_of_tasks,
            ("GET", "/api/costs"): self.list_costs,
        }

    @Operation("get_run_cost", {200: RunCostResponse}, query=no_parameters, etag=True)
    def cost_of_run(self, request: Request, run_id: str) -> Response:
        """Get what a run cost, by process: an estimate by list prices."""
        self.guard.permitted_caller(request.headers, run_id)
        read_query(request.args.items(multi=True), no_parameters)
        now = self.costs.cost_of(run_id)
        answer = RunCostResponse.of(run_id, now.cost, unread_jobs=now.unread_jobs, summed_at=now.summed_at)
        return with_etag(request, answer)

    @Operation(
        "list_task_costs", {200: TaskCostList}, query=_task_query_from, errors=(TooManyRequestsError,), etag=True
    )
    def cost_of_tasks(self, request: Request, run_id: str) -> Response:
        """List what the tasks of a run cost, the dearest first, each with its machines; counts as a search."""
        caller = self.guard.permitted_caller(request.headers, run_id)
        asked = read_query(request.args.items(multi=True), _task_query_from)
        self.searches.take(caller.email)
        page = self.costs.tasks_of(TaskCostFilter(run_id=run_id, **asdict(asked)), at=self.clock())
        return with_etag(
            request,
            TaskCostList(
                tasks=[_task_info(task) for task in page.tasks],
                total=page.total.count,
                total_capped=page.total.is_capped,
                page=None if asked.cursor else asked.page,
                page_size=asked.page_size,
                next_cursor=page.next_cursor,
            ),
        )

    @Operation(
        "list_costs",
        {200: (CostListResponse, _CSV)},
        query=_cost_query_from,
        errors=(AuthorizationError, TooManyRequestsError),
        etag=True,
    )
    def list_costs(self, request: Request) -> Response:
        """List what your runs cost by pipeline, user or month; counts as a search.

        Administrators may add up the runs of all users.
        """
        caller = self.guard.identify(request.headers)
        query = read_query(request.args.items(multi=True), _cost_query_from)
        owner = owner_for(caller, everybody=query.all_users, user_email=query.user_email, things="costs")
        filters = replace(query.filter, owner=owner)
        self.searches.take(caller.email)
        if query.as_csv:
            return _csv_of(self.costs.all_costs(filters, at_most=_MOST_IN_CSV), filters.by)
        page = self.costs.list_costs(filters)
        return with_etag(
            request,
            CostListResponse(
                costs=[GroupCost(**group._asdict()) for group in page.groups],
                total=page.total.count,
                total_capped=page.total.is_capped,
                page=None if filters.cursor else filters.page,
                page_size=filters.page_size,
                next_cursor=page.next_cursor,
            ),
        )


def _task_info(task: TaskCost) -> TaskCostInfo:
    return TaskCostInfo(
        task_id=task.hash.replace("/", "-"),
        name=task.name,
        process=task.process,
        cost=CostInfo.of(task.cost),
        attempts=[AttemptCostInfo.model_validate(attempt) for attempt in task.attempts],
    )


def _csv_of(groups: Iterable[CostOfGroup], by: CostsBy) -> Response:
    """A file for a spreadsheet. A text that a spreadsheet would take for a formula begins with a quote."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow((by, *CostOfGroup._fields[1:]))
    for group in groups:
        key = f"'{group.key}" if group.key[:1] in "=+-@\t\r" else group.key
        writer.writerow((key, *group[1:]))
    name = {"Content-Disposition": f'attachment; filename="costs-by-{by}.csv"'}
    return Response(file.getvalue(), 200, name, content_type="text/csv; charset=utf-8")
