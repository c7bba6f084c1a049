"""When the tasks of a run waited and ran, counted in bins of equal length."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple


class Edge(IntEnum):
    """What happened to a task in a bin. A task waits from its submission until it starts, or ends without a start."""

    SUBMITTED = 0
    LEFT_QUEUE = 1
    STARTED = 2
    ENDED = 3


class EdgeCount(NamedTuple):
    """How many tasks of a process had an edge in a bin."""

    process: str
    edge: Edge
    bin: int
    tasks: int


@dataclass(frozen=True, slots=True)
class ProcessLane:
    """The tasks of one process: from `bins[n]` on, up to the next one, `queued[n]` waited and `running[n]` ran.

    A task counts in each bin in which it waited or ran, however shortly.
    """

    process: str
    bins: Sequence[int]
    queued: Sequence[int]
    running: Sequence[int]


def lanes_from(counts: Iterable[EdgeCount], *, bins: int) -> list[ProcessLane]:
    """A lane for each process, in the order in which they began; those that began together by name."""
    changes: dict[str, dict[int, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    for process, edge, number, tasks in counts:
        is_end = edge in (Edge.LEFT_QUEUE, Edge.ENDED)
        which = 0 if edge in (Edge.SUBMITTED, Edge.LEFT_QUEUE) else 1
        changes[process][number + is_end][which] += -tasks if is_end else tasks
    lanes = [_lane(process, of, bins) for process, of in sorted(changes.items())]
    return sorted(lanes, key=lambda lane: tuple(lane.bins[:1]))


def _lane(process: str, changes: dict[int, list[int]], bins: int) -> ProcessLane:
    numbers, queued, running = [], [], []
    waiting = active = 0
    for number in sorted(changes):
        more_waiting, more_active = changes[number]
        if number >= bins or not (more_waiting or more_active):
            continue
        waiting, active = waiting + more_waiting, active + more_active
        numbers.append(number)
        queued.append(waiting)
        running.append(active)
    return ProcessLane(process, numbers, queued, running)
