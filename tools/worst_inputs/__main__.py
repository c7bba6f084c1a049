"""Reads crafted inputs and writes what they cost into docs/security.md (`make worst-inputs`)."""

import gc
import math
import os
import re
import resource
import sys
import time
import traceback
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, NamedTuple, NoReturn

from tools.worst_inputs.inputs import WorstInput, worst_inputs
from tools.worst_inputs.readers import Reader

DOCUMENT: Final = Path("docs/security.md")
BEGIN, END = "<!-- worst inputs: begin -->", "<!-- worst inputs: end -->"
SMALL: Final = 64 << 10
TOO_MUCH: Final = "too much"

# What no input may exceed; see docs/security.md.
MOST_SECONDS_SMALL, MOST_SECONDS, MOST_MIB = 1.0, 10.0, 200.0
# What ends a reader that would take this machine with it, far above the limits.
_SECONDS_OF_PROCESS, _BYTES_OF_PROCESS = 120, 8 << 30


class Cost(NamedTuple):
    """What reading an input took: processor time, and the peak of memory over what the process had before."""

    seconds: float
    mib: float


def cost_of(case: WorstInput, size: int) -> Cost:
    """The cost in a process of its own, so that its peak memory is known.

    It is without a bound for an input that the reader does not bear: an error, no end, no memory left.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        _write_cost(case, size, writing)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        figures = [float(figure) for figure in pipe.read().split()]
    os.waitpid(child, 0)
    return Cost(*figures) if len(figures) == len(Cost._fields) else Cost(math.inf, math.inf)


def _write_cost(case: WorstInput, size: int, pipe: int) -> NoReturn:
    """Measure in this process, and end it."""
    try:
        resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS_OF_PROCESS, _SECONDS_OF_PROCESS))
        resource.setrlimit(resource.RLIMIT_AS, (_BYTES_OF_PROCESS, _BYTES_OF_PROCESS))
        cost = _measure(case, size)
        os.write(pipe, f"{cost.seconds} {cost.mib}".encode())
    except BaseException:  # noqa: BLE001 the finding; the parent process must not run twice
        traceback.print_exc()
    os._exit(0)


def _measure(case: WorstInput, size: int) -> Cost:
    content = case.make(size)
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")  # forget the peak so far
    before, began = _memory_mib("VmRSS"), time.process_time()
    case.reader.read(content)
    return Cost(time.process_time() - began, max(0.0, _memory_mib("VmHWM") - before))


def _memory_mib(name: str) -> float:
    found = re.search(rf"{name}:\s+([0-9]+) kB", Path("/proc/self/status").read_text())
    return int(found[1]) / 1024 if found else 0.0


def rows_of(cases: Iterable[WorstInput]) -> list[Sequence[str]]:
    """One row for each reader: the worst of its inputs, in time and in memory."""
    costs: dict[Reader, list[tuple[str, Cost, Cost]]] = defaultdict(list)
    for case in cases:
        small, largest = cost_of(case, min(SMALL, case.reader.largest)), cost_of(case, case.reader.largest)
        costs[case.reader].append((case.name, small, largest))
        shown = f"{case.reader.name:45} {case.name:40}"
        figures = f"{small.seconds:6.2f} s {largest.seconds:6.2f} s {largest.mib:6.0f} MiB"
        print(f"{shown} {figures}{'  ' + TOO_MUCH if is_too_much(small, largest) else ''}", flush=True)
    return [_row(reader, found) for reader, found in costs.items()]


def _row(reader: Reader, found: list[tuple[str, Cost, Cost]]) -> Sequence[str]:
    small = max(found, key=lambda case: case[1].seconds)
    slow, large = max(found, key=lambda case: case[2].seconds), max(found, key=lambda case: case[2].mib)
    return (
        reader.name,
        str(len(found)),
        _figure(f"{small[1].seconds:.2f} s", small[0], small[1].seconds > MOST_SECONDS_SMALL),
        f"{reader.largest / (1 << 20):.3g} MiB",
        _figure(f"{slow[2].seconds:.1f} s", slow[0], slow[2].seconds > MOST_SECONDS),
        _figure(f"{large[2].mib:.0f} MiB", large[0], large[2].mib > MOST_MIB),
    )


def is_too_much(small: Cost, largest: Cost) -> bool:
    """Whether an input exceeds a limit, with 64 KiB or with the largest size."""
    return small.seconds > MOST_SECONDS_SMALL or largest.seconds > MOST_SECONDS or largest.mib > MOST_MIB


def _figure(amount: str, case: str, exceeds: bool) -> str:
    return f"{f'**{amount}, {TOO_MUCH}**' if exceeds else amount} ({case})"


def table_of(rows: Iterable[Sequence[str]]) -> str:
    """The rows as a table in Markdown."""
    header = ("input", "tried", "most time, 64 KiB", "largest", "most time, largest", "most memory")
    lines = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in (header, ["---"] * 6, *rows)]
    return "\n".join(lines)


def main() -> int:
    """Print every cost and write the table; words in the command line choose the cases that contain one of them.

    Returns 1 if an input exceeds a limit.
    """
    words = sys.argv[1:]
    cases = [
        case for case in worst_inputs() if not words or any(word in f"{case.reader.name} {case.name}" for word in words)
    ]
    rows = rows_of(cases)
    status = int(any(TOO_MUCH in cell for row in rows for cell in row))
    if words:
        return status
    text = DOCUMENT.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    DOCUMENT.write_text(f"{before}{BEGIN}\n{table_of(rows)}\n{END}{rest.partition(END)[2]}", encoding="utf-8")
    return status


if __name__ == "__main__":
    sys.exit(main())
