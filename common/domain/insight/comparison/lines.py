"""Differences between two texts by line, in time that grows with their length.

A line that occurs once in either text is an anchor; between anchors, lines are compared from both ends (the patience
diff of Bram Cohen). A line that could be matched in another way may be reported; a difference is never missed.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LineChange:
    """A line that only one of the texts has; `number` counts from 1 in that text."""

    number: int
    text: str
    is_added: bool


def line_changes(before: str, after: str) -> list[LineChange]:
    """The lines that were removed and added, in the order of the texts; blanks at line ends do not count."""
    first, second = (_lines(text) for text in (before, after))
    return list(_changes(first, second))


def _lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.rstrip().splitlines()]


def _changes(before: Sequence[str], after: Sequence[str]) -> Iterator[LineChange]:
    start = _common_start(before, after, (0, 0), (len(before), len(after)))
    for place in [*_anchors(before, after), (len(before), len(after))]:
        if place < start or place[1] < start[1]:  # already matched from an anchor before
            continue
        end = _common_end(before, after, start, place)
        yield from (LineChange(row + 1, before[row], is_added=False) for row in range(start[0], end[0]))
        yield from (LineChange(row + 1, after[row], is_added=True) for row in range(start[1], end[1]))
        start = _common_start(before, after, place, (len(before), len(after)))


def _common_start(
    before: Sequence[str], after: Sequence[str], start: tuple[int, int], end: tuple[int, int]
) -> tuple[int, int]:
    """The first places from `start` on at which the texts differ."""
    first, second = start
    while first < end[0] and second < end[1] and before[first] == after[second]:
        first, second = first + 1, second + 1
    return first, second


def _common_end(
    before: Sequence[str], after: Sequence[str], start: tuple[int, int], end: tuple[int, int]
) -> tuple[int, int]:
    """The places from which on the texts are the same up to `end`, not before `start`."""
    first, second = end
    while first > start[0] and second > start[1] and before[first - 1] == after[second - 1]:
        first, second = first - 1, second - 1
    return first, second


def _anchors(before: Sequence[str], after: Sequence[str]) -> list[tuple[int, int]]:
    """The places of lines that occur once in either text: the longest row of them that rises in both."""
    once = {line for line, count in Counter(before).items() if count == 1}
    place_in = {line: row for row, line in enumerate(before) if line in once}
    counts = Counter(after)
    pairs = [(place_in[line], row) for row, line in enumerate(after) if counts[line] == 1 and line in place_in]
    ends: list[int] = []  # the smallest place with which a rising row of each length ends
    rows: list[int] = []  # the pair of that place
    previous: list[int | None] = []
    for number, (place, _) in enumerate(pairs):
        length = bisect_left(ends, place)
        ends[length : length + 1] = [place]
        rows[length : length + 1] = [number]
        previous.append(rows[length - 1] if length else None)
    found: list[tuple[int, int]] = []
    last = rows[-1] if rows else None
    while last is not None:
        found.append(pairs[last])
        last = previous[last]
    return found[::-1]
