"""Answers about what runs cost: estimates by Google's list prices, in nano-dollars (billionths of a US dollar)."""

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict, Field

from common.domain.insight.cost.basis import Basis
from common.domain.insight.cost.run_cost import CostFigure, RunCost
from common.schemas.paging import Page
from common.schemas.texts import ShownText


class CostInfo(BaseModel):
    """What something cost. `machines`, `gpus` and `disks` add up to `nano_dollars`, which is null if nothing is known.

    `basis` is `machine` if Cloud Batch named the machines, `request` if some were guessed from cores and memory, `none`
    if nothing is known. Unless `complete`, something is not known: it cost more than this, or, with the basis
    `request`, another amount.
    """

    nano_dollars: int | None
    machines: int
    gpus: int
    disks: int
    basis: Basis
    complete: bool
    attempts: int
    machine_seconds: float
    spot_losses: int

    @classmethod
    def of(cls, cost: CostFigure) -> "CostInfo":
        return cls(
            nano_dollars=cost.nanos,
            machines=cost.parts.machines,
            gpus=cost.parts.gpus,
            disks=cost.parts.disks,
            basis=cost.basis,
            complete=cost.is_complete,
            attempts=cost.attempts,
            machine_seconds=cost.seconds,
            spot_losses=cost.losses,
        )


class ProcessCostInfo(BaseModel):
    """What the tasks of a process cost, and what its cached tasks would have cost; `process` is null if unknown."""

    process: ShownText | None
    cost: CostInfo
    saved: CostInfo


class UnknownCost(BaseModel):
    """Something that is missing in the cost, and the number of attempts that it concerns."""

    what: ShownText
    attempts: int


class RunCostResponse(BaseModel):
    """An estimate of what a run cost. `head_job` and the processes add up to `total`; the dearest process comes first.

    Cached tasks cost nothing; `saved` is what their first computation would cost at the prices of this run. The prices
    are those of the day on which the run was made; the newest of them is in force since `priced_on`. Network and
    storage are left out. `unread_jobs` have not been read from Cloud Batch yet; `summed_at` is null before the first
    was.
    """

    run_id: str
    total: CostInfo
    head_job: CostInfo
    processes: list[ProcessCostInfo]
    saved: CostInfo
    priced_on: date | None
    unknown: list[UnknownCost]
    unread_jobs: int
    summed_at: datetime | None

    @classmethod
    def of(cls, run_id: str, cost: RunCost, *, unread_jobs: int, summed_at: datetime | None) -> "RunCostResponse":
        return cls(
            run_id=run_id,
            total=CostInfo.of(cost.total),
            head_job=CostInfo.of(cost.head),
            processes=[
                ProcessCostInfo(process=each.process, cost=CostInfo.of(each.cost), saved=CostInfo.of(each.saved))
                for each in cost.processes
            ],
            saved=CostInfo.of(cost.saved),
            priced_on=cost.priced_on,
            unknown=[UnknownCost(what=what, attempts=attempts) for what, attempts in cost.unknown.items()],
            unread_jobs=unread_jobs,
            summed_at=summed_at,
        )


class AttemptCostInfo(BaseModel):
    """An attempt at a task on one machine; what is null is not known.

    `ended` says how: done, failed, preempted (Google took the Spot machine back), lost (the machine stopped answering),
    with_job, or deleted (Nextflow killed it); null if nobody saw the machine, which is then a guess.
    """

    model_config = ConfigDict(from_attributes=True)

    machine_type: str | None
    zone: str | None
    spot: bool | None
    is_guess: bool
    began_at: datetime | None = Field(validation_alias="began")
    released_at: datetime | None = Field(validation_alias="released")
    ended: str | None
    nano_dollars: int | None = Field(validation_alias="nanos")


class TaskCostInfo(BaseModel):
    """What a task cost, which for Nextflow is one attempt, and its attempts on machines in their order."""

    task_id: str
    name: ShownText
    process: ShownText
    cost: CostInfo
    attempts: list[AttemptCostInfo]


class TaskCostList(Page):
    """A page of tasks, the dearest first. All tasks of a process add up to it, unless machines were stored meanwhile.

    Machines of no known task are in no task.
    """

    tasks: list[TaskCostInfo]


class GroupCost(BaseModel):
    """What the runs of one pipeline, user or month (`2026-11`, UTC) cost: the sum of what is known of each.

    Of `incomplete_runs` something is not known, of `runs_without_cost` nothing, or they were not summed up.
    """

    key: ShownText
    runs: int
    nano_dollars: int
    saved_nano_dollars: int
    incomplete_runs: int
    runs_without_cost: int


class CostListResponse(Page):
    """One page of costs, the dearest first, or the newest month. `total` is the number of groups."""

    costs: list[GroupCost]
