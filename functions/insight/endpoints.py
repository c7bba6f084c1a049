"""The addresses that answer what a run cost."""

from collections.abc import Callable, Collection

from flask import Request, Response

from common.schemas.costs import RunCostResponse
from common.services.insight.cost.service import CostService
from common.web.answers import with_etag
from common.web.describing import Operation
from common.web.guard import RunGuard
from common.web.query import no_parameters, read_query
from common.web.routing import Routes


class InsightEndpoints:
    """Answers what people ask about runs that goes beyond one run's own files."""

    def __init__(
        self,
        guard: RunGuard,
        costs: CostService,
        *,
        ready: Callable[[], None],
        project: str | None = None,
        origins: Collection[str] = (),
    ) -> None:
        self._guard = guard
        self._costs = costs
        self.routes = Routes(
            {("GET", "/api/runs/<run_id>/cost"): self.cost_of_run}, ready=ready, project=project, origins=origins
        )

    @Operation("get_run_cost", {200: RunCostResponse}, query=no_parameters, etag=True)
    def cost_of_run(self, request: Request, run_id: str) -> Response:
        """Get what a run cost, by process: an estimate by list prices."""
        self._guard.permitted_caller(request.headers, run_id)
        read_query(request.args.items(multi=True), no_parameters)
        now = self._costs.cost_of(run_id)
        answer = RunCostResponse.of(run_id, now.cost, unread_jobs=now.unread_jobs, summed_at=now.summed_at)
        return with_etag(request, answer)
