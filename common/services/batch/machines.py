"""The machines of a job, read from the messages of Google's client library."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from common.domain.batch.job import MachineKind, exit_code_in
from common.domain.batch.machines import TaskEvent
from common.domain.batch.task import TASK_GROUP

if TYPE_CHECKING:
    from google.cloud.batch_v1 import AllocationPolicy, Job, Task

_MIB_PER_GIB: Final = 1024
_ZONE: Final = re.compile(r"[a-z]+-[a-z]+[0-9]+-[a-z]")
_LOCATION: Final = re.compile(r"/locations/([a-z0-9-]+)/jobs/")


def machine_kind_of(job: "Job") -> MachineKind:
    """What Batch allocated for a job, else what the job asked for.

    Batch supports one kind of instance per job. It fills in `instances` once it has allocated a machine.
    """
    allocated = job.status.task_groups[TASK_GROUP].instances if TASK_GROUP in job.status.task_groups else ()
    instance = next(iter(allocated), None)
    policy = next((found.policy for found in job.allocation_policy.instances), None)
    parts = [part for part in (instance, policy) if part]
    return MachineKind(
        machine_type=next((part.machine_type for part in parts if part.machine_type), None),
        provisioning_model=next((part.provisioning_model.name for part in parts if part.provisioning_model), None),
        task_pack=instance.task_pack or None if instance else None,
        region=_region_of(job),
        disks=[*_boot_disk(job, [part.boot_disk for part in parts]), *_further_disks(policy)],
        accelerators=[{"type": found.type_, "count": found.count} for found in (policy.accelerators if policy else ())],
    )


def _region_of(job: "Job") -> str | None:
    """The only region that the job allows, or else the one it was made in."""
    allowed = {place.rpartition("/")[2] for place in job.allocation_policy.location.allowed_locations}
    regions = {place.rpartition("-")[0] if _ZONE.fullmatch(place) else place for place in allowed}
    made_in = _LOCATION.search(job.name)
    return regions.pop() if len(regions) == 1 else made_in[1] if made_in else None


def events_of(task: "Task") -> Iterator[TaskEvent]:
    """The events of a task that have a time."""
    for event in task.status.status_events:
        if moment := plain_time(event.event_time):
            in_text = exit_code_in([event.description])
            code = event.task_execution.exit_code or (in_text[0] if in_text else None)
            state = event.task_state.name if event.task_state else None
            yield TaskEvent(moment, event.description, code, state)


def plain_time(moment: datetime | None) -> datetime | None:
    """The library's own class of times as a datetime, which the database driver knows."""
    return datetime.fromisoformat(moment.isoformat()) if moment else None


def _boot_disk(job: "Job", known: Sequence["AllocationPolicy.Disk"]) -> Iterable[Mapping[str, Any]]:
    kind = next((disk.type_ for disk in known if disk.type_), None)
    asked_mib = max((group.task_spec.compute_resource.boot_disk_mib for group in job.task_groups), default=0)
    size = next((disk.size_gb for disk in known if disk.size_gb), -(-asked_mib // _MIB_PER_GIB))
    return [{"type": kind, "gib": size, "boot": True}] if kind or size else []


def _further_disks(policy: "AllocationPolicy.InstancePolicy | None") -> Iterable[Mapping[str, Any]]:
    new = (disk.new_disk for disk in (policy.disks if policy else ()) if disk.new_disk)
    return [{"type": disk.type_ or None, "gib": disk.size_gb, "boot": False} for disk in new]
