"""Concurrent calls."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

_Answer = TypeVar("_Answer")


def all_at_once(calls: Sequence[Callable[[], _Answer]]) -> list[_Answer]:
    """Make all calls at the same moment, each in a thread; return their results in order."""
    barrier = threading.Barrier(len(calls))

    def start(call: Callable[[], _Answer]) -> _Answer:
        barrier.wait(10)
        return call()

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(start, calls))
