"""How many CPUs the tasks of a process should ask for."""

import math
from collections.abc import Iterable
from typing import Final

from common.domain.insight.sizing.attempts import Attempt
from common.domain.insight.sizing.survival import Survival

COVERED: Final = 0.95  # of the tasks
_ROUNDED_OFF: Final = 0.05  # of a core: 202 % are two cores and a little noise


def cpus_advice(attempts: Iterable[Attempt]) -> int | None:
    """The whole cores that 95 of 100 tasks use at most, at least one; None if no use is known."""
    used = [attempt.cpu_percent for attempt in attempts if attempt.has_completed and attempt.cpu_percent is not None]
    covering = Survival.of(used).quantile(COVERED)
    return None if covering is None else max(1, math.ceil(covering / 100 - _ROUNDED_OFF))
