"""The machine that Batch would allocate for a job, for show only: jobs run as processes of this machine."""

from fractions import Fraction
from typing import Final
from zlib import crc32

from common.domain.insight.cost.machine_types import smallest_machine
from localdev.stand_ins.http.messages import Json
from localdev.stand_ins.http.proto_json import read_enum

_MODELS: Final = {
    0: "PROVISIONING_MODEL_UNSPECIFIED", 1: "STANDARD", 2: "SPOT", 3: "PREEMPTIBLE", 4: "RESERVATION_BOUND",
    5: "FLEX_START",
}  # fmt: skip
_SPOT: Final = ("SPOT", "PREEMPTIBLE")
_LARGEST: Final = "n2-highmem-96"  # for what no machine fits
_ZONES: Final = "bcd"  # of each region
_DEFAULT_CPU_MILLI, _DEFAULT_MEMORY_MIB, _DEFAULT_BOOT_DISK_GB = 2000, 2000, 30


def allocated(job: Json) -> Json:
    """The status of the job's task group as soon as it has a machine; see InstanceStatus in batch/v1/job.proto."""
    policy = _policy_of(job)
    model = read_enum(policy.get("provisioningModel", 0), _MODELS)
    resource = job["taskGroups"][0]["taskSpec"].get("computeResource", {})
    disk_gb = -(-int(resource.get("bootDiskMib") or 0) // 1024)
    boot_disk = {"type": "pd-balanced", "image": "batch-cos", "sizeGb": str(max(disk_gb, _DEFAULT_BOOT_DISK_GB))}
    return {
        "instances": [
            {
                "machineType": policy.get("machineType") or _smallest_machine(resource),
                "provisioningModel": "STANDARD" if model == _MODELS[0] else model,
                "taskPack": "1",
                "bootDisk": boot_disk | policy.get("bootDisk", {}),
            }
        ]
    }


def is_spot(job: Json) -> bool:
    """Whether Google may take the job's machines away."""
    return read_enum(_policy_of(job).get("provisioningModel", 0), _MODELS) in _SPOT


def instance_of(job: Json, attempt: int = 0) -> str:
    """The name of a machine in the events of the job's tasks, in a zone that the job allows.

    Each attempt has a machine of its own, in the next zone.
    """
    allowed = job.get("allocationPolicy", {}).get("location", {}).get("allowedLocations", [])
    zones = [place for place in allowed if place.startswith("zones/")]
    zones = zones or [f"zones/{job['name'].split('/')[3]}-{letter}" for letter in _ZONES]
    number = crc32(f"{job['uid']}{attempt or ''}".encode())
    return f"{zones[attempt % len(zones)]}/instances/{number}"


def _policy_of(job: Json) -> Json:
    instances = job.get("allocationPolicy", {}).get("instances") or [{}]
    policy: Json = instances[0].get("policy", {})
    return policy


def _smallest_machine(resource: Json) -> str:
    """The machine for a job that names none, as Sluice guesses it: Batch does not say how it chooses."""
    cores = Fraction(int(resource.get("cpuMilli") or _DEFAULT_CPU_MILLI), 1000)
    gib = Fraction(int(resource.get("memoryMib") or _DEFAULT_MEMORY_MIB), 1024)
    return smallest_machine(cores=cores, gib=gib) or _LARGEST
