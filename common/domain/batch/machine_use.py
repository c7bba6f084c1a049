"""The machines that a child job used: read from Batch once the job has ended, because Batch forgets it after 60 days.

A task's events say when it got and lost a machine, in which zone, and why. Batch may list them in any order. Sources:
google/cloud/batch_v1/types/{job,task}.py, and "Troubleshooting" and "View jobs and tasks" in Google's documentation.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from common.domain.batch.job import BatchExitCode

_CHANGE: Final = re.compile(r"Task state is updated from \w+ to (\w+)")
_INSTANCE: Final = re.compile(r"\bzones/([a-z0-9-]+)/instances/")
_ON_A_MACHINE: Final = frozenset({"ASSIGNED", "RUNNING"})


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
    def zone(self) -> str:
        found = _INSTANCE.search(self.text)
        return found[1] if found else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineKind:
    """What Batch allocated for each task of a job. `disks` and `accelerators` are stored as they are here."""

    machine_type: str | None = None
    provisioning_model: str | None = None  # STANDARD, SPOT, …
    task_pack: int | None = None  # the number of tasks that share one machine
    disks: Sequence[Mapping[str, Any]] = ()  # type, gib, and whether it is the boot disk
    accelerators: Sequence[Mapping[str, Any]] = ()  # type, count


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineUse:
    """When and where the tasks of a job had a machine.

    `zone_seconds` adds up the time from assignment to release, also of attempts that Batch repeated; tasks on a shared
    machine count separately. `zone` is the last one, `spot_losses` the number of attempts that a preemption ended.
    """

    zone: str | None = None
    zone_seconds: Mapping[str, float] = field(default_factory=dict)
    spot_losses: int = 0
    assigned_at: datetime | None = None
    released_at: datetime | None = None


@dataclass(slots=True)
class _Stay:
    """One attempt of a task on one machine."""

    zone: str
    start: datetime
    end: datetime | None = None
    exit_code: int | None = None


def machine_use(tasks: Iterable[Iterable[TaskEvent]], *, job_ended_at: datetime | None) -> MachineUse:
    """The use of machines according to the events of each task of a job.

    An attempt whose end is not in the events ended with its job.
    """
    stays = [stay for events in tasks for stay in _stays_in(events)]
    if not stays:
        return MachineUse()
    seconds: dict[str, float] = defaultdict(float)
    for stay in stays:
        stay.end = stay.end or job_ended_at
        if stay.end:
            seconds[stay.zone] += max(0.0, (stay.end - stay.start).total_seconds())
    return MachineUse(
        zone=max(stays, key=lambda stay: stay.start).zone or None,
        zone_seconds={zone: round(spent, 3) for zone, spent in sorted(seconds.items())},
        spot_losses=sum(stay.exit_code == BatchExitCode.VM_PREEMPTION for stay in stays),
        assigned_at=min(stay.start for stay in stays),
        released_at=max((stay.end for stay in stays if stay.end), default=None),
    )


def _stays_in(events: Iterable[TaskEvent]) -> Iterator[_Stay]:
    stay: _Stay | None = None
    for event in sorted(events, key=lambda event: event.at):
        is_on_a_machine = event.new_state in _ON_A_MACHINE
        if event.new_state is None or (stay is None and not is_on_a_machine):
            continue
        if stay is None or (stay.end and is_on_a_machine):
            if stay:
                yield stay
            stay = _Stay(event.zone, event.at)
        stay.zone = stay.zone or event.zone
        if not is_on_a_machine:  # an attempt may have two events after its end: FAILED, then PENDING
            stay.end = stay.end or event.at
            stay.exit_code = stay.exit_code or event.exit_code
    if stay:
        yield stay
