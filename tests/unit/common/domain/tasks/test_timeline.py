from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from common.domain.tasks.timeline import Edge, EdgeCount, ProcessLane, lanes_from

BINS = 10


def test_a_task_counts_in_each_bin_in_which_it_waited_or_ran() -> None:
    counts = [
        EdgeCount("A", Edge.SUBMITTED, 0, 2),
        EdgeCount("A", Edge.LEFT_QUEUE, 2, 2),
        EdgeCount("A", Edge.STARTED, 2, 2),
        EdgeCount("A", Edge.ENDED, 2, 1),
        EdgeCount("A", Edge.ENDED, 9, 1),
    ]

    assert lanes_from(counts, bins=BINS) == [ProcessLane("A", [0, 2, 3], [2, 2, 0], [0, 2, 1])]


def test_lanes_are_in_the_order_in_which_processes_began() -> None:
    edges = [("B", Edge.SUBMITTED, 5), ("A", Edge.STARTED, 7), ("C", Edge.STARTED, 0)]
    counts = [EdgeCount(process, edge, number, 1) for process, edge, number in edges]

    assert [lane.process for lane in lanes_from(counts, bins=BINS)] == ["C", "B", "A"]


@given(st.lists(st.lists(st.integers(0, BINS - 1), min_size=4, max_size=4).map(sorted), max_size=20))
def test_every_bin_has_as_many_tasks_as_counting_one_by_one(tasks: list[list[int]]) -> None:
    edges = Counter((edge, number) for task in tasks for edge, number in zip(Edge, task, strict=True))
    lanes = lanes_from((EdgeCount("A", edge, number, n) for (edge, number), n in edges.items()), bins=BINS)

    counted = [(0, 0)] * BINS
    for lane in lanes:
        ends = [*lane.bins[1:], BINS]
        for start, end, *held in zip(lane.bins, ends, lane.queued, lane.running, strict=True):
            counted[start:end] = [(held[0], held[1])] * (end - start)

    assert counted == [
        (sum(q0 <= n <= q1 for q0, q1, _, _ in tasks), sum(r0 <= n <= r1 for _, _, r0, r1 in tasks))
        for n in range(BINS)
    ]
