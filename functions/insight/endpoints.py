"""The addresses that answer what a run cost, and what other runs say of it."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from flask import Request, Response

from common.schemas.costs import RunCostResponse
from common.services.insight.advice import AdviceService
from common.services.insight.cost.service import CostService
from common.services.insight.efficiency import EfficiencyService
from common.services.insight.failures import FailureService
from common.services.insight.search.service import SearchService
from common.services.runs.store import RunStoreService
from common.web.answers import with_etag
from common.web.callers.limits import UserRate
from common.web.describing import Operation
from common.web.guard import RunGuard
from common.web.query import no_parameters, read_query
from common.web.routing import Handler, Routes
from functions.insight.comparison_endpoints import ComparisonEndpoints
from functions.insight.failure_endpoints import FailureEndpoints
from functions.insight.search_endpoint import SearchEndpoint
from functions.insight.sizing_endpoints import SizingEndpoints

if TYPE_CHECKING:
    from common.services.insight.comparison.service import ComparisonService
    from common.services.pipelines.registry import PipelineRegistry


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherRuns:
    """What the addresses need that look at several runs.

    `comparison` and `registry` are made for the first request that needs them: the registry takes long to load.
    """

    runs: RunStoreService
    failures: FailureService
    comparison: Callable[[], "ComparisonService"]
    registry: Callable[[], "PipelineRegistry"]
    efficiency: EfficiencyService
    advice: AdviceService
    search: SearchService
    searches: UserRate
    clock: Callable[[], datetime]


class InsightEndpoints:
    """Answers what people ask about runs that goes beyond one run's own files."""

    def __init__(
        self,
        guard: RunGuard,
        costs: CostService,
        others: OtherRuns,
        *,
        ready: Callable[[], None],
        project: str | None = None,
        origins: Collection[str] = (),
    ) -> None:
        self._guard = guard
        self._costs = costs
        own: dict[tuple[str, str], Handler] = {("GET", "/api/runs/<run_id>/cost"): self.cost_of_run}
        failures = FailureEndpoints(
            guard=guard,
            runs=others.runs,
            failures=others.failures,
            comparison=others.comparison,
            searches=others.searches,
            clock=others.clock,
        )
        comparison = ComparisonEndpoints(guard=guard, comparison=others.comparison, searches=others.searches)
        sizing = SizingEndpoints(
            guard=guard,
            efficiency=others.efficiency,
            advice=others.advice,
            registry=others.registry,
            searches=others.searches,
            clock=others.clock,
        )
        search = SearchEndpoint(guard=guard, search=others.search, searches=others.searches)
        table = own | failures.table | comparison.table | sizing.table | search.table
        self.routes = Routes(table, ready=ready, project=project, origins=origins)

    @Operation("get_run_cost", {200: RunCostResponse}, query=no_parameters, etag=True)
    def cost_of_run(self, request: Request, run_id: str) -> Response:
        """Get what a run cost, by process: an estimate by list prices."""
        self._guard.permitted_caller(request.headers, run_id)
        read_query(request.args.items(multi=True), no_parameters)
        now = self._costs.cost_of(run_id)
        answer = RunCostResponse.of(run_id, now.cost, unread_jobs=now.unread_jobs, summed_at=now.summed_at)
        return with_etag(request, answer)
