"""Lists of which a command writes the newest or dearest only."""

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Any

import click

from sluice.decoding import RecordT
from sluice.output.terminal import tell
from sluice.output.writer import Column, Output


def count_option(about: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Adds -n; the command gets it as `count`."""
    return click.option("-n", "count", type=click.IntRange(1), default=25, show_default=True, help=about)


def page_size(count: int) -> int:
    """How many to ask for, so that one page tells whether there are more."""
    return min(count + 1, 100)


def write_first(out: Output, records: Iterable[RecordT], columns: Sequence[Column[Any]], count: int) -> bool:
    """Write at most `count` records, and say whether there are more; whether there was one."""
    found = list(islice(records, count + 1))
    out.records(found[:count], columns)
    if len(found) > count:
        tell(f"There are more; -n {count * 4} lists more of them.")
    return bool(found)
