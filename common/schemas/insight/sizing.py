"""Answers about what tasks used of what they asked for, and what they should ask for."""

from pydantic import BaseModel, ConfigDict

from common.domain.insight.sizing.advice import Verdict
from common.schemas.texts import ShownText


class _FromAttributes(BaseModel):
    model_config = ConfigDict(from_attributes=True)  # the domain's own values


class UsedShare(_FromAttributes):
    """Quartiles of the share that was used: 1 is all. CPUs can be above 1, as a task may use its whole machine."""

    low: float
    middle: float
    high: float


class ProcessUse(_FromAttributes):
    """The completed tasks of a process; cached ones are left out. Memory in bytes, null if unknown.

    `cpu` is the cores that were used by those asked for, `memory_used` the peak by the memory asked for.
    """

    process: ShownText
    tasks: int
    cpus: int | None
    memory: int | None
    cpu: UsedShare | None
    memory_used: UsedShare | None


class EfficiencyResponse(BaseModel):
    """What the tasks of a run used of what they asked for, by process."""

    run_id: str
    processes: list[ProcessUse]


class AskedFor(_FromAttributes):
    """CPUs, and memory in bytes; null if unknown."""

    cpus: int | None
    memory: int | None


class BoughtMachine(_FromAttributes):
    """The machine that Batch would buy for a request, as far as that can be guessed, and its price in nano-dollars."""

    machine_type: str
    hourly: int | None


class MemoryBin(_FromAttributes):
    """The memory, in bytes, for tasks that read at most `read_bytes`; null stands for all that read more."""

    read_bytes: int | None
    memory: int


class ProcessAdviceInfo(BaseModel):
    """What the tasks of a process should ask for.

    `verdict` is `not_enough_yet` below 10 tasks with a known need, or 2 runs; `fits` if another request would buy the
    same machine, or none that costs less. `expected_failures` is the share of first attempts that will be killed, at
    most. `is_guess`: tasks were killed with the most memory that any had, so nobody knows what they need. `by_input`
    has memory by input size, if that explains it. `saved_monthly` is in nano-dollars, from the last 30 days; null if a
    machine or its price is unknown, negative if the advice costs more.
    """

    process: ShownText
    verdict: Verdict
    samples: int
    runs: int
    kills: int
    asked: AskedFor
    advised: AskedFor | None
    expected_failures: float | None
    is_guess: bool
    by_input: list[MemoryBin]
    machine_now: BoughtMachine | None
    machine_then: BoughtMachine | None
    saved_monthly: int | None


class PipelineAdviceResponse(BaseModel):
    """Advice for the processes of a pipeline in one family of releases, such as 2.7, from the newest `runs`.

    `config` is a block for the next run's config that takes all of it; null if nothing should change. `saved_monthly`
    adds up what the block saves. `unknown` says in words what is not known.
    """

    pipeline: str
    family: str
    runs: int
    processes: list[ProcessAdviceInfo]
    config: str | None
    saved_monthly: int | None
    unknown: list[str]
