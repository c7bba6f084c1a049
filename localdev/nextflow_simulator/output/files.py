"""The files that Nextflow writes while it runs: its log and its trace."""

import time
from collections.abc import Sequence
from pathlib import Path

from localdev.nextflow_simulator.task import MISSING, TraceRow

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class NextflowLog:
    """Writes records in Nextflow's logback pattern, unbuffered: local time, without year and zone.

    Records above DEBUG are also printed on the console.
    """

    def __init__(self, file: Path) -> None:
        self._file = file.open("w", encoding="utf-8")

    def add(self, head: str, message: str) -> None:
        """`head` is the part between time and message, such as "[main] INFO  nextflow.Session"."""
        now = time.time()
        local = time.localtime(now)
        clock = f"{local.tm_hour:02}:{local.tm_min:02}:{local.tm_sec:02}.{int(now % 1 * 1000):03}"
        self._file.write(f"{_MONTHS[local.tm_mon - 1]}-{local.tm_mday:02} {clock} {head} - {message}\n")
        self._file.flush()
        if "DEBUG" not in head and "pf4j" not in head:
            print(message, flush=True)

    def close(self) -> None:
        self._file.close()


class TraceFile:
    """Writes a tab-separated row of raw values for each ended or reused task."""

    def __init__(self, file: Path, fields: Sequence[str]) -> None:
        self._fields = fields
        self._file = file.open("w", encoding="utf-8")
        self._line(fields)

    def add(self, row: TraceRow) -> None:
        self._line([row.get(field, MISSING) for field in self._fields])

    def close(self) -> None:
        self._file.close()

    def _line(self, values: Sequence[str]) -> None:
        self._file.write("\t".join(values) + "\n")
        self._file.flush()
