"""The processor time of other processes, which other programs of the machine hardly change."""

import sys
import time

import psutil

_LINUX = sys.platform == "linux"
_WHOLE_PROCESS = 2  # CPUCLOCK_SCHED of the kernel: time in nanoseconds; /proc/PID/stat counts hundredths of a second


def processor_s(process: psutil.Process) -> float:
    """The processor time of a process and its living descendants so far, in seconds."""
    return sum(_own_s(each) for each in (process, *process.children(recursive=True)))


def _own_s(process: psutil.Process) -> float:
    if _LINUX:
        return time.clock_gettime(~process.pid << 3 | _WHOLE_PROCESS)  # as clock_getcpuclockid(3) makes the id
    times = process.cpu_times()
    return times.user + times.system
