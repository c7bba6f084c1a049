"""Tells whether a function needs linear time, by the processor time for an input and for one twice as long."""

import gc
import time
from collections.abc import Callable
from typing import Final

LONGEST: Final = 64 * 1024  # characters
MOST_SECONDS: Final = 1.0  # for the longest input, on a machine with other work
_ENOUGH_S: Final = 0.05  # less cannot be compared well
_GLANCE: Final = 8 * 1024  # characters; 32 million steps, 30 ms and more, for whatever needs quadratic time
_GLANCE_S: Final = 0.012
_MOST_RATIO: Final = 2.5
_ROUNDS: Final = 7


def assert_linear(
    read: Callable[[str], object], unit: str, before: str = "", after: str = "", *, longest: int = LONGEST
) -> None:
    """Fail if `read` needs more than linear time for `unit` repeated, between `before` and `after`.

    What reads _GLANCE characters in less than _GLANCE_S is linear, which settles nearly all cases in a moment. For the
    others inputs are doubled until one takes _ENOUGH_S. Of several rounds the fastest counts, because other work on the
    machine can only add to the processor time.
    """

    def text_of(length: int) -> str:
        return before + unit * (length // len(unit)) + after

    if longest <= 2 * _GLANCE and _seconds(read, text_of(_GLANCE)) < _GLANCE_S:
        return
    length = 1024
    while length < longest and _seconds(read, text_of(length)) < _ENOUGH_S:
        length *= 2
    seconds = _seconds(read, text_of(length))
    if seconds < _ENOUGH_S:
        return
    ratio = seconds = float("inf")
    for _ in range(_ROUNDS):
        shorter = min(_seconds(read, text_of(length // 2)) for _ in range(3))
        seconds = min(seconds, _seconds(read, text_of(length)))
        ratio = min(ratio, seconds / shorter)
        if ratio <= _MOST_RATIO and seconds < MOST_SECONDS:
            return
    took = f"{length} characters take {seconds:.2f} s, {ratio:.1f} times as long as half of them"
    raise AssertionError(f"{before!r} + {unit!r} * n + {after!r}: {took}")


def _seconds(read: Callable[[str], object], text: str) -> float:
    gc.disable()  # as timeit does: what the collector does depends on all other objects of the process
    try:
        began = time.thread_time()
        read(text)
        return time.thread_time() - began
    finally:
        gc.enable()
