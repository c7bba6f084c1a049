"""Which tasks fail, and how: chosen by the name of a sample, or by the variable SIM_FAIL="PROCESS:KIND".

The counting task of a sample named `fail_oom_1` runs out of memory unless it has more than a retry would give it, that
of `fail_disk_full` fills its disk.
SIM_FAIL="MULTIQC:exit" makes MultiQC fail.
"""

from dataclasses import dataclass

from localdev.nextflow_simulator.pipeline.plan import TaskPlan
from localdev.nextflow_simulator.pipeline.processes import ALIGNERS

_COUNTING = {aligner.count.name for aligner in ALIGNERS.values()}


@dataclass(frozen=True, slots=True)
class Failure:
    """How a task fails; it succeeds from attempt `cured_at` on, with `enough_memory` or with `enough_disk`."""

    exit_code: int
    stderr: str
    cured_at: int = 100
    enough_memory: int = 1 << 60  # bytes
    enough_disk: int = 1 << 60
    missing_output: bool = False


NONE = Failure(0, "", cured_at=1)
KINDS = {
    "oom_once": Failure(137, ".command.sh: line 2:    30 Killed                  {command}", cured_at=2),
    "oom": Failure(137, ".command.sh: line 2:    30 Killed                  {command}", enough_memory=200 << 30),
    "disk_full": Failure(1, "samtools sort: failed to write {tag}.bam: No space left on device", enough_disk=200 << 30),
    "exit": Failure(1, "Error: the reads of {tag} are not in FASTQ format at line 4"),
    # what the script around the command says when it copies the results
    "missing_output": Failure(0, "ls: cannot access '{expected}': No such file or directory", missing_output=True),
}  # a kind whose name starts with another kind's name comes first


def failure_of(task: TaskPlan, attempt: int, chosen: str, *, memory: int, disk: int | None = None) -> Failure:
    """The failure of an attempt (counted from 1) with `memory` and `disk` bytes; NONE when it succeeds.

    `chosen` is the value of SIM_FAIL.
    """
    process, _, kind = chosen.rpartition(":")
    failure = KINDS.get(kind, NONE) if process == task.process.short_name else _by_sample(task)
    has_enough = memory >= failure.enough_memory or (disk or 0) >= failure.enough_disk
    return NONE if attempt >= failure.cured_at or has_enough else failure


def _by_sample(task: TaskPlan) -> Failure:
    if task.process.name in _COUNTING:
        for kind, failure in KINDS.items():
            if task.tag.startswith(f"fail_{kind}"):
                return failure
    return NONE
