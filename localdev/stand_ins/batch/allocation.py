"""The machine that Batch would allocate for a job, for show only: jobs run as processes of this machine."""

from typing import Final
from zlib import crc32

from localdev.stand_ins.http.messages import Json
from localdev.stand_ins.http.proto_json import read_enum

_MODELS: Final = {
    0: "PROVISIONING_MODEL_UNSPECIFIED", 1: "STANDARD", 2: "SPOT", 3: "PREEMPTIBLE", 4: "RESERVATION_BOUND",
    5: "FLEX_START",
}  # fmt: skip
_SIZES: Final = (2, 4, 8, 16, 32)  # cores of the E2 family
_GIB_PER_CORE: Final = {"highcpu": 1, "standard": 4, "highmem": 8}
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


def instance_of(job: Json) -> str:
    """The name of the job's machine in the events of its tasks, in a zone that the job allows."""
    allowed = job.get("allocationPolicy", {}).get("location", {}).get("allowedLocations", [])
    zones = [place for place in allowed if place.startswith("zones/")]
    zone = zones[0] if zones else f"zones/{job['name'].split('/')[3]}-b"
    return f"{zone}/instances/{crc32(job['uid'].encode())}"


def _policy_of(job: Json) -> Json:
    instances = job.get("allocationPolicy", {}).get("instances") or [{}]
    policy: Json = instances[0].get("policy", {})
    return policy


def _smallest_machine(resource: Json) -> str:
    """The smallest machine with enough cores and memory, as Batch chooses one for a job that names none."""
    cores = -(-int(resource.get("cpuMilli") or _DEFAULT_CPU_MILLI) // 1000)
    gib = int(resource.get("memoryMib") or _DEFAULT_MEMORY_MIB) / 1024
    for size in _SIZES:
        for family, gib_per_core in _GIB_PER_CORE.items():
            if size >= cores and size * gib_per_core >= gib:
                return f"e2-{family}-{size}"
    return f"n2-highmem-{max(cores, _SIZES[-1])}"
