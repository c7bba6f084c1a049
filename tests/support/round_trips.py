"""Counts the round trips to Postgres of what this process sends, on the wire rather than by statement.

A round trip is one wait: what was sent is flushed, and then an answer is read. pg8000 alone knows about it, because one
statement may take several, and several messages may share one.
"""

import math
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from pg8000 import core
from sqlalchemy import Engine, event

from common.services.postgres import engine


@dataclass
class RoundTrips:
    """How many round trips there were, and the statements that were sent, for the message of a failing test."""

    count: int = 0
    statements: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return "\n".join([f"{self.count} round trips:", *(" ".join(sent.split())[:200] for sent in self.statements)])


@contextmanager
def counted_round_trips(*, idle_connections: bool = False) -> Iterator[RoundTrips]:
    """Counts while the context is open. A new connection counts too, so let the first request pass before it.

    Unless `idle_connections`, no connection is checked before its use, however long the machine has paused. Threads
    that are there before, as those of an earlier test, do not count.
    """
    trips, flushed = RoundTrips(), set[int]()
    flush, read = core._flush, core._read
    others = set(threading.enumerate()) - {threading.current_thread()}

    def counted_flush(sock: object) -> None:
        flushed.add(id(sock))
        flush(sock)

    def counted_read(sock: object, size: int) -> bytes:
        if id(sock) in flushed and threading.current_thread() not in others:
            flushed.discard(id(sock))
            trips.count += 1
        answer: bytes = read(sock, size)
        return answer

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        trips.statements.append(statement)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(core, "_flush", counted_flush)
        patch.setattr(core, "_read", counted_read)
        if not idle_connections:
            patch.setattr(engine, "_TRUSTED_FOR_S", math.inf)
        event.listen(Engine, "before_cursor_execute", note)
        try:
            yield trips
        finally:
            event.remove(Engine, "before_cursor_execute", note)
