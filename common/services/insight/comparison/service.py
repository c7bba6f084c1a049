"""ComparisonService: what differs between two runs, in their inputs and in what they did."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final

from sqlalchemy import Connection, Engine

from common.domain.insight.comparison.lines import LineChange, line_changes
from common.domain.insight.comparison.processes import (
    ProcessComparison,
    ProcessFigures,
    are_slower_together,
    compare_processes,
)
from common.domain.insight.comparison.sheets import SheetChanges, sheet_changes
from common.domain.insight.comparison.values import GivenParams, ValueChange, param_changes
from common.domain.insight.cost.basis import Basis
from common.domain.insight.cost.run_cost import RunCost
from common.domain.pipelines.pipeline import PipelineVersion
from common.domain.runs import files as run_files
from common.domain.runs.access import Caller, may_access
from common.domain.runs.run import Run
from common.errors import NotFoundError
from common.services.insight.comparison.figures import (
    EARLIER_RUNS,
    earlier_successes,
    median_durations,
    process_figures,
    request_changes,
)
from common.services.insight.comparison.tasks import TaskDifferences, task_differences
from common.services.insight.cost.service import CostService
from common.services.paging import limit_search_time
from common.services.pipelines.registry import PipelineRegistry
from common.services.postgres.engine import read
from common.services.storage.service import StorageService

# For the tasks of two runs of 100,000 tasks; through files they would take three times as long. 4 MB are usual.
_IN_MEMORY: Final = "SET LOCAL work_mem = '32MB'"
_SAMPLE: Final = "sample"  # the column of nf-core's sheets, for releases that are not known any more


@dataclass(frozen=True, slots=True, kw_only=True)
class InputChanges:
    """What differs between the inputs of two runs; `unknown` says in words what could not be compared."""

    params: Sequence[ValueChange] = ()
    config: Sequence[LineChange] = ()
    sheet: SheetChanges = field(default_factory=SheetChanges)
    unknown: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskChanges:
    """The processes and tasks that differ; `slower_together`: most processes are slower, so they share the reason.

    The costs are nano-dollars, None if nothing of them is known.
    """

    processes: Sequence[ProcessComparison]
    slower_together: bool
    tasks: TaskDifferences
    cost_before: int | None
    cost_after: int | None
    unknown: Sequence[str] = ()


class ComparisonService:
    """Reads from Postgres and Storage, without checking who may. Raises UnavailableError."""

    def __init__(self, engine: Engine, storage: StorageService, registry: PipelineRegistry, costs: CostService) -> None:
        self._engine = engine
        self._costs = costs
        self._storage = storage
        self._registry = registry

    def last_success(self, run: Run, caller: Caller) -> str:
        """The newest earlier run of the pipeline that completed and that the caller may read. Raises NotFoundError."""
        found = read(self._engine, lambda connection: _earlier(connection, run, caller, at_most=1))
        if not found:
            raise NotFoundError(
                f"no earlier run of {run.pipeline} has completed; name the run to compare with:"
                f" /api/runs/{run.run_id}/compare/{{run_id}}"
            )
        return found[0]

    def settings(self, before: Run, after: Run) -> InputChanges:
        """What differs between the params and configs of two runs."""
        unknown: list[str] = []
        params = [GivenParams(run.params, self._version(run, unknown)) for run in (before, after)]
        return InputChanges(
            params=param_changes(*params),
            config=line_changes(self._config(before), self._config(after)),
            unknown=unknown,
        )

    def sheets(self, before: Run, after: Run) -> InputChanges:
        """What differs between the samplesheets of two runs."""
        unknown: list[str] = []
        first, second = (self._sheet(run, unknown) for run in (before, after))
        if first is None or second is None:
            return InputChanges(unknown=unknown)
        version = self._version(after, [])
        return InputChanges(
            sheet=sheet_changes(first, second, sample_column=version.sample_column if version else _SAMPLE)
        )

    def requests(self, before: Run, after: Run, process: str) -> list[ValueChange]:
        """What first attempts of a process, named without its scope, asked for differently in two runs."""
        return read(self._engine, partial(request_changes, before=before.run_id, after=after.run_id, process=process))

    def tasks(self, before: Run, after: Run, caller: Caller) -> TaskChanges:
        """What differs between the tasks of two runs; slower is what is slower than usual in earlier runs."""
        costs = [self._costs.cost_of(run.run_id).cost for run in (before, after)]
        return read(self._engine, partial(self._tasks, before=before, after=after, caller=caller, costs=costs))

    def _tasks(
        self, connection: Connection, before: Run, after: Run, caller: Caller, costs: Sequence[RunCost]
    ) -> TaskChanges:
        limit_search_time(connection, _IN_MEMORY)
        figures = [
            _with_cost(process_figures(connection, run.run_id), cost)
            for run, cost in zip((before, after), costs, strict=True)
        ]
        earlier: set[str] = set()
        if before.run_id != after.run_id:  # a run is not slower than itself, whatever earlier ones took
            earlier = {before.run_id, *_earlier(connection, after, caller)} - {after.run_id}
        compared = compare_processes(*figures, earlier=median_durations(connection, sorted(earlier)))
        return TaskChanges(
            processes=[each for each in compared if each.differences],
            slower_together=are_slower_together(compared),
            tasks=task_differences(connection, before.run_id, after.run_id),
            cost_before=costs[0].total.nanos,
            cost_after=costs[1].total.nanos,
            unknown=[
                *_other_pipeline(before, after),
                *_without_tasks(before, figures[0]),
                *_without_tasks(after, figures[1]),
                *_unknown_cost(before, costs[0]),
                *_unknown_cost(after, costs[1]),
            ],
        )

    def _version(self, run: Run, unknown: list[str]) -> PipelineVersion | None:
        try:
            return self._registry.get_pipeline(run.pipeline, run.pipeline_version)
        except NotFoundError:
            unknown.append(f"the defaults of {run.pipeline} {run.pipeline_version}, which is not registered any more")
            return None

    def _sheet(self, run: Run, unknown: list[str]) -> bytes | None:
        names = (run_files.SAMPLESHEET, run_files.SAMPLESHEET_WITH_TABS)
        found = (content for name in names if (content := self._storage.read_input(run.run_id, name)) is not None)
        if (sheet := next(found, None)) is None:
            unknown.append(f"the samplesheet of run {run.run_id}, which is not stored any more")
        return sheet

    def _config(self, run: Run) -> str:
        file = self._storage.read_input(run.run_id, run_files.USER_CONFIG)
        return (run_files.config_in(file) or "") if file else ""


def _earlier(connection: Connection, run: Run, caller: Caller, at_most: int = EARLIER_RUNS) -> list[str]:
    """Successes of the run's owner, if the caller may see all of them, else the caller's own and shared ones."""
    owner = run.user_email if may_access(caller, owner=run.user_email) else caller.email
    return earlier_successes(
        connection, pipeline=run.pipeline, owner=owner, reader=caller.email, before=run.created_at, at_most=at_most
    )


def _with_cost(figures: Mapping[str, ProcessFigures], cost: RunCost) -> dict[str, ProcessFigures]:
    of_process = {each.process: each.cost.nanos for each in cost.processes}
    return {process: replace(each, nano_dollars=of_process.get(process)) for process, each in figures.items()}


def _without_tasks(run: Run, figures: Mapping[str, ProcessFigures]) -> Iterator[str]:
    if not figures:
        yield f"what run {run.run_id} did: it has no tasks"


def _unknown_cost(run: Run, cost: RunCost) -> Iterator[str]:
    """Says that a cost that is shown is not that of everything."""
    if cost.total.nanos is not None and not cost.total.is_complete:
        doubt = "some machines are guessed" if cost.total.basis == Basis.REQUEST else "it cost more than is shown"
        yield f"all of what run {run.run_id} cost: {doubt}"


def _other_pipeline(before: Run, after: Run) -> Iterator[str]:
    if before.pipeline != after.pipeline:
        yield "which parameters and processes belong together: the pipelines differ, so the same names were compared"
