"""Reads nextflow.log piece by piece, as it grows: every byte of the file belongs to exactly one record.

A record starts with a head, `Nov-29 22:36:34.258 [Task monitor] DEBUG n.processor.TaskPollingMonitor - message`,
and ends where the next head starts; lines between, blank ones included, continue its message. The month is in the
language of the machine and may hold dots, spaces and any letters (see NEXTFLOW's logback pattern
`%d{MMM-dd HH:mm:ss.SSS} [%t] %-5level %logger{36} - %msg%n`).
"""

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from typing import NamedTuple

from common.domain.nextflow.log.clock import LogClock

MESSAGE_LIMIT = 1024 * 1024  # bytes kept of one record; a report's JSON can be one line of many megabytes

_HEAD = (
    rb"([^\s:\[\]][^\n:\[\]]{0,59}?-\d\d \d\d:\d\d:\d\d)\.(\d{3}) "
    rb"\[([^\n]{0,200}?\] (?:TRACE|DEBUG|INFO|WARN|ERROR) {1,2}[^\s]{1,200}) - "
)
_FIRST_HEAD = re.compile(_HEAD)
_NEXT_HEAD = re.compile(rb"\n" + _HEAD)
_LONGEST_HEAD = 512  # bytes, the newline before it included; a longer unfinished line is no head
_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\^_])")


class LogRecord(NamedTuple):
    """One record: the bytes `start` up to, not including, `end` of the file.

    `timestamp` is UTC, None when the month is in no table; it, `level`, `thread` and `logger` are None when the bytes
    have no head, which only the first record of a file can be. `message` has its lines joined by newlines, no final
    newline and no terminal colours; what is not UTF-8 became U+FFFD.
    """

    start: int
    end: int
    timestamp: datetime | None
    level: str | None
    thread: str | None
    logger: str | None
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LogReaderState:
    """All that reading on needs: the record still open, and the moment that decides the year.

    `open_bytes` are those kept of the record that starts at `start`; `left_out` bytes after the first MESSAGE_LIMIT of
    them were not kept. `last` is the moment of the latest closed record that has one.
    """

    start: int = 0
    left_out: int = 0
    open_bytes: bytes = b""
    last: datetime | None = None

    @property
    def offset(self) -> int:
        """How many bytes of the file have been read: where the next piece starts."""
        return self.start + self.left_out + len(self.open_bytes)

    def as_json(self) -> dict[str, str | int | None]:
        """This state as JSON values."""
        return {
            "start": self.start,
            "left_out": self.left_out,
            "open": base64.b64encode(self.open_bytes).decode("ascii"),
            "last": self.last.isoformat() if self.last else None,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, str | int | None]) -> "LogReaderState":
        """The state that `as_json` wrote."""
        last = value["last"]
        return cls(
            start=int(value["start"] or 0),
            left_out=int(value["left_out"] or 0),
            open_bytes=base64.b64decode(str(value["open"])),
            last=datetime.fromisoformat(str(last)) if last else None,
        )


class LogReader:
    """Reads one log file from its start, or on from `state`.

    `near` is any moment close to the first record (aware; the log names no year), `zone` that of the machine that
    wrote it. However the bytes are cut into pieces, the records are the same.
    """

    def __init__(self, near: datetime, state: LogReaderState | None = None, *, zone: tzinfo = UTC) -> None:
        state = state or LogReaderState()
        self._near = near
        self._zone = zone
        self._clock = LogClock(near, zone, last=state.last)
        self._start, self._left_out = state.start, state.left_out
        self._open = bytearray(state.open_bytes)  # grows in place: a huge line in small pieces stays linear
        self._searched = self._first_undecided()

    @property
    def state(self) -> LogReaderState:
        """Where this reader stands, to go on from in another process."""
        return LogReaderState(
            start=self._start, left_out=self._left_out, open_bytes=bytes(self._open), last=self._clock.last
        )

    @property
    def open_record(self) -> LogRecord | None:
        """The last record, which the next piece may still lengthen, unfinished line included; None before any byte."""
        if not self._open:
            return None
        body, head = _head_of(self._open)
        message = _message(self._open, body, len(self._open), self._left_out)
        clock = LogClock(self._near, self._zone, last=self._clock.last)
        return _record(self._start, self.state.offset, head, message, clock)

    def feed(self, data: bytes) -> list[LogRecord]:
        """The records that `data`, the next bytes of the file, closes: those that a following head was seen for."""
        self._open += data
        closed: list[LogRecord] = []
        base, start, gap = self._start + self._left_out, self._start, self._left_out
        body, head = _head_of(self._open)
        for following in _NEXT_HEAD.finditer(self._open, self._searched):
            newline, next_body = following.span()
            end = base + newline + 1
            message = _message(self._open, body, newline + 1, gap)
            closed.append(_record(start, end, head, message, self._clock))
            start, body, head, gap = end, next_body, following.groups(), 0
        if closed:
            del self._open[: start - base]
            self._start, self._left_out = start, 0
        self._forget_excess()
        self._searched = self._first_undecided()
        return closed

    def finish(self) -> list[LogRecord]:
        """Close the open record, since the file will not grow any more."""
        last = self.open_record
        if last is None:
            return []
        self._start, self._left_out, self._searched = last.end, 0, 0
        self._open.clear()
        return [last]

    def _forget_excess(self) -> None:
        """Keep of a huge record what its message shows, and its end, where the next head may be growing."""
        excess = len(self._open) - MESSAGE_LIMIT - 2 * _LONGEST_HEAD
        if excess > 0:
            del self._open[-_LONGEST_HEAD - excess : -_LONGEST_HEAD]
            self._left_out += excess

    def _first_undecided(self) -> int:
        """Where to look for heads next: at the last line when it is too short to tell, else behind all bytes."""
        size = len(self._open)
        newline = self._open.rfind(b"\n", max(0, size - _LONGEST_HEAD))
        return size if newline < 0 else newline


def _head_of(record: bytearray) -> tuple[int, Sequence[bytes] | None]:
    """Where the message in `record` begins, and the parts of the head before it, None when it has no head."""
    head = _FIRST_HEAD.match(record)
    return (head.end(), head.groups()) if head else (0, None)


def _record(start: int, end: int, head: Sequence[bytes] | None, message: str, clock: LogClock) -> LogRecord:
    if head is None:
        return LogRecord(start, end, None, None, None, None, message)
    second, millisecond, source = head
    thread, level, logger = _source(source)
    return LogRecord(start, end, clock.read(second, millisecond), level, thread, logger, message)


def _message(data: bytearray, start: int, end: int, gap: int) -> str:
    """The text of `data[start:end]` as people should see it; `gap` of its bytes are gone from there already."""
    raw = data[start:end]
    unread = end - start + gap - MESSAGE_LIMIT
    if unread > 0:
        raw = raw[:MESSAGE_LIMIT]
    text = raw.decode("utf-8", "replace")
    if "\x1b" in text or "\r" in text or "\0" in text:
        text = _ANSI.sub("", text.replace("\r\n", "\n").replace("\0", "\ufffd"))
    if unread > 0:
        return f"{text}\n[… {unread} more bytes in the log file]"
    return text.removesuffix("\n")


@lru_cache(maxsize=4096)
def _source(text: bytes) -> tuple[str, str, str]:
    """Thread, level and logger of `Task monitor] DEBUG n.processor.TaskPollingMonitor`."""
    before, _, logger = text.decode("utf-8", "replace").replace("\0", "\ufffd").rpartition(" ")
    thread, _, level = before.rstrip(" ").rpartition("] ")
    return thread, level, logger
