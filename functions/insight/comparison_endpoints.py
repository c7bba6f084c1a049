"""The addresses that compare two runs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from flask import Request, Response

from common.domain.runs.access import Caller
from common.domain.runs.run import Run
from common.errors import TooManyRequestsError
from common.schemas.insight.comparison import (
    ChangedText,
    ComparedProcess,
    LineDifference,
    ParamDifference,
    RunComparison,
    SheetDifferences,
    TaskPair,
)
from common.web.answers import with_etag
from common.web.callers.limits import UserRate
from common.web.describing import Operation
from common.web.guard import RunGuard
from common.web.query import no_parameters, read_query
from common.web.routing import Handler

if TYPE_CHECKING:
    from common.services.insight.comparison.service import ComparisonService

_UNITS: Final = 5  # searches; sheets and tasks of two runs are read


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonEndpoints:
    """Answers GET /api/runs/{run_id}/compare and /api/runs/{run_id}/compare/{with_run_id}."""

    guard: RunGuard
    comparison: Callable[[], "ComparisonService"]
    searches: UserRate

    @property
    def table(self) -> dict[tuple[str, str], Handler]:
        return {
            ("GET", "/api/runs/<run_id>/compare"): self.compare_with_last,
            ("GET", "/api/runs/<run_id>/compare/<with_run_id>"): self.compare_with,
        }

    @Operation(
        "compare_run_with_last_success",
        {200: RunComparison},
        query=no_parameters,
        errors=(TooManyRequestsError,),
        etag=True,
    )
    def compare_with_last(self, request: Request, run_id: str) -> Response:
        """Compare a run with the last earlier run of its pipeline that completed and that you may read.

        404 if there is none. Counts as five searches.
        """
        caller = self.guard.identify(request.headers)
        run = self.guard.run_for(caller, run_id)
        self._take(request, caller)
        other = self.guard.run_for(caller, self.comparison().last_success(run, caller))
        return with_etag(request, self._compared(run, other, caller))

    @Operation("compare_runs", {200: RunComparison}, query=no_parameters, errors=(TooManyRequestsError,), etag=True)
    def compare_with(self, request: Request, run_id: str, with_run_id: str) -> Response:
        """Compare a run with another one: inputs, processes and tasks that differ.

        You must be allowed to read both. Counts as five searches.
        """
        caller = self.guard.identify(request.headers)
        run, other = self.guard.run_for(caller, run_id), self.guard.run_for(caller, with_run_id)
        self._take(request, caller)
        return with_etag(request, self._compared(run, other, caller))

    def _take(self, request: Request, caller: Caller) -> None:
        read_query(request.args.items(multi=True), no_parameters)
        self.searches.take(caller.email, _UNITS)

    def _compared(self, after: Run, before: Run, caller: Caller) -> RunComparison:
        comparison = self.comparison()
        settings, sheets = comparison.settings(before, after), comparison.sheets(before, after)
        tasks = comparison.tasks(before, after, caller)
        return RunComparison(
            run_id=after.run_id,
            with_run_id=before.run_id,
            pipeline=_changed(before.pipeline, after.pipeline),
            pipeline_version=_changed(before.pipeline_version, after.pipeline_version),
            params=[ParamDifference.model_validate(param) for param in settings.params],
            config=[LineDifference.model_validate(line) for line in settings.config],
            sheet=SheetDifferences.model_validate(sheets.sheet),
            nano_dollars=tasks.cost_after,
            with_nano_dollars=tasks.cost_before,
            processes=[ComparedProcess.model_validate(process) for process in tasks.processes],
            slower_together=tasks.slower_together,
            different_tasks=tasks.tasks.total,
            tasks=[TaskPair.model_validate(task) for task in tasks.tasks.tasks],
            unknown=list(dict.fromkeys([*settings.unknown, *sheets.unknown, *tasks.unknown])),
        )


def _changed(before: str, after: str) -> ChangedText | None:
    return None if before == after else ChangedText(before=before, after=after)
