import pytest

from localdev.stand_ins.batch.allocation import allocated, instance_of
from localdev.stand_ins.http.messages import Json

NAME = "projects/p/locations/europe-west1/jobs/j"


def job(*, resource: Json | None = None, policy: Json | None = None, places: list[str] | None = None) -> Json:
    allocation = {"instances": [{"policy": policy or {}}], "location": {"allowedLocations": places or []}}
    group = {"taskSpec": {"computeResource": resource or {}}}
    return {"name": NAME, "uid": "u", "allocationPolicy": allocation, "taskGroups": [group]}


@pytest.mark.parametrize(
    ("milli", "mib", "machine"),
    [
        ("2000", "2000", "e2-highcpu-2"),
        ("2000", "6144", "e2-standard-2"),
        ("1000", "16384", "e2-highmem-2"),
        ("6000", "36864", "e2-highmem-8"),
        ("12000", "73728", "e2-highmem-16"),
        ("64000", "600000", "n2-highmem-80"),
    ],
)
def test_a_job_without_a_machine_type_gets_the_smallest_that_is_large_enough(
    milli: str, mib: str, machine: str
) -> None:
    (instance,) = allocated(job(resource={"cpuMilli": milli, "memoryMib": mib}))["instances"]
    assert instance["machineType"] == machine


def test_a_job_gets_the_machine_model_and_disks_that_it_names() -> None:
    policy = {"machineType": "n2-standard-8", "provisioningModel": 2, "bootDisk": {"sizeGb": "77"}}
    (instance,) = allocated(job(policy=policy))["instances"]
    assert (instance["machineType"], instance["provisioningModel"]) == ("n2-standard-8", "SPOT")
    assert (instance["bootDisk"]["sizeGb"], instance["bootDisk"]["type"]) == ("77", "pd-balanced")


@pytest.mark.parametrize(("mib", "gb"), [(None, "30"), ("102400", "100"), ("1024", "30")])
def test_the_boot_disk_is_as_large_as_asked_for_but_never_smaller_than_its_image(mib: str | None, gb: str) -> None:
    (instance,) = allocated(job(resource={"bootDiskMib": mib}))["instances"]
    assert instance["bootDisk"]["sizeGb"] == gb


def test_each_attempt_has_a_machine_of_its_own_in_the_next_zone() -> None:
    machines = [instance_of(job(), attempt) for attempt in range(4)]
    assert [machine.split("/")[1][-1] for machine in machines] == ["b", "c", "d", "b"]
    assert len(set(machines)) == 4


def test_a_machine_is_in_a_zone_that_the_job_allows() -> None:
    assert instance_of(job()).startswith("zones/europe-west1-b/instances/")
    assert instance_of(job(places=["zones/europe-west1-d"])).startswith("zones/europe-west1-d/instances/")
