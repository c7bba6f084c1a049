"""Answers about what differs between two runs."""

from typing import Any, Self

from pydantic import BaseModel, ConfigDict, model_validator

from common.domain.insight.comparison.processes import ProcessDifference, SlownessCause
from common.domain.text.secrets import hide_value
from common.schemas.texts import ShownText


class _FromAttributes(BaseModel):
    model_config = ConfigDict(from_attributes=True)  # the domain's own values


class ParamDifference(_FromAttributes):
    """A parameter whose value differs; null where it has none. `default_changed`: neither request set it."""

    name: ShownText
    before: Any
    after: Any
    default_changed: bool

    @model_validator(mode="after")
    def _without_secrets(self) -> Self:
        self.before, self.after = hide_value(self.name, self.before), hide_value(self.name, self.after)
        return self


class LineDifference(_FromAttributes):
    """A line that only one of the configs has; `number` counts from 1 in that config."""

    number: int
    text: ShownText
    is_added: bool


class CellDifference(_FromAttributes):
    """A cell that differs; blank if the sheet has no such column."""

    column: ShownText
    before: ShownText
    after: ShownText


class RowDifference(_FromAttributes):
    """A row of a sample that differs; `before` and `after` are its numbers, null in a sheet that does not have it.

    The header is row 1. `cells` is empty for a row that only one sheet has.
    """

    sample: ShownText
    before: int | None
    after: int | None
    cells: list[CellDifference]


class SheetDifferences(_FromAttributes):
    """How many rows differ, and the first 200 of them."""

    added: int
    removed: int
    changed: int
    rows: list[RowDifference]


class ProcessSide(_FromAttributes):
    """The tasks of a process in one run: medians in ms and bytes over those that ran, null if unknown.

    `nano_dollars` is an estimate of what all of them cost.
    """

    tasks: int
    failed: int
    cached: int
    retried: int
    duration_ms: float | None
    queue_ms: float | None
    realtime_ms: float | None
    memory: int | None
    memory_peak: float | None
    cpus: int | None
    read_bytes: float | None
    containers: list[ShownText]
    nano_dollars: int | None


class ComparedProcess(_FromAttributes):
    """A process that differs, and in what; null for a run that does not have it.

    `usual_ms` is the median duration in earlier runs: a process is slower if its tasks took 1.5 times as long, and 30 s
    longer. `causes` are those that the figures prove; none is guessed.
    """

    process: ShownText
    differences: list[ProcessDifference]
    before: ProcessSide | None
    after: ProcessSide | None
    usual_ms: float | None
    causes: list[SlownessCause]


class ComparedTask(_FromAttributes):
    """A task in one run, as its last attempt left it; times in ms, memory and disk in bytes, null if unknown."""

    task_id: str
    name: ShownText
    state: str
    exit_code: int | None
    attempts: int
    cpus: int | None
    memory: int | None
    disk: int | None
    time_ms: int | None
    container: ShownText | None
    queue_ms: int | None
    realtime_ms: int | None
    machine_type: str | None


class TaskPair(_FromAttributes):
    """A task that differs; `fields` names in what. `ordinal` counts, from 1, tasks with the same process and tag."""

    process: ShownText
    tag: ShownText | None
    ordinal: int
    fields: list[str]
    before: ComparedTask | None
    after: ComparedTask | None


class ChangedText(BaseModel):
    """A text that differs."""

    before: str
    after: str


class RunComparison(BaseModel):
    """What differs between two runs: `run_id` against `with_run_id`, whose values are called `before`.

    What is the same in both is left out. `slower_together`: most processes were slower than usual, so they share the
    reason. The costs are estimates in nano-dollars, null if nothing of them is known. `tasks` has the first 500 of
    `different_tasks`. `unknown` says in words what could not be compared.
    """

    run_id: str
    with_run_id: str
    pipeline: ChangedText | None
    pipeline_version: ChangedText | None
    params: list[ParamDifference]
    config: list[LineDifference]
    sheet: SheetDifferences
    nano_dollars: int | None
    with_nano_dollars: int | None
    processes: list[ComparedProcess]
    slower_together: bool
    different_tasks: int
    tasks: list[TaskPair]
    unknown: list[ShownText]
