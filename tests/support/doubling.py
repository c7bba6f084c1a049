"""Tells whether a function needs linear time, by the processor time for an input and for one eight times as long."""

import gc
import re
import time
from collections.abc import Callable
from functools import cache
from typing import Final

LONGEST: Final = 64 * 1024  # characters
MOST_SECONDS: Final = 1.0  # for the longest input, on a machine with other work
_GLANCE: Final = 4 * 1024  # characters; 8 million steps for whatever needs quadratic time
_QUICKEST_QUADRATIC: Final = re.compile(r"(?s).*.*b")  # no pattern takes fewer steps, or quicker ones
_DOUBLINGS: Final = 3  # between the two lengths: what is quadratic takes 64 times as long, far from any noise
_MOST_RATIO: Final = 2.5  # for each doubling
_ROUNDS: Final = 4


def assert_linear(
    read: Callable[[str], object], unit: str, before: str = "", after: str = "", *, longest: int = LONGEST
) -> None:
    """Fail if `read` needs more than linear time for `unit` repeated, between `before` and `after`.

    What reads _GLANCE characters in less than half the time of the quickest quadratic pattern is linear, which settles
    nearly all cases in a moment. For the others inputs are doubled until one takes twice the time of that pattern,
    because less cannot be compared well. Of several rounds the fastest counts, because other work on the machine can
    only add to the processor time.
    """

    def text_of(length: int) -> str:
        return before + unit * (length // len(unit)) + after

    if longest <= 2 * _GLANCE and _seconds(read, text_of(_GLANCE)) < quadratic_s() / 2:
        return
    length, enough_s = 1024, 2 * quadratic_s()
    while length < longest and _seconds(read, text_of(length)) < enough_s:
        length *= 2
    seconds = _seconds(read, text_of(length))
    if seconds < enough_s:
        return
    ratio = seconds = float("inf")
    for _ in range(_ROUNDS):
        shorter = min(_seconds(read, text_of(length >> _DOUBLINGS)) for _ in range(3))
        seconds = min(seconds, _seconds(read, text_of(length)))
        ratio = min(ratio, (seconds / shorter) ** (1 / _DOUBLINGS))
        if ratio <= _MOST_RATIO and seconds < MOST_SECONDS:
            return
    took = f"{length} characters take {seconds:.2f} s, {ratio:.1f} times as long with each doubling"
    raise AssertionError(f"{before!r} + {unit!r} * n + {after!r}: {took}")


@cache
def quadratic_s() -> float:
    """What quadratic time means on this machine: the least seconds for _GLANCE characters."""
    return min(_seconds(_QUICKEST_QUADRATIC.match, "a" * _GLANCE) for _ in range(5))


def _seconds(read: Callable[[str], object], text: str) -> float:
    gc.disable()  # as timeit does: what the collector does depends on all other objects of the process
    try:
        began = time.thread_time()
        read(text)
        return time.thread_time() - began
    finally:
        gc.enable()
