"""Attempts for the tests of sizing."""

from collections.abc import Iterable, Iterator
from typing import Any

from common.domain.insight.sizing.attempts import KILLED, Attempt

GIB = 1 << 30


def make_attempt(**changes: Any) -> Attempt:  # noqa: ANN401 a field of any type
    """A completed first attempt that used 6 of 8 GiB and 3 of 4 cores for an hour; its run is no recovery."""
    run_id = changes.get("run_id", "run-00000001")
    return Attempt(
        run_id=run_id,
        lineage=run_id,
        name="STAR_ALIGN (donor 1)",
        number=1,
        has_completed=True,
        exit_code=0,
        cpus=4,
        memory=8 * GIB,
        memory_peak=6 * GIB,
        cpu_percent=290.0,
        read_bytes=None,
        run_seconds=3_600.0,
    )._replace(**changes)


def attempts_for(peaks: Iterable[float], *, memory: float, runs: int = 4) -> Iterator[Attempt]:
    """The attempts of tasks that need `peaks` bytes and ask for `memory`, twice that in the second attempt, and so on.

    The tasks belong to `runs` runs in turn.
    """
    for task, peak in enumerate(peaks):
        number = 1
        of_task = {"run_id": f"run-{task % runs:08x}", "name": f"STAR_ALIGN (donor {task})"}
        while peak > memory * number:
            killed = {"has_completed": False, "exit_code": KILLED, "memory_peak": None, "cpu_percent": None}
            yield make_attempt(**of_task, number=number, memory=int(memory * number), **killed)
            number += 1
        yield make_attempt(**of_task, number=number, memory=int(memory * number), memory_peak=int(peak))
