"""Times several functions in turn, so that a disturbance of the machine affects all of them."""

import statistics
import time
from collections.abc import Callable, Mapping
from typing import TypeVar

Key = TypeVar("Key")


def medians(
    subjects: Mapping[Key, Callable[[], object]],
    *,
    rounds: int,
    warm_up: int = 5,
    clock: Callable[[], float] | None = None,
) -> dict[Key, float]:
    """The median duration of each subject in seconds; each round calls every subject once.

    With time.process_time as `clock` it is time of the processor, which other programs of the machine hardly change.
    """
    times: dict[Key, list[float]] = {key: [] for key in subjects}
    for number in range(-warm_up, rounds):
        for key, subject in subjects.items():
            started = (clock or time.perf_counter)()
            subject()
            if number >= 0:
                times[key].append((clock or time.perf_counter)() - started)
    return {key: statistics.median(taken) for key, taken in times.items()}
