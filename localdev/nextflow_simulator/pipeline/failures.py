"""Which tasks fail, and how: chosen by a sample's name, or by SIM_FAIL="PROCESS:KIND" in the environment.

A sample called `fail_oom_1` runs out of memory while it is counted, unless it is given more than a retry gives it;
SIM_FAIL="MULTIQC:exit" fails MultiQC.
"""

from dataclasses import dataclass

from localdev.nextflow_simulator.pipeline.plan import TaskPlan
from localdev.nextflow_simulator.pipeline.processes import ALIGNERS

_COUNTING = {aligner.count.name for aligner in ALIGNERS.values()}


@dataclass(frozen=True, slots=True)
class Failure:
    """How a task fails: its exit code, what it prints, and the attempt and the memory from which on it does not."""

    exit_code: int
    stderr: str
    cured_at: int = 100
    enough_memory: int = 1 << 60  # bytes
    missing_output: bool = False


NONE = Failure(0, "", cured_at=1)
KINDS = {
    "oom_once": Failure(137, ".command.sh: line 2:    30 Killed                  {command}", cured_at=2),
    "oom": Failure(137, ".command.sh: line 2:    30 Killed                  {command}", enough_memory=200 << 30),
    "exit": Failure(1, "Error: the reads of {tag} are not in FASTQ format at line 4"),
    "missing_output": Failure(0, "", missing_output=True),
}  # a kind that starts with another's name comes before it


def failure_of(task: TaskPlan, attempt: int, chosen: str, *, memory: int) -> Failure:
    """What befalls an attempt (1 is the first) of a task that is given `memory` bytes; NONE when it succeeds.

    `chosen` is what SIM_FAIL says.
    """
    process, _, kind = chosen.rpartition(":")
    failure = KINDS.get(kind, NONE) if process == task.process.short_name else _by_sample(task)
    return failure if attempt < failure.cured_at and memory < failure.enough_memory else NONE


def _by_sample(task: TaskPlan) -> Failure:
    if task.process.name in _COUNTING:
        for kind, failure in KINDS.items():
            if task.tag.startswith(f"fail_{kind}"):
                return failure
    return NONE
