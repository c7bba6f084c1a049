"""The addresses of what tasks used, and of what they should ask for."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from flask import Request, Response

from common.errors import TooManyRequestsError
from common.schemas.insight.sizing import (
    AskedFor,
    BoughtMachine,
    EfficiencyResponse,
    MemoryBin,
    PipelineAdviceResponse,
    ProcessAdviceInfo,
    ProcessUse,
)
from common.services.insight.efficiency import EfficiencyService
from common.web.answers import with_etag
from common.web.callers.limits import UserRate
from common.web.describing import Operation
from common.web.guard import RunGuard
from common.web.query import Query, no_parameters, read_query
from common.web.routing import Handler

if TYPE_CHECKING:
    from common.domain.insight.sizing.advice import ProcessAdvice
    from common.services.insight.advice import AdviceService, PipelineAdvice
    from common.services.pipelines.registry import PipelineRegistry

_UNITS: Final = 5  # searches; the tasks of many runs are read


def _version_from(query: Query) -> str | None:
    about = "A version of the pipeline, whose family is meant (2.7 of 2.7.1); its default version if absent."
    return query.text("version", longest=20, about=about)


@dataclass(frozen=True, slots=True, kw_only=True)
class SizingEndpoints:
    """Answers GET /api/runs/{run_id}/efficiency and /api/pipelines/{owner}/{name}/advice."""

    guard: RunGuard
    efficiency: EfficiencyService
    advice: Callable[[], "AdviceService"]
    registry: Callable[[], "PipelineRegistry"]
    searches: UserRate
    clock: Callable[[], datetime]

    @property
    def table(self) -> dict[tuple[str, str], Handler]:
        return {
            ("GET", "/api/runs/<run_id>/efficiency"): self.efficiency_of_run,
            ("GET", "/api/pipelines/<owner>/<name>/advice"): self.advice_for_pipeline,
        }

    @Operation(
        "get_run_efficiency", {200: EfficiencyResponse}, query=no_parameters, errors=(TooManyRequestsError,), etag=True
    )
    def efficiency_of_run(self, request: Request, run_id: str) -> Response:
        """Get how much of their CPUs and memory the tasks of a run used, by process. Counts as a search."""
        caller = self.guard.permitted_caller(request.headers, run_id)
        read_query(request.args.items(multi=True), no_parameters)
        self.searches.take(caller.email)
        processes = [ProcessUse.model_validate(process) for process in self.efficiency.of_run(run_id)]
        return with_etag(request, EfficiencyResponse(run_id=run_id, processes=processes))

    @Operation(
        "get_pipeline_advice",
        {200: PipelineAdviceResponse},
        query=_version_from,
        errors=(TooManyRequestsError,),
        etag=True,
    )
    def advice_for_pipeline(self, request: Request, owner: str, name: str) -> Response:
        """Get what the processes of a pipeline should ask for, from the runs that you may see.

        Read are the newest 40 runs of the family, and 1,250 tasks of each. Counts as five searches.
        """
        caller = self.guard.identify(request.headers)
        version = read_query(request.args.items(multi=True), _version_from)
        release = self.registry().get_pipeline(f"{owner}/{name}", version)
        self.searches.take(caller.email, _UNITS)
        found = self.advice().advice(release.pipeline, release.version, caller, at=self.clock())
        return with_etag(request, _shown(release.pipeline, found))


def _shown(pipeline: str, found: "PipelineAdvice") -> PipelineAdviceResponse:
    changes = [advice for advice in found.processes if advice.is_change]
    savings = [advice.saved_monthly for advice in changes if advice.saved_monthly is not None]
    return PipelineAdviceResponse(
        pipeline=pipeline,
        family=found.family,
        runs=found.runs,
        processes=[_process_info(advice) for advice in found.processes],
        config=found.config or None,
        saved_monthly=sum(savings) if savings else None,
        unknown=list(_unknown_in(found, changes)),
    )


def _unknown_in(found: "PipelineAdvice", changes: "list[ProcessAdvice]") -> Iterator[str]:
    if not found.processes:
        yield f"what tasks need: no run of release {found.family} that you may see has tasks"
    elif found.region is None:
        yield "prices: no run has had a machine whose region is known"
    elif any(advice.saved_monthly is None for advice in changes):
        yield f"some machines or their prices in {found.region}"


def _process_info(advice: "ProcessAdvice") -> ProcessAdviceInfo:
    memory = advice.memory
    return ProcessAdviceInfo(
        process=advice.process,
        verdict=advice.verdict,
        samples=advice.samples,
        runs=advice.runs,
        kills=advice.kills,
        asked=AskedFor.model_validate(advice.asked),
        advised=AskedFor.model_validate(advice.advised) if advice.advised else None,
        expected_failures=memory.expected_failures if memory else None,
        is_guess=memory.is_guess if memory else False,
        by_input=[MemoryBin.model_validate(each) for each in advice.by_input],
        machine_now=BoughtMachine.model_validate(advice.machine_now) if advice.machine_now else None,
        machine_then=BoughtMachine.model_validate(advice.machine_then) if advice.machine_then else None,
        saved_monthly=advice.saved_monthly,
    )
