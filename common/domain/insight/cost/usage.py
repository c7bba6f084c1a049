"""How long something of a run had machines, and which: the sums that costs are computed from."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction
from typing import Any, NamedTuple, Self

from common.domain.insight.cost.machine_types import smallest_machine

_BYTES_PER_GIB = 1 << 30
_SPOT_MODELS = ("SPOT", "PREEMPTIBLE")  # Google sells both at the Spot price


class Amount(NamedTuple):
    """A number of GPUs, or of GiB of disk, of one kind; None if Batch did not name the kind."""

    kind: str | None
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BilledMachine:
    """What Batch gave to a task. `task_pack` tasks share the machine.

    `region` is None if neither a zone nor the job says it. `is_guess` marks a machine chosen from cores and memory.
    """

    machine_type: str | None = None
    region: str | None = None
    spot: bool = False
    task_pack: int = 1
    disks: tuple[Amount, ...] = ()
    gpus: tuple[Amount, ...] = ()
    is_guess: bool = False


class Role(StrEnum):
    """Whom machines were for: tasks, the head job, or cached tasks when an earlier run computed them."""

    TASK = "task"
    HEAD = "head"
    SAVED = "saved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """The attempts of one process on equal machines, and the microseconds that they add up to.

    `undated` counts attempts whose time is not known: a time is missing, or clocks disagree; it is not in
    `microseconds`. Without a `machine`, `cpus` and `memory` (bytes) are what each of the tasks asked for. `kind` is the
    number of the machine in the database, if it has one.
    """

    role: Role = Role.TASK
    process: str | None = None  # None for the head job, and for jobs of no known task
    machine: BilledMachine | None = None
    kind: int | None = None
    cpus: int | None = None
    memory: int | None = None
    attempts: int = 1
    microseconds: int
    undated: int = 0
    losses: int = 0  # attempts that a Spot preemption ended

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> Self:
        """A usage as the database sums it up."""
        machine = found.get("machine")
        return cls(
            role=Role(found["role"]),
            process=found.get("process"),
            machine=_machine_from(machine) if machine else None,
            kind=found.get("kind"),
            cpus=found.get("cpus"),
            memory=found.get("memory"),
            attempts=found["attempts"],
            microseconds=int(found["microseconds"]),
            undated=found["undated"],
            losses=found["losses"],
        )

    def with_machine(self, *, region: str | None, spot: bool) -> "Usage":
        """The usage with the machine that Batch would choose, if nobody saw which one it was.

        `region` and `spot` are those of the run's other machines. It stays without a machine if the request is not
        known. Nothing is known of the guessed machine's disks.
        """
        if self.machine and self.machine.machine_type:
            return self
        if self.cpus is None or self.memory is None:
            return self
        chosen = smallest_machine(cores=Fraction(self.cpus), gib=Fraction(self.memory, _BYTES_PER_GIB))
        seen = self.machine or BilledMachine(region=region, spot=spot)
        return replace(self, machine=replace(seen, machine_type=chosen, is_guess=True)) if chosen else self


def _machine_from(found: Mapping[str, Any]) -> BilledMachine:
    return BilledMachine(
        machine_type=found.get("type"),
        region=found.get("region"),
        spot=found.get("model") in _SPOT_MODELS,
        task_pack=max(1, int(found.get("pack") or 1)),
        disks=tuple(Amount(disk.get("type"), int(disk.get("gib") or 0)) for disk in found.get("disks") or ()),
        gpus=tuple(Amount(gpu.get("type"), int(gpu.get("count") or 0)) for gpu in found.get("gpus") or ()),
    )
