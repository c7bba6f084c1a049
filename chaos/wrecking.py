"""What is killed, and when: a schedule drawn from a seed, and the thread that carries it out."""

import random
import signal
import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

POSTGRES = "postgres"
# What is killed, more often where more can go wrong.
_VICTIMS = {"queue_worker": 5, "bucket_watcher": 4, "runs": 3, "events": 1, "logs": 1, "pipelines": 1, "users": 1}
_EVERY_S = (2.0, 5.0)
_AWAY_FOR_S = (0.1, 1.5)
_KILLED = 0.7  # of all that end; the others are asked to, as a platform does that scales down
_POSTGRES_AWAY_FOR_S = (1.0, 4.0)
_POSTGRES_STOPS = 2


class Breakable(Protocol):
    """A stack of which parts can be ended and started."""

    def end(self, name: str, how: signal.Signals) -> None: ...
    def start_function(self, name: str) -> None: ...
    def start_postgres(self) -> None: ...


@dataclass(frozen=True, slots=True, order=True)
class Blow:
    """At `at_s` seconds, `victim` ends by `how` and comes back `away_for_s` later."""

    at_s: float
    victim: str
    how: signal.Signals
    away_for_s: float


def draw_blows(chance: random.Random, *, for_s: float) -> Sequence[Blow]:
    """The blows of one trial, in order; Postgres is stopped, never killed: its local set-up does not flush to disk."""
    blows, at = [], chance.uniform(*_EVERY_S)
    while at < for_s:
        victim = chance.choices(list(_VICTIMS), list(_VICTIMS.values()))[0]
        how = signal.SIGKILL if chance.random() < _KILLED else signal.SIGTERM
        blows.append(Blow(at, victim, how, chance.uniform(*_AWAY_FOR_S)))
        at += chance.uniform(*_EVERY_S)
    blows += [
        Blow(chance.uniform(0, for_s), POSTGRES, signal.SIGINT, chance.uniform(*_POSTGRES_AWAY_FOR_S))
        for _ in range(_POSTGRES_STOPS)
    ]
    return sorted(blows)


class Wrecker:
    """Deals the blows to `stack` in a thread of its own, one after the other, and leaves everything started."""

    def __init__(self, stack: Breakable, blows: Sequence[Blow]) -> None:
        self._stack, self._blows = stack, blows
        self._over = threading.Event()
        self._thread = ThreadPoolExecutor(1)
        self._wrecked: Future[None] | None = None
        self.dealt = 0

    def start(self) -> None:
        self._wrecked = self._thread.submit(self._wreck)

    def stop(self) -> None:
        """Deal no more; whatever kept a part from coming back is raised here."""
        self._over.set()
        self._thread.shutdown()
        if self._wrecked:
            self._wrecked.result()

    def _wreck(self) -> None:
        passed = 0.0
        for blow in self._blows:
            if self._over.wait(max(0.0, blow.at_s - passed)):
                return
            self._deal(blow)
            passed = max(passed, blow.at_s) + blow.away_for_s

    def _deal(self, blow: Blow) -> None:
        self.dealt += 1
        self._stack.end(blow.victim, blow.how)
        self._over.wait(blow.away_for_s)
        if blow.victim == POSTGRES:
            self._stack.start_postgres()
        else:
            self._stack.start_function(blow.victim)
