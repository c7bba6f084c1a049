"""Google's machine types: what their names say about cores, memory and GPUs, and which one Batch would take.

Source: "Machine families resource and comparison guide" of Compute Engine.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

# GiB of memory per core, by family and class. Families whose ratio changes with the size are absent.
_GIB_PER_CORE: Final[Mapping[str, Mapping[str, Fraction]]] = {
    "e2": {"highcpu": Fraction(1), "standard": Fraction(4), "highmem": Fraction(8)},
    "n1": {"highcpu": Fraction(9, 10), "standard": Fraction(15, 4), "highmem": Fraction(13, 2)},
    "n2": {"highcpu": Fraction(1), "standard": Fraction(4), "highmem": Fraction(8)},
    "n2d": {"highcpu": Fraction(1), "standard": Fraction(4), "highmem": Fraction(8)},
    "n4": {"highcpu": Fraction(2), "standard": Fraction(4), "highmem": Fraction(8)},
    "c2": {"standard": Fraction(4)},
    "c2d": {"highcpu": Fraction(2), "standard": Fraction(4), "highmem": Fraction(8)},
    "c3": {"highcpu": Fraction(2), "standard": Fraction(4), "highmem": Fraction(8)},
    "c3d": {"highcpu": Fraction(2), "standard": Fraction(4), "highmem": Fraction(8)},
    "t2a": {"standard": Fraction(4)},
    "t2d": {"standard": Fraction(4)},
}
# GiB of the sizes that do not follow the ratio of their class.
_OWN_GIB: Final[Mapping[str, int]] = {
    "n2-highmem-128": 864,
    "c3d-highcpu-30": 59,
    "c3d-highcpu-60": 118,
    "c3d-highcpu-90": 177,
    "c3d-highcpu-180": 354,
    "c3d-highcpu-360": 708,
}
# Cores of a shared-core machine are billed in part.
_SHARED: Final = {
    "e2-micro": (Fraction(1, 4), Fraction(1)),
    "e2-small": (Fraction(1, 2), Fraction(2)),
    "e2-medium": (Fraction(1), Fraction(4)),
}
# Cores, GiB and GPUs of machines that always have GPUs, which are billed beside cores and memory.
_WITH_GPUS: Final = {
    "a2-highgpu-1g": (12, 85, "nvidia-tesla-a100", 1),
    "a2-highgpu-2g": (24, 170, "nvidia-tesla-a100", 2),
    "a2-highgpu-4g": (48, 340, "nvidia-tesla-a100", 4),
    "a2-highgpu-8g": (96, 680, "nvidia-tesla-a100", 8),
    "g2-standard-4": (4, 16, "nvidia-l4", 1),
    "g2-standard-8": (8, 32, "nvidia-l4", 1),
    "g2-standard-12": (12, 48, "nvidia-l4", 1),
    "g2-standard-16": (16, 64, "nvidia-l4", 1),
    "g2-standard-24": (24, 96, "nvidia-l4", 2),
    "g2-standard-32": (32, 128, "nvidia-l4", 1),
    "g2-standard-48": (48, 192, "nvidia-l4", 4),
    "g2-standard-96": (96, 384, "nvidia-l4", 8),
}
_PREDEFINED: Final = re.compile(r"([a-z][0-9][a-z]?)-(highcpu|standard|highmem)-([0-9]{1,3})", re.ASCII)
_CUSTOM: Final = re.compile(r"(?:([a-z][0-9][a-z]?)-)?custom-([0-9]{1,3})-([0-9]{1,7})", re.ASCII)
_MIB_PER_GIB: Final = 1024
# What Batch takes for a job that names no machine, smallest first: E2, or N2 for what is larger than E2's largest.
_CHOSEN_FROM: Final = {
    ("e2", "highcpu"): (2, 4, 8, 16, 32),
    ("e2", "standard"): (2, 4, 8, 16, 32),
    ("e2", "highmem"): (2, 4, 8, 16),
    ("n2", "highcpu"): (48, 64, 80, 96),
    ("n2", "standard"): (48, 64, 80, 96, 128),
    ("n2", "highmem"): (32, 48, 64, 80, 96),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineShape:
    """What is billed of a machine: `family` names its prices, such as `n2` or `n2-custom`."""

    family: str
    cores: Fraction
    gib: Fraction
    gpus: tuple[str, int] | None = None  # that belong to the machine type


def shape_of(machine_type: str) -> MachineShape | None:
    """The shape of a machine type such as `n2-standard-4`; None if its name does not tell."""
    if machine_type in _SHARED:
        cores, gib = _SHARED[machine_type]
        return MachineShape(family="e2", cores=cores, gib=gib)
    if machine_type in _WITH_GPUS:
        count, memory, gpu, gpus = _WITH_GPUS[machine_type]
        family = machine_type.partition("-")[0]
        return MachineShape(family=family, cores=Fraction(count), gib=Fraction(memory), gpus=(gpu, gpus))
    if found := _PREDEFINED.fullmatch(machine_type):
        per_core = _GIB_PER_CORE.get(found[1], {}).get(found[2])
        cores = Fraction(int(found[3]))
        if not per_core or not cores:
            return None
        gib = Fraction(_OWN_GIB.get(machine_type, cores * per_core))
        return MachineShape(family=found[1], cores=cores, gib=gib)
    if found := _CUSTOM.fullmatch(machine_type):
        gib = Fraction(int(found[3]), _MIB_PER_GIB)
        return MachineShape(family=f"{found[1] or 'n1'}-custom", cores=Fraction(int(found[2])), gib=gib)
    return None


def smallest_machine(*, cores: Fraction, gib: Fraction) -> str | None:
    """The smallest machine type that Batch would take for these cores and GiB; None if none is large enough.

    Batch does not publish its rule; this is a guess, and costs based on it are marked.
    """
    large_enough = [
        (family, size, size * _GIB_PER_CORE[family][name], name)
        for (family, name), sizes in _CHOSEN_FROM.items()
        for size in sizes
        if size >= cores and size * _GIB_PER_CORE[family][name] >= gib
    ]
    if not large_enough:
        return None
    family, size, _, name = min(large_enough)
    return f"{family}-{name}-{size}"
