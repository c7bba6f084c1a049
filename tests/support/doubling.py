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
_CLEARLY_LINEAR: Final = 12  # times as long for eight times the text
_ROUNDS: Final = 4


def assert_linear(
    read: Callable[[str], object], unit: str, before: str = "", after: str = "", *, longest: int = LONGEST
) -> None:
    """Fail if `read` needs more than linear time for `unit` repeated, between `before` and `after`.

    What reads _GLANCE characters in less than half the time of the quickest quadratic pattern is linear, which settles
    nearly all cases in a moment. For the others inputs are doubled until one takes four times as long as that pattern,
    because less cannot be compared well: to copy a megabyte takes as long as the pattern. Three readings of an eighth
    settle what is clearly linear. For the rest, rounds of readings are compared, of which the fastest counts, because
    other work on the machine can only add to the processor time; one round never settles it, because such work may slow
    down all of its short texts.
    """

    def text_of(length: int) -> str:
        return before + unit * (length // len(unit)) + after

    if longest <= 2 * _GLANCE and seconds_for(read, text_of(_GLANCE)) < quadratic_s() / 2:
        return
    length, enough_s = 1024, 4 * quadratic_s()
    while (seconds := seconds_for(read, text_of(length))) < enough_s and length < longest:
        length *= 2
    if seconds < enough_s:
        return
    shorter = min(seconds_for(read, text_of(length >> _DOUBLINGS)) for _ in range(3))
    if seconds < MOST_SECONDS and seconds < _CLEARLY_LINEAR * shorter:
        return
    ratio = seconds = shorter = float("inf")
    for tries in range(_ROUNDS):
        shorter = min(shorter, *(_seconds_for_each(read, text_of(length >> _DOUBLINGS)) for _ in range(3)))
        seconds = min(seconds, seconds_for(read, text_of(length)))
        ratio = (seconds / shorter) ** (1 / _DOUBLINGS)
        if tries and ratio <= _MOST_RATIO and seconds < MOST_SECONDS:
            return
    took = f"{length} characters take {seconds:.2f} s, {ratio:.1f} times as long with each doubling"
    raise AssertionError(f"{before!r} + {unit!r} * n + {after!r}: {took}")


@cache
def quadratic_s() -> float:
    """What quadratic time means on this machine: the least seconds for _GLANCE characters."""
    return min(seconds_for(_QUICKEST_QUADRATIC.match, "a" * _GLANCE) for _ in range(5))


def seconds_for(read: Callable[[str], object], text: str) -> float:
    """The processor time that `read` takes for `text`."""
    gc.disable()  # as timeit does: what the collector does depends on all other objects of the process
    try:
        began = time.thread_time()
        read(text)
        return time.thread_time() - began
    finally:
        gc.enable()


def _seconds_for_each(read: Callable[[str], object], text: str) -> float:
    """The processor time that `read` takes for a short text, of so many that they take about as long as a long one."""
    times = 1 << _DOUBLINGS

    def read_all(text: str) -> None:
        for _ in range(times):
            read(text)

    return seconds_for(read_all, text) / times
