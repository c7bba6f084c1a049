"""What a task asks for: its process's own amounts, overridden by the configs with Nextflow's precedence.

From the weakest to the strongest: `process.memory`, the pipeline's own label, `withLabel` of a config, `withName`; of
two that are equally strong, the later one. Every process has a label that sets its memory
and time; none sets a disk.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum

from common.domain.nextflow.config.changes import Setting
from common.domain.nextflow.config.settings import settings_in
from localdev.nextflow_simulator.pipeline.processes import Process

_HOUR = 3_600_000
_UNITS = {"MB": 1 << 20, "GB": 1 << 30, "TB": 1 << 40, "s": 1000, "m": 60_000, "h": _HOUR, "d": 24 * _HOUR}
_AMOUNT = rf"['\"]?(\d+)\s*\.?\s*({'|'.join(_UNITS)})['\"]?"
_VALUE = re.compile(rf"\{{?\s*{_AMOUNT}\s*(\*\s*task\.attempt)?\s*\}}?")


class _Strength(IntEnum):
    ALL_PROCESSES = 0
    LABEL = 1  # stronger than the pipeline's own label, since the pipeline's config is read first
    NAME = 2


@dataclass(frozen=True, slots=True)
class _Amount:
    size: int  # bytes, or milliseconds
    grows: bool
    selector: str  # "" for all processes

    def strength_for(self, process: Process) -> _Strength | None:
        """How strong the setting is for a process; None if it does not apply."""
        kind, _, pattern = self.selector.partition(":")
        if not kind:
            return _Strength.ALL_PROCESSES
        names = (process.name, process.short_name) if kind == "withName" else (process.label,)
        if not any(re.fullmatch(pattern, name) for name in names):
            return None
        return _Strength.NAME if kind == "withName" else _Strength.LABEL


@dataclass(frozen=True, slots=True)
class ResourceSettings:
    """The settings of memory, disk and time in all configs, in the order in which Nextflow reads them."""

    memory: Sequence[_Amount] = ()
    disk: Sequence[_Amount] = ()
    time: Sequence[_Amount] = ()
    most_memory: int | None = None  # of resourceLimits, in bytes

    def memory_of(self, process: Process, attempt: int) -> int:
        """The bytes of memory of an attempt; a pipeline's own memory grows with each, as in nf-core's base.config."""
        found = _strongest(self.memory, process, at_least=_Strength.LABEL)
        memory = process.memory * attempt if found is None else _size(found, attempt)
        return min(memory, self.most_memory or memory)

    def disk_of(self, process: Process, attempt: int) -> int | None:
        """The bytes of boot disk of an attempt; None leaves them to Batch."""
        found = _strongest(self.disk, process, at_least=_Strength.ALL_PROCESSES)
        return None if found is None else _size(found, attempt)

    def time_of(self, process: Process, attempt: int) -> int:
        """The milliseconds that an attempt may run; a pipeline's own limit grows with each."""
        found = _strongest(self.time, process, at_least=_Strength.LABEL)
        return process.hours * _HOUR * attempt if found is None else _size(found, attempt)


def read_resources(texts: Iterable[str]) -> ResourceSettings:
    """The settings in the configs; amounts in other forms than `64.GB` and `{ 64.GB * task.attempt }` are left out."""
    found: dict[str, list[_Amount]] = {"memory": [], "disk": [], "time": []}
    most_memory = None
    for setting in (setting for text in texts for setting in settings_in(text)):
        match setting.path:
            case ("process", ("memory" | "disk" | "time") as name):
                found[name] += _amounts(setting)
            case ("process", "resourceLimits"):
                limit = re.search(rf"memory:\s*{_AMOUNT}", setting.value)
                most_memory = int(limit[1]) * _UNITS[limit[2]] if limit else None
    return ResourceSettings(**{name: tuple(amounts) for name, amounts in found.items()}, most_memory=most_memory)


def _amounts(setting: Setting) -> Iterable[_Amount]:
    if found := _VALUE.fullmatch(setting.value):
        selector = setting.selectors[-1] if setting.selectors else ""
        yield _Amount(int(found[1]) * _UNITS[found[2]], grows=bool(found[3]), selector=selector)


def _strongest(amounts: Sequence[_Amount], process: Process, *, at_least: _Strength) -> _Amount | None:
    applying = [(strength, amount) for amount in amounts if (strength := amount.strength_for(process)) is not None]
    strong = [(strength, amount) for strength, amount in applying if strength >= at_least]
    return max(reversed(strong), key=lambda found: found[0])[1] if strong else None


def _size(amount: _Amount, attempt: int) -> int:
    return amount.size * (attempt if amount.grows else 1)
