"""A `nextflow` that only writes its log: tasks are submitted at random moments, in a new run and later after a failure.

It notes when it wrote each of them. `python -m bench.freshness.nextflow … -log LOG …`; SLUICE_BENCH_FOLDER is shared
with the bench.
"""

import json
import os
import random
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

SAMPLES = 100  # of each phase
FOLDER = "SLUICE_BENCH_FOLDER"
WRITTEN, IS_OLD = "written.jsonl", "is_old"  # what the log says and when; made by the bench when the log is old
PROCESS = "SAMPLE"
_PAUSE_S = (0.1, 0.7)  # so that all samples after the failure come within a minute
_QUIET_S = 5.0


class LogWriter:
    """Appends records to a log."""

    def __init__(self, log: Path, written: Path) -> None:
        self._log, self._written = log, written

    def write(self, text: str) -> int:
        """Write a record; return the size of the log."""
        now = datetime.now(UTC)
        with self._log.open("ab") as log:
            log.write(f"{now:%b-%d %H:%M:%S}.{now.microsecond // 1000:03} {text}\n".encode())
            return log.tell()

    def submit(self, number: int, phase: str) -> None:
        """Write that a task was submitted, and note it as a sample of `phase`."""
        at, task = time.time(), f"[{number:02x}/abcdef] Submitted process > {PROCESS} ({number})"
        end = self.write(f"[Task submitter] INFO  nextflow.Session - {task}")
        with self._written.open("a", encoding="utf-8") as written:
            written.write(json.dumps({"number": number, "phase": phase, "at": at, "end": end}) + "\n")


def main(arguments: list[str]) -> None:
    folder = Path(os.environ[FOLDER])
    writer = LogWriter(Path(arguments[arguments.index("-log") + 1]), folder / WRITTEN)
    writer.write("[main] DEBUG nextflow.cli.Launcher - $> nextflow run nf-core/scrnaseq -r 2.7.1")
    writer.write("[main] INFO  nextflow.cli.CmdRun - N E X T F L O W  ~  version 25.10.4")
    writer.write("[main] DEBUG nextflow.Session - Session UUID: 0e9c6c5e-2b6f-4b27-9d0e-3a4f5b6c7d8e")
    for number in _at_random(1):
        writer.submit(number, "young")
    while not (folder / IS_OLD).exists():
        time.sleep(0.1)
    writer.write("[main] DEBUG nextflow.Session - nothing happens")
    time.sleep(_QUIET_S)
    work_dir = f"gs://sluice-work/work/01/abcdef{'0' * 24}"
    handler = f"id: 1; name: {PROCESS} (1); status: COMPLETED; exit: 1; error: -; workDir: {work_dir}"
    writer.write(
        f"[Task monitor] DEBUG nextflow.processor.TaskPollingMonitor - Task completed > TaskHandler[{handler}]"
    )
    for number in _at_random(SAMPLES + 1):
        writer.submit(number, "failing")
    while True:  # the bench stops the stack
        time.sleep(1)


def _at_random(first: int) -> Iterator[int]:
    for number in range(first, first + SAMPLES):
        time.sleep(random.uniform(*_PAUSE_S))  # noqa: S311 no secret
        yield number


if __name__ == "__main__":
    main(sys.argv[1:])
