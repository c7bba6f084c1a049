"""How much memory the tasks of a process should ask for, also by the size of their input."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from common.domain.insight.sizing.attempts import Attempt, MemoryNeeds
from common.domain.insight.sizing.survival import Survival

GIB: Final = 1 << 30
COVERED: Final = 0.99  # of the tasks, before the headroom
HEADROOM: Final = 1.2
ENOUGH_SAMPLES: Final = 10
RELATED_FROM: Final = 0.7  # rank correlation
_MOST_BINS: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryAdvice:
    """Memory in bytes, whole GiB. `expected_failures` is the share of first attempts that will need more, at most.

    `is_guess`: tasks were killed with the most memory that any had, so nobody knows what they need.
    """

    memory: int
    expected_failures: float
    is_guess: bool = False


@dataclass(frozen=True, slots=True)
class InputBin:
    """The memory for tasks that read at most `read_bytes`, None for all larger ones; both in bytes."""

    read_bytes: int | None
    memory: int


def memory_advice(needs: MemoryNeeds) -> MemoryAdvice:
    """The 99th percentile of the needs with headroom; raises ValueError without any need.

    If tasks beyond the percentile were killed, the advice is twice what they had, as in Nextflow's second attempt. A
    task larger than all before is always possible: after n tasks, one of n + 1.
    """
    if not needs.size:
        raise ValueError("no task proves a need")
    needed = Survival.of(needs.known, needs.bounds)
    covering = needed.quantile(COVERED)
    memory = whole_gib(HEADROOM * covering) if covering is not None else whole_gib(2 * max(needs.bounds))
    failures = 0.0 if covering is None else needed.share_above(memory)
    return MemoryAdvice(memory=memory, expected_failures=max(failures, 1 / (needs.size + 1)), is_guess=covering is None)


def memory_by_input(attempts: Iterable[Attempt]) -> list[InputBin]:
    """The memory by bytes read, in bins that rise; empty unless the input explains the memory."""
    pairs = sorted(
        (attempt.read_bytes, attempt.memory_peak)
        for attempt in attempts
        if attempt.has_completed and attempt.read_bytes and attempt.memory_peak
    )
    bins = min(_MOST_BINS, len(pairs) // ENOUGH_SAMPLES)
    if bins < 2 or rank_correlation(pairs) < RELATED_FROM:
        return []
    edges = [round(place * len(pairs) / bins) for place in range(bins + 1)]
    found: list[InputBin] = []
    for first, end in pairwise(edges):
        peaks = [peak for _, peak in pairs[first:end]]
        advice = memory_advice(MemoryNeeds(peaks, (), 0)).memory
        largest = pairs[end - 1][0] if end < len(pairs) else None
        found.append(InputBin(largest, max([advice, *(each.memory for each in found)])))
    return _joined(found)


def rank_correlation(pairs: Sequence[tuple[float, float]]) -> float:
    """Spearman's coefficient, from -1 to 1; 0 if one side is the same everywhere."""
    first, second = _ranks([pair[0] for pair in pairs]), _ranks([pair[1] for pair in pairs])
    mean = (len(pairs) + 1) / 2
    spread = sum((rank - mean) ** 2 for rank in first) * sum((rank - mean) ** 2 for rank in second)
    common = sum((a - mean) * (b - mean) for a, b in zip(first, second, strict=True))
    return common / spread**0.5 if spread else 0.0


def whole_gib(size: float) -> int:
    """The next whole number of GiB, at least one, in bytes."""
    return max(1, -int(-size // GIB)) * GIB


def _ranks(values: Sequence[float]) -> list[float]:
    """The place of each value, from 1; equal ones have the mean of their places."""
    order = sorted(range(len(values)), key=values.__getitem__)
    ranks = [0.0] * len(values)
    start = 0
    while start < len(order):
        end = start
        while end < len(order) and values[order[end]] == values[order[start]]:
            end += 1
        for place in order[start:end]:
            ranks[place] = (start + 1 + end) / 2
        start = end
    return ranks


def _joined(bins: Sequence[InputBin]) -> list[InputBin]:
    """Neighbours with the same memory, or that end at the same size, as one bin; empty if one is left."""
    kept: list[InputBin] = []
    for each in bins:
        if kept and (kept[-1].memory == each.memory or kept[-1].read_bytes == each.read_bytes):
            kept[-1] = each
        else:
            kept.append(each)
    return kept if len(kept) > 1 else []
