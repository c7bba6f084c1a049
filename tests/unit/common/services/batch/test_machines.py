from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from google.cloud import batch_v1

from common.domain.batch.job import MachineKind
from common.domain.batch.machines import TaskEvent
from common.services.batch.machines import events_of, machine_kind_of

POLICY = {
    "machine_type": "n2-standard-8",
    "provisioning_model": "SPOT",
    "boot_disk": {"type_": "pd-ssd", "size_gb": 40},
    "disks": [
        {"new_disk": {"type_": "local-ssd", "size_gb": 375}, "device_name": "scratch"},
        {"existing_disk": "projects/p/zones/z/disks/reference"},
    ],
    "accelerators": [{"type_": "nvidia-tesla-t4", "count": 1}],
}


def job_with(
    instance: dict[str, Any] | None = None, policy: dict[str, Any] | None = None, mib: int = 0
) -> batch_v1.Job:
    status = {"task_groups": {"group0": {"instances": [instance]}}} if instance else {}
    allocation = {"instances": [{"policy": policy}]} if policy else {}
    group = {"task_spec": {"compute_resource": {"boot_disk_mib": mib}}}
    return batch_v1.Job(status=status, allocation_policy=allocation, task_groups=[group])


def test_what_batch_allocated_counts_more_than_what_was_asked_for() -> None:
    instance = {
        "machine_type": "e2-standard-4",
        "provisioning_model": "STANDARD",
        "task_pack": 2,
        "boot_disk": {"type_": "pd-balanced", "size_gb": 100},
    }
    assert machine_kind_of(job_with(instance, POLICY)) == MachineKind(
        machine_type="e2-standard-4",
        provisioning_model="STANDARD",
        task_pack=2,
        disks=[
            {"type": "pd-balanced", "gib": 100, "boot": True},
            {"type": "local-ssd", "gib": 375, "boot": False},
        ],
        accelerators=[{"type": "nvidia-tesla-t4", "count": 1}],
    )


def test_a_job_that_got_no_machine_has_what_it_asked_for() -> None:
    kind = machine_kind_of(job_with(None, POLICY))
    assert (kind.machine_type, kind.provisioning_model, kind.task_pack) == ("n2-standard-8", "SPOT", None)
    assert kind.disks[0] == {"type": "pd-ssd", "gib": 40, "boot": True}


@pytest.mark.parametrize(("mib", "disks"), [(0, []), (100 * 1024, [{"type": None, "gib": 100, "boot": True}])])
def test_a_job_that_names_no_machine_may_still_ask_for_a_boot_disk(mib: int, disks: list[dict[str, Any]]) -> None:
    assert machine_kind_of(job_with(mib=mib)) == MachineKind(disks=disks, accelerators=[])


def test_the_events_of_a_task_have_time_state_and_exit_code() -> None:
    noon = datetime(2026, 11, 23, 12, tzinfo=UTC)
    events = [
        {"description": "a", "event_time": noon, "task_state": "RUNNING"},
        {"description": "b", "event_time": noon, "task_state": "FAILED", "task_execution": {"exit_code": 50001}},
        {"description": "c due to Spot Preemption with exit code 50001.", "event_time": noon + timedelta(seconds=1)},
        {"description": "without a time"},
    ]
    found = list(events_of(batch_v1.Task(status={"status_events": events})))
    assert found == [
        TaskEvent(noon, "a", None, "RUNNING"),
        TaskEvent(noon, "b", 50001, "FAILED"),
        TaskEvent(noon + timedelta(seconds=1), "c due to Spot Preemption with exit code 50001.", 50001, None),
    ]
    assert {type(event.at) for event in found} == {datetime}
