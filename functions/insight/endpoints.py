"""The addresses that answer what a run cost, and what other runs say of it."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from common.services.insight.cost.service import CostService
from common.services.insight.efficiency import EfficiencyService
from common.services.insight.failures import FailureService
from common.services.insight.search.service import SearchService
from common.services.runs.store import RunStoreService
from common.web.callers.limits import UserRate
from common.web.guard import RunGuard
from common.web.routing import Routes
from functions.insight.comparison_endpoints import ComparisonEndpoints
from functions.insight.cost_endpoints import CostEndpoints
from functions.insight.failure_endpoints import FailureEndpoints
from functions.insight.search_endpoint import SearchEndpoint
from functions.insight.sizing_endpoints import SizingEndpoints

if TYPE_CHECKING:
    from common.services.insight.advice import AdviceService
    from common.services.insight.comparison.service import ComparisonService
    from common.services.pipelines.registry import PipelineRegistry


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherRuns:
    """What the addresses need that look at several runs.

    `comparison`, `registry` and `advice` are made for the first request that needs them: they take long to load.
    """

    runs: RunStoreService
    failures: FailureService
    comparison: Callable[[], "ComparisonService"]
    registry: Callable[[], "PipelineRegistry"]
    efficiency: EfficiencyService
    advice: Callable[[], "AdviceService"]
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
        own = CostEndpoints(guard=guard, costs=costs, searches=others.searches, clock=others.clock)
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
        table = own.table | failures.table | comparison.table | sizing.table | search.table
        self.routes = Routes(table, ready=ready, project=project, origins=origins)
