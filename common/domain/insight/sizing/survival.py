"""How a need is distributed when some of it is known only to be at least so much.

The estimator is that of Kaplan and Meier ("Nonparametric estimation from incomplete observations", 1958), with needs in
place of times: a task that was killed at its limit is censored, because it would have needed at least that.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Survival:
    """`above[i]` is the share of needs above `values[i]`; the values rise."""

    values: tuple[float, ...]
    above: tuple[float, ...]

    @classmethod
    def of(cls, observed: Sequence[float], censored: Sequence[float] = ()) -> Self:
        """The estimate from known needs and from lower bounds of unknown ones."""
        known, bounds = Counter(observed), Counter(censored)
        left, share = len(observed) + len(censored), 1.0
        values, above = [], []
        for value in sorted(known.keys() | bounds.keys()):
            if known[value]:
                share *= 1 - known[value] / left
                values.append(value)
                above.append(share)
            left -= known[value] + bounds[value]
        return cls(tuple(values), tuple(above))

    def share_above(self, value: float) -> float:
        """The share of needs above `value`, from 0 to 1."""
        place = bisect_right(self.values, value)
        return self.above[place - 1] if place else 1.0

    def quantile(self, share: float) -> float | None:
        """The smallest known need that covers at least `share` of all; None if the needs beyond are unknown."""
        rest = 1 - share + 1e-12  # sums of rounded numbers
        return next((value for value, above in zip(self.values, self.above, strict=True) if above <= rest), None)
