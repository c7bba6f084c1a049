"""The processor time of processes, which other programs of the machine hardly change."""

import statistics
import sys
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeVar

import psutil

Key = TypeVar("Key")

_LINUX = sys.platform == "linux"
_WHOLE_PROCESS = 2  # CPUCLOCK_SCHED of the kernel: time in nanoseconds; /proc/PID/stat counts hundredths of a second


def processor_s(process: psutil.Process) -> float:
    """The processor time of a process and its living descendants so far, in seconds."""
    return sum(_own_s(each) for each in (process, *process.children(recursive=True)))


class Work(NamedTuple):
    """Something to do, and the processes that take part in it besides this one."""

    do: Callable[[], object]
    pids: tuple[int, ...] = ()


def processor_medians(
    works: Mapping[Key, Work], *, rounds: int, warm_up: int = 50, repeats: int = 10
) -> dict[Key, float]:
    """The median processor time of each work in seconds, in all of its processes.

    In each round every work is done `repeats` times, so that what a process does after it has answered is counted.
    """
    for work in works.values():
        for _ in range(warm_up):
            work.do()
    times: dict[Key, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            times[name].append(_processor_s_of(work, repeats) / repeats)
    return {name: statistics.median(taken) for name, taken in times.items()}


def _processor_s_of(work: Work, repeats: int) -> float:
    others = [psutil.Process(pid) for pid in work.pids]
    before, own_before = sum(map(processor_s, others)), time.process_time()
    for _ in range(repeats):
        work.do()
    own = time.process_time() - own_before  # without the search for descendants
    return own + sum(map(processor_s, others)) - before


def _own_s(process: psutil.Process) -> float:
    if _LINUX:
        return time.clock_gettime(~process.pid << 3 | _WHOLE_PROCESS)  # as clock_getcpuclockid(3) makes the id
    times = process.cpu_times()
    return times.user + times.system
