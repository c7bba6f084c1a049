"""What a run cost: seconds on machines times prices, in whole nano-dollars that add up. An estimate by list prices.

An attempt costs its seconds times (machine / task_pack + GPUs + GiB of disk), a run its attempts and its head job.
Cached tasks cost nothing; what their first computation would cost at the run's prices is saved. Network and storage are
left out.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Final, NamedTuple

from common.domain.insight.cost.apportioning import apportion, rounded
from common.domain.insight.cost.basis import Basis
from common.domain.insight.cost.prices import PriceList, Rate, UnknownPrice, built_in_gpus
from common.domain.insight.cost.usage import BilledMachine, Role, Usage

_MICROSECONDS: Final = 1_000_000
# What may not be known, in words that follow "not known: ".
NO_MACHINE: Final = "the machine"
NO_HEAD: Final = "the machine of the head job"
NO_REGION: Final = "the region of the machine"
NO_DISKS: Final = "the disks of the machine"
NO_DISK_TYPE: Final = "the type of a disk"
UNDATED: Final = "the time on a machine: a time is missing, or clocks disagree"


class Rates(NamedTuple):
    """Nano-dollars for a second of one attempt on a machine, exactly, and what is not known of them."""

    machine: Fraction
    gpus: Fraction
    disks: Fraction
    priced_on: date | None
    unknown: tuple[str, ...]

    @property
    def whole(self) -> Fraction:
        """All that is known of it together."""
        return self.machine + self.gpus + self.disks


UNRATED: Final = Rates(Fraction(), Fraction(), Fraction(), None, (NO_MACHINE,))


class Parts(NamedTuple):
    """Nano-dollars by what they were paid for."""

    machines: int
    gpus: int
    disks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CostFigure:
    """The cost of something in nano-dollars; None if no part of it is known.

    Unless `is_complete`, something in it is not known: it cost more, or, if machines are guessed, another amount.
    """

    nanos: int | None
    parts: Parts
    basis: Basis
    is_complete: bool
    attempts: int
    seconds: float
    losses: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessCost:
    """The cost of the tasks of one process, and what its cached tasks saved."""

    process: str | None
    cost: CostFigure
    saved: CostFigure


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCost:
    """The cost of a run: `head` and the processes, dearest first, add up to `total`.

    `unknown` says for people what is missing, with the number of attempts that it concerns.
    """

    total: CostFigure
    head: CostFigure
    processes: Sequence[ProcessCost]
    saved: CostFigure
    priced_on: date | None
    unknown: Mapping[str, int]


class _Sum:
    """Exact nano-dollars of several usages."""

    def __init__(self) -> None:
        self.exact = [Fraction(), Fraction(), Fraction()]
        self.attempts = self.priced = self.guessed = self.losses = self.microseconds = 0
        self.is_complete = True

    def add(self, usage: Usage, rates: Rates) -> None:
        self.attempts += usage.attempts
        self.losses += usage.losses
        self.microseconds += usage.microseconds
        self.is_complete &= not usage.undated and not rates.unknown
        dated = usage.attempts - usage.undated
        if not dated or not (rates.machine or rates.gpus or rates.disks):
            return
        self.priced += dated
        self.guessed += dated if usage.machine and usage.machine.is_guess else 0
        for place, rate in enumerate((rates.machine, rates.gpus, rates.disks)):
            if rate:
                self.exact[place] += rate * Fraction(usage.microseconds, _MICROSECONDS)

    def take(self, other: "_Sum") -> None:
        self.attempts += other.attempts
        self.priced += other.priced
        self.guessed += other.guessed
        self.losses += other.losses
        self.microseconds += other.microseconds
        self.is_complete &= other.is_complete
        self.exact = [own + more for own, more in zip(self.exact, other.exact, strict=True)]

    @property
    def whole(self) -> Fraction:
        return sum(self.exact, Fraction())

    def cost(self, nanos: int) -> CostFigure:
        """The cost, which is `nanos` in all."""
        basis = Basis.NONE if not self.priced else Basis.REQUEST if self.guessed else Basis.MACHINE
        return CostFigure(
            nanos=nanos if self.priced or not self.attempts else None,
            parts=Parts(*apportion(nanos, self.exact)),
            basis=basis,
            is_complete=self.is_complete,
            attempts=self.attempts,
            seconds=self.microseconds / _MICROSECONDS,
            losses=self.losses,
        )


def cost_of_run(usages: Iterable[Usage], prices: PriceList, *, on: date, region: str | None) -> RunCost:
    """The cost of a run by the prices in force `on` a day; `region` is where a guessed machine would have been.

    A guessed machine is a Spot machine if tasks of the run were seen on such.
    """
    sums: dict[tuple[Role, str | None], _Sum] = defaultdict(_Sum)
    unknown, dates = Counter[str](), set[date]()
    for usage, rates in priced(usages, prices, on=on, region=region):
        sums[usage.role, usage.process].add(usage, rates)
        if usage.role == Role.HEAD and not usage.machine:
            unknown[NO_HEAD] += usage.attempts
        elif usage.role != Role.SAVED:
            unknown.update(dict.fromkeys(rates.unknown, usage.attempts))
            unknown.update({UNDATED: usage.undated} if usage.undated else {})
            dates |= {rates.priced_on} if rates.priced_on else set()
    names = sorted({process for role, process in sums if role != Role.HEAD}, key=lambda name: (name is None, name))
    head, tasks = sums[Role.HEAD, None], [sums[Role.TASK, name] for name in names]
    (head_cost, *costs), total = _costs([head, *tasks])
    savings, saved = _costs([sums[Role.SAVED, name] for name in names])
    processes = [
        ProcessCost(process=name, cost=cost, saved=kept) for name, cost, kept in zip(names, costs, savings, strict=True)
    ]
    return RunCost(
        total=total,
        head=head_cost,
        processes=sorted(processes, key=lambda process: -(process.cost.nanos or 0)),
        saved=saved,
        priced_on=max(dates, default=None),
        unknown=dict(unknown),
    )


def priced(
    usages: Iterable[Usage], prices: PriceList, *, on: date, region: str | None
) -> Iterator[tuple[Usage, Rates]]:
    """The usages of a run in their order, each with its machine, which may be a guess, and what that costs."""
    usages = list(usages)
    spot = any(usage.machine.spot for usage in usages if usage.machine and usage.role == Role.TASK)
    known: dict[BilledMachine | None, Rates] = {None: UNRATED}
    for seen in usages:
        usage = seen.with_machine(region=region, spot=spot)
        if usage.machine and usage.machine not in known:
            known[usage.machine] = rates_of(usage.machine, prices, on=on)
        yield usage, known[usage.machine]


def cost_of_attempts(attempts: Sequence[tuple[Usage, Rates]], nanos: int) -> tuple[CostFigure, list[int | None]]:
    """The cost of a task, which is `nanos` in all, and of each of its attempts, None for one of unknown cost."""
    each = [_Sum() for _ in attempts]
    for own, (usage, rates) in zip(each, attempts, strict=True):
        own.add(usage, rates)
    total = _Sum()
    for own in each:
        total.take(own)
    shares = apportion(nanos if total.whole else 0, [own.whole for own in each])
    return total.cost(sum(shares)), [own.cost(share).nanos for own, share in zip(each, shares, strict=True)]


def rates_of(machine: BilledMachine, prices: PriceList, *, on: date) -> Rates:
    """What a second of one attempt on a machine costs."""
    if machine.machine_type is None:
        return UNRATED
    region = machine.region
    if region is None:
        return Rates(Fraction(), Fraction(), Fraction(), None, (NO_REGION,))
    unknown, dates = list[str](), list[date]()

    def known(rate: Rate | UnknownPrice) -> Fraction:
        if isinstance(rate, UnknownPrice):
            unknown.append(rate.reason)
            return Fraction()
        dates.append(rate.priced_on)
        return rate.nanos

    spot = machine.spot
    whole_machine = known(prices.machine(machine.machine_type, region, spot=spot, on=on))
    gpus = [known(prices.gpu(kind, region, spot=spot, on=on)) * count for kind, count in _gpus_of(machine)]
    disks = [
        known(prices.disk(disk.kind, region, spot=spot, on=on) if disk.kind else UnknownPrice(NO_DISK_TYPE)) * disk.size
        for disk in machine.disks
        if disk.size
    ]
    if machine.is_guess and not machine.disks:
        unknown.append(NO_DISKS)
    zero = Fraction()
    priced_on = max(dates, default=None)
    return Rates(whole_machine / machine.task_pack, sum(gpus, zero), sum(disks, zero), priced_on, tuple(unknown))


def _gpus_of(machine: BilledMachine) -> Sequence[tuple[str, int]]:
    """The GPUs that a job asked for, or those that belong to the machine type."""
    if own := built_in_gpus(machine.machine_type):
        return [own]
    return [(gpu.kind or "of an unknown type", gpu.size) for gpu in machine.gpus if gpu.size]


def _costs(sums: Sequence[_Sum]) -> tuple[list[CostFigure], CostFigure]:
    """The costs of several sums, and of all of them together, to which they add up."""
    total = _Sum()
    for each in sums:
        total.take(each)
    nanos = rounded(total.whole)
    shares = apportion(nanos, [each.whole for each in sums])
    return [each.cost(share) for each, share in zip(sums, shares, strict=True)], total.cost(nanos)
