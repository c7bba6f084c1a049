"""What the tasks of a process should ask for, from what its attempts needed, and what that saves.

A smaller request saves money only if it buys a smaller machine: Batch gives each task a machine of its own.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

from common.domain.insight.sizing.attempts import Attempt, memory_needs
from common.domain.insight.sizing.cpus import cpus_advice
from common.domain.insight.sizing.memory import ENOUGH_SAMPLES, InputBin, MemoryAdvice, memory_advice, memory_by_input

ENOUGH_RUNS: Final = 2
DAYS: Final = 30  # what one month's savings are made from
_HOUR: Final = 3_600


class Verdict(StrEnum):
    """What the attempts of a process say about its request."""

    NOT_ENOUGH_YET = "not_enough_yet"  # too few tasks with known needs
    FITS = "fits"  # another request would buy the same machine, or none that costs less
    ASK_LESS = "ask_less"
    ASK_MORE = "ask_more"  # tasks were killed for more memory than it advises to ask for at most


class ProcessRequest(NamedTuple):
    """CPUs, and memory in bytes; None means unknown."""

    cpus: int | None
    memory: int | None


@dataclass(frozen=True, slots=True)
class PricedMachine:
    """The machine that a request buys; its price in nano-dollars an hour, None if nobody knows it."""

    machine_type: str
    hourly: int | None


BuyMachine = Callable[
    [int, int], PricedMachine | None
]  # for CPUs and memory in bytes; None if no machine is that large


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessAdvice:
    """What is known of a process, and what its tasks should ask for.

    `asked` is the most common request of first attempts; `advised` is None if there is not enough to advise from.
    `saved_monthly` are the nano-dollars that the advice would have saved in the last DAYS days, negative if it costs
    more, None if a machine or a price is unknown.
    """

    process: str
    samples: int
    runs: int
    kills: int
    verdict: Verdict
    asked: ProcessRequest
    advised: ProcessRequest | None = None
    memory: MemoryAdvice | None = None
    by_input: Sequence[InputBin] = ()
    machine_now: PricedMachine | None = None
    machine_then: PricedMachine | None = None
    saved_monthly: int | None = None

    @property
    def is_change(self) -> bool:
        return self.verdict in {Verdict.ASK_LESS, Verdict.ASK_MORE}


def version_family(version: str) -> str:
    """Releases with the same needs: `2.7` of 2.7.1."""
    return ".".join(version.split(".")[:2])


def process_advice(process: str, attempts: Sequence[Attempt], buy: BuyMachine) -> ProcessAdvice:
    """The advice for one process from all its attempts; `buy` finds the machine for a request."""
    needs = memory_needs(attempts)
    kills = sum(attempt.was_killed for attempt in attempts)
    asked = _usual_request(attempts)
    if needs.size < ENOUGH_SAMPLES or needs.runs < ENOUGH_RUNS:
        return ProcessAdvice(
            process=process,
            samples=needs.size,
            runs=needs.runs,
            kills=kills,
            verdict=Verdict.NOT_ENOUGH_YET,
            asked=asked,
        )
    memory = memory_advice(needs)
    advised = ProcessRequest(cpus_advice(attempts) or asked.cpus, memory.memory)
    now, then = _machine(asked, buy), _machine(advised, buy)
    return ProcessAdvice(
        process=process,
        samples=needs.size,
        runs=needs.runs,
        kills=kills,
        verdict=_verdict(asked, advised, kills=kills, now=now, then=then),
        asked=asked,
        advised=advised,
        memory=memory,
        by_input=memory_by_input(attempts),
        machine_now=now,
        machine_then=then,
        saved_monthly=_saved(attempts, now, then),
    )


def _usual_request(attempts: Sequence[Attempt]) -> ProcessRequest:
    requests = Counter(ProcessRequest(attempt.cpus, attempt.memory) for attempt in attempts if attempt.is_first)
    return requests.most_common(1)[0][0] if requests else ProcessRequest(None, None)


def _machine(request: ProcessRequest, buy: BuyMachine) -> PricedMachine | None:
    return buy(request.cpus, request.memory) if request.cpus and request.memory else None


def _verdict(
    asked: ProcessRequest, advised: ProcessRequest, *, kills: int, now: PricedMachine | None, then: PricedMachine | None
) -> Verdict:
    if kills and asked.memory and advised.memory and advised.memory > asked.memory:
        return Verdict.ASK_MORE
    if now and then and then.machine_type == now.machine_type:
        return Verdict.FITS
    if now and then and now.hourly is not None and then.hourly is not None:
        return Verdict.ASK_LESS if then.hourly < now.hourly else Verdict.FITS
    is_less = _is_less(advised.memory, asked.memory) or _is_less(advised.cpus, asked.cpus)
    is_more = _is_less(asked.memory, advised.memory) or _is_less(asked.cpus, advised.cpus)
    return Verdict.ASK_LESS if is_less and not is_more else Verdict.FITS


def _is_less(first: int | None, second: int | None) -> bool:
    return first is not None and second is not None and first < second


def _saved(attempts: Sequence[Attempt], now: PricedMachine | None, then: PricedMachine | None) -> int | None:
    if now is None or then is None or now.hourly is None or then.hourly is None:
        return None
    recent = (attempt for attempt in attempts if attempt.age_days <= DAYS)
    seconds = sum((attempt.run_seconds or 0) * attempt.weight for attempt in recent)
    return round((now.hourly - then.hourly) * seconds / _HOUR)
