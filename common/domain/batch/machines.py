"""The machines of a job: read from Batch once the job has ended, because Batch forgets it after 60 days.

A task's events say when it got and lost a machine, in which zone, and why. Batch may list them in any order. Sources:
google/cloud/batch_v1/types/{job,task}.py, and "Troubleshooting" and "View jobs and tasks" in Google's documentation.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from common.domain.batch.job import BatchExitCode

_CHANGE: Final = re.compile(r"Task state is updated from \w+ to (\w+)")
_INSTANCE: Final = re.compile(r"\bzones/([a-z0-9-]+)/instances/")
_ON_A_MACHINE: Final = frozenset({"ASSIGNED", "RUNNING"})
_LOST: Final = frozenset(
    {
        BatchExitCode.VM_REPORTING_TIMEOUT,
        BatchExitCode.VM_REBOOTED,
        BatchExitCode.VM_AND_TASK_UNRESPONSIVE,
        BatchExitCode.VM_RECREATED,
    }
)


@dataclass(frozen=True, slots=True)
class TaskEvent:
    """One event of a task: when, Batch's sentence, the exit code if any, and the new state if Batch names it."""

    at: datetime
    text: str
    exit_code: int | None = None
    state: str | None = None

    @property
    def new_state(self) -> str | None:
        """None for an event that is no change of state."""
        change = _CHANGE.match(self.text)
        return self.state or (change[1] if change else None)

    @property
    def zone(self) -> str | None:
        found = _INSTANCE.search(self.text)
        return found[1] if found else None


class StayEnd(StrEnum):
    """How a task's time on a machine ended."""

    DONE = "done"
    FAILED = "failed"
    PREEMPTED = "preempted"  # Google took the Spot machine back
    LOST = "lost"  # the machine stopped answering, or was made anew
    WITH_JOB = "with_job"  # no event says so: it ended with its job
    DELETED = "deleted"  # Nextflow killed the task and deleted its job: it ended with the run, at the latest


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineStay:
    """One attempt of a task on one machine, from assignment to release. `task_index` numbers the tasks of a job.

    A time is None if Batch has not said it; `released_at` is the earlier one if clocks disagree.
    """

    task_index: int = 0
    zone: str | None = None
    assigned_at: datetime | None
    released_at: datetime | None
    end: StayEnd


def machine_stays(tasks: Mapping[int, Iterable[TaskEvent]], *, job_ended_at: datetime | None) -> Sequence[MachineStay]:
    """The stays of each task of a job on machines, in the order of the tasks and then of time."""
    return [
        replace(stay, task_index=index, released_at=stay.released_at or job_ended_at)
        for index, events in sorted(tasks.items())
        for stay in _stays_in(events)
    ]


def _stays_in(events: Iterable[TaskEvent]) -> Iterator[MachineStay]:
    stay: MachineStay | None = None
    for event in sorted(events, key=lambda event: event.at):
        is_on_a_machine = event.new_state in _ON_A_MACHINE
        if event.new_state is None or (stay is None and not is_on_a_machine):
            continue
        if stay is None or (stay.released_at and is_on_a_machine):
            if stay:
                yield stay
            stay = MachineStay(zone=event.zone, assigned_at=event.at, released_at=None, end=StayEnd.WITH_JOB)
        stay = replace(stay, zone=stay.zone or event.zone)
        if not is_on_a_machine:  # an attempt may have two events after its end: FAILED, then PENDING
            end = _end_by(event) if stay.end in {StayEnd.WITH_JOB, StayEnd.FAILED} else stay.end
            stay = replace(stay, released_at=stay.released_at or event.at, end=end)
    if stay:
        yield stay


def _end_by(event: TaskEvent) -> StayEnd:
    if event.new_state == "SUCCEEDED":
        return StayEnd.DONE
    if event.exit_code == BatchExitCode.VM_PREEMPTION:
        return StayEnd.PREEMPTED
    return StayEnd.LOST if event.exit_code in _LOST else StayEnd.FAILED
