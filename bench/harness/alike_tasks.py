"""Generates log and trace of runs whose tasks share their first eight hex digits, as two of 100,000 tasks do.

Names repeat, attempts that failed are tried again, and reused tasks have one line in the log, without a directory.
"""

import random
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from bench.harness.long_logs import STARTED_AT
from common.domain.tasks.task import TaskStatus

WORK = "gs://sluice-work/runs/run-1a2b3c4d/work"
COLUMNS = ("task_id", "hash", "native_id", "name", "status", "exit", "error_action", "workdir")

_ENDS = {"completed": 70, "cached": 15, "retried": 6, "ignored": 4, "running": 5}  # percent
_STATUSES = {
    "completed": TaskStatus.COMPLETED,
    "cached": TaskStatus.CACHED,
    "running": TaskStatus.SUBMITTED,
}  # the others have failed
_LARGEST_GROUP = 4
_AT_ONCE = 1_000  # attempts whose lines are mixed


@dataclass(frozen=True, slots=True)
class Attempt:
    """What happens to one attempt at a task: completed, failed, retried, ignored, cached or still running.

    `digits` are the eight that Nextflow prints, `further` the 24 that only the work directory has.
    """

    number: int
    digits: str
    further: str
    name: str
    end: str

    @property
    def work_dir(self) -> str:
        return f"{WORK}/{self.digits}{self.further}"

    @property
    def job(self) -> str:
        return f"nf-{self.digits.replace('/', '')}-{self.number}"

    @property
    def native_id(self) -> str:
        return f"{self.job}/0/u{self.number}"

    @property
    def status(self) -> TaskStatus:
        return _STATUSES.get(self.end, TaskStatus.FAILED)

    @property
    def action(self) -> str | None:
        return {"retried": "RETRY", "ignored": "IGNORE"}.get(self.end)

    def messages(self) -> Iterator[str]:
        """What the log says about it, in order."""
        if self.end == "cached":
            yield f"[{self.digits}] Cached process > {self.name}"
            return
        job = f"job={self.job}; uid=u{self.number}; work-dir={self.work_dir}"
        yield f"[GOOGLE BATCH] Process `{self.name}` submitted > {job}"
        yield f"[{self.digits}] Submitted process > {self.name}"
        if self.end == "running":
            return
        handler = f"id: {self.number}; name: {self.name}; status: COMPLETED; exit: {self._exit}; error: -"
        yield f"Task completed > TaskHandler[{handler}; workDir: {self.work_dir}]"
        if self.action:
            then = "Execution is retried (1)" if self.end == "retried" else "Error is ignored"
            yield f"[{self.digits}] NOTE: Process `{self.name}` terminated with an error exit status (1) -- {then}"

    def cells(self) -> Sequence[str]:
        """Its row in the trace, which has no row of an attempt that is running."""
        known = (self.number, self.digits, self.native_id, self.name, self.status, self._exit)
        return [*map(str, known), self.action or "-", self.work_dir]

    @property
    def _exit(self) -> int:
        return 1 if self.status == TaskStatus.FAILED else 0


def alike_attempts(count: int) -> list[Attempt]:
    """The attempts of a run, in the order of submission; groups of up to four share their eight digits."""
    chance = random.Random(count)  # noqa: S311 the same attempts each time
    attempts: list[Attempt] = []
    while len(attempts) < count:
        key = f"{len(attempts) * 2_654_435_761 % (1 << 32):08x}"
        for place in range(chance.randint(1, _LARGEST_GROUP)):
            number = len(attempts) + 1
            (end,) = chance.choices(list(_ENDS), list(_ENDS.values()))
            # a further try has the name of the first, and so have other tasks; one that is reused is known by its name
            name = f"P:QC (reused {number})" if end == "cached" else f"P:ALIGN (s{chance.choice((1, number - place))})"
            attempts.append(Attempt(number, f"{key[:2]}/{key[2:]}", f"{chance.getrandbits(96):024x}", name, end))
    return attempts[:count]


def log_of(attempts: Sequence[Attempt]) -> Iterator[bytes]:
    """The log of a run with these attempts; the lines of those that run at the same time are mixed."""
    chance, number, waiting = random.Random(len(attempts)), 0, deque(attempts)  # noqa: S311 the same log each time
    running: list[Iterator[str]] = []
    while waiting or running:
        while waiting and len(running) < _AT_ONCE:
            running.append(waiting.popleft().messages())
        place = chance.randrange(len(running))
        message = next(running[place], None)
        if message is None:
            running[place] = running[-1]
            running.pop()
            continue
        at = STARTED_AT + timedelta(milliseconds=number * 20)
        yield (
            f"{at:%b-%d %H:%M:%S}.{at.microsecond // 1000:03} [Task monitor] DEBUG nextflow.Session - {message}\n"
        ).encode()
        number += 1


def trace_of(attempts: Sequence[Attempt]) -> Iterator[bytes]:
    """The trace of a run with these attempts, in any order."""
    ended = [attempt for attempt in attempts if attempt.end != "running"]
    random.Random(len(attempts)).shuffle(ended)  # noqa: S311 the same trace each time
    yield ("\t".join(COLUMNS) + "\n").encode()
    for attempt in ended:
        yield ("\t".join(attempt.cells()) + "\n").encode()
