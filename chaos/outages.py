"""Outages: a random schedule of parts that are killed and restarted, and the thread that carries it out."""

import random
import signal
import threading
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

POSTGRES, QUEUE, BENCHLING = "postgres", "queue", "benchling"
# The functions that are killed, with weights: more often where more can go wrong.
_PARTS = {
    "queue_worker": 5,
    "bucket_watcher": 4,
    "runs": 3,
    "events": 1,
    "logs": 1,
    "pipelines": 1,
    "users": 1,
    "insight": 1,
}
_EVERY_S = (2.0, 5.0)
_DOWN_FOR_S = (0.1, 1.5)
_KILLED = 0.7  # the share that is killed; the others get TERM, as when a platform scales down
_LONG_S = (1.0, 4.0)  # how long Postgres and the queue are away
_POSTGRES_OUTAGES, _QUEUE_OUTAGES, _BENCHLING_OUTAGES = 2, 16, 12


class Restartable(Protocol):
    """A stack whose parts can be ended and started; a fake in tests."""

    def end(self, name: str, how: signal.Signals) -> None: ...
    def start_function(self, name: str) -> None: ...
    def start_postgres(self) -> None: ...
    def start_queue(self) -> None: ...


@dataclass(frozen=True, slots=True, order=True)
class Outage:
    """At `at_s` seconds, `part` is ended by the signal `how`; it is restarted `down_for_s` seconds later."""

    at_s: float
    part: str
    how: signal.Signals
    down_for_s: float


def draw_outages(rng: random.Random, *, for_s: float) -> Sequence[Outage]:
    """The outages of one trial, in order. Postgres is stopped, never killed, because locally it runs without fsync."""
    outages, at = [], rng.uniform(*_EVERY_S)
    while at < for_s:
        part = rng.choices(list(_PARTS), list(_PARTS.values()))[0]
        how = signal.SIGKILL if rng.random() < _KILLED else signal.SIGTERM
        outages.append(Outage(at, part, how, rng.uniform(*_DOWN_FOR_S)))
        at += rng.uniform(*_EVERY_S)
    more = (
        (POSTGRES, signal.SIGINT, _LONG_S, _POSTGRES_OUTAGES),
        (QUEUE, signal.SIGTERM, _LONG_S, _QUEUE_OUTAGES),
        (BENCHLING, signal.SIGKILL, _DOWN_FOR_S, _BENCHLING_OUTAGES),
    )
    for part, how, down_for_s, count in more:
        outages += [Outage(rng.uniform(0, for_s), part, how, rng.uniform(*down_for_s)) for _ in range(count)]
    return sorted(outages)


class OutageRunner:
    """Carries out the outages one by one in a thread; at the end all parts run again."""

    def __init__(self, stack: Restartable, outages: Sequence[Outage]) -> None:
        self._stack, self._outages = stack, outages
        self._stopped = threading.Event()
        self._thread = ThreadPoolExecutor(1)
        self._running: Future[None] | None = None
        self.counts: Counter[str] = Counter()

    def start(self) -> None:
        self._running = self._thread.submit(self._run)

    def stop(self) -> None:
        """Start no more outages; raise the error of a part that did not restart."""
        self._stopped.set()
        self._thread.shutdown()
        if self._running:
            self._running.result()

    def _run(self) -> None:
        elapsed = 0.0
        for outage in self._outages:
            if self._stopped.wait(max(0.0, outage.at_s - elapsed)):
                return
            self._cause(outage)
            elapsed = max(elapsed, outage.at_s) + outage.down_for_s

    def _cause(self, outage: Outage) -> None:
        self.counts[outage.part] += 1
        self._stack.end(outage.part, outage.how)
        self._stopped.wait(outage.down_for_s)
        if outage.part == POSTGRES:
            self._stack.start_postgres()
        elif outage.part == QUEUE:
            self._stack.start_queue()
        else:
            self._stack.start_function(outage.part)
