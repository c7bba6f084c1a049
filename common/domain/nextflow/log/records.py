"""Reads nextflow.log in pieces while it grows; every byte of the file belongs to exactly one record.

A record starts with a head, `Nov-29 22:36:34.258 [Task monitor] DEBUG n.processor.TaskPollingMonitor - message`,
and ends where the next head starts; the lines between, also blank ones, continue its message. The logback pattern of
Nextflow is `%d{MMM-dd HH:mm:ss.SSS} [%t] %-5level %logger{36} - %msg%n`. The month is in the language of the machine
and may contain dots, spaces and any letters.
"""

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import lru_cache, partial
from typing import NamedTuple

from common.domain.nextflow.log.clock import LogClock

MESSAGE_LIMIT = 1024 * 1024  # bytes kept of one record; a report as JSON can be one line of many megabytes

_HEAD = (
    rb"([^\s:\[\]][^\n:\[\]]{0,59}?-\d\d \d\d:\d\d:\d\d\.\d{3}) "
    rb"\[([^\n]{0,200}?\] (?:DEBUG|TRACE|INFO|WARN|ERROR) {1,2}\S{1,200}) - "
)
_FIRST_HEAD = re.compile(_HEAD)
_NEXT_HEAD = re.compile(rb"\n" + _HEAD)
_LONGEST_HEAD = 512  # bytes, with the newline before it; a longer unfinished line is not a head
_HEAD_SIGNS = len(" [ - \n")  # bytes of a record that are in none of the pieces
_MARKS = (b"\x1b", b"\r", b"\0")  # what a message as it is shown does not have
_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\^_])")


class LogRecord(NamedTuple):
    """One record: the bytes [start, end) of the file.

    `timestamp` is UTC, None if the month is unknown. It, `level`, `thread` and `logger` are None if the record has no
    head, which happens only at the start of a file. `text` is the message as it is shown and stored, in UTF-8: without
    the final newline and terminal colours, and with U+FFFD for NUL and for bytes that are not UTF-8.
    """

    start: int
    end: int
    timestamp: datetime | None
    level: str | None
    thread: str | None
    logger: str | None
    text: bytes

    @property
    def message(self) -> str:
        """The text of the message, decoded each time, as most messages of a long log are stored but never read."""
        return self.text.decode()


_as_record = partial(tuple.__new__, LogRecord)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogReaderState:
    """What is needed to continue reading: the open record, and the time that decides the year.

    `open_bytes` are the bytes kept of the record that starts at `start`; `left_out` bytes after the first MESSAGE_LIMIT
    of them were not kept. `last` is the time of the latest closed record that has one.
    """

    start: int = 0
    left_out: int = 0
    open_bytes: bytes = b""
    last: datetime | None = None

    @property
    def offset(self) -> int:
        """The number of bytes read, which is where the next piece starts."""
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
    """Reads one log file from its start, or from where `state` stopped.

    `near` is an aware time close to the first record, since the log gives no year; `zone` is the zone of the machine
    that wrote the log. The records do not depend on how the bytes are split into pieces.
    """

    def __init__(self, near: datetime, state: LogReaderState | None = None, *, zone: tzinfo = UTC) -> None:
        state = state or LogReaderState()
        self._near = near
        self._zone = zone
        self._clock = LogClock(near, zone, last=state.last)
        self._start, self._left_out = state.start, state.left_out
        self._open = bytearray(state.open_bytes)  # grows in place, so a huge line in small pieces takes linear time
        self._searched = self._first_undecided()

    @property
    def state(self) -> LogReaderState:
        """The state from which another process can continue."""
        return LogReaderState(
            start=self._start, left_out=self._left_out, open_bytes=bytes(self._open), last=self._clock.last
        )

    @property
    def open_record(self) -> LogRecord | None:
        """The last record, which the next piece may extend, with its unfinished line; None before the first byte."""
        if not self._open:
            return None
        body, head = _head_of(self._open)
        text = _shown(self._open[body:], self._left_out)
        clock = LogClock(self._near, self._zone, last=self._clock.last)
        return _record(self._start, self.state.offset, head, text, clock)

    def feed(self, data: bytes) -> list[LogRecord]:
        """The records that `data`, the next bytes of the file, closes: those followed by another head."""
        unsearched = bytes(self._open[self._searched :]) + data
        del self._open[self._searched :]
        before, *pieces = _NEXT_HEAD.split(unsearched)
        closed: list[LogRecord] = []
        if pieces:
            self._open += before + b"\n"
            first = self._close_first()
            is_plain = not any(mark in unsearched for mark in _MARKS)
            closed = [first, *_closed_in(pieces, first.end, self._clock, is_plain=is_plain)]
            self._start = closed[-1].end
            unsearched = unsearched[len(before) + 1 + self._start - first.end :]
        self._open += unsearched
        self._forget_excess()
        self._searched = self._first_undecided()
        return closed

    def _close_first(self) -> LogRecord:
        """The record that was open and is whole now."""
        body, head = _head_of(self._open)
        text = _shown(self._open[body:], self._left_out)
        first = _record(self._start, self._start + self._left_out + len(self._open), head, text, self._clock)
        self._start, self._left_out = first.end, 0
        self._open.clear()
        return first

    def finish(self) -> list[LogRecord]:
        """Close the open record at the end of the file."""
        last = self.open_record
        if last is None:
            return []
        self._start, self._left_out, self._searched = last.end, 0, 0
        self._open.clear()
        return [last]

    def _forget_excess(self) -> None:
        """Drop the middle of a huge record; keep what its message shows and its end, where the next head may start."""
        excess = len(self._open) - MESSAGE_LIMIT - 2 * _LONGEST_HEAD
        if excess > 0:
            del self._open[-_LONGEST_HEAD - excess : -_LONGEST_HEAD]
            self._left_out += excess

    def _first_undecided(self) -> int:
        """Where to search for heads next: at the last line if it may still become a head, else after all bytes."""
        size = len(self._open)
        newline = self._open.rfind(b"\n", max(0, size - _LONGEST_HEAD))
        return size if newline < 0 else newline


def _head_of(record: bytearray) -> tuple[int, Sequence[bytes] | None]:
    """Where the message in `record` begins, and the parts of the head before it; None if it has no head."""
    head = _FIRST_HEAD.match(record)
    return (head.end(), head.groups()) if head else (0, None)


def _record(start: int, end: int, head: Sequence[bytes] | None, text: bytes, clock: LogClock) -> LogRecord:
    if head is None:
        return LogRecord(start, end, None, None, None, None, text)
    stamp, source = head
    thread, level, logger = _source(source)
    return LogRecord(start, end, clock.read(stamp), level, thread, logger, text)


def _closed_in(pieces: Sequence[bytes], start: int, clock: LogClock, *, is_plain: bool) -> list[LogRecord]:
    """The records in `pieces` of a file from its byte `start` on, but for the last one, which is still open.

    Each is three pieces: the two groups of its head, and its message without the newline that ends it. `is_plain`:
    messages are shown as they are. This loop is most of the work on a long log, so it makes tuples of LogRecord without
    its constructor.
    """
    records = []
    piece = iter(pieces[:-3])
    last = at = None
    for stamp, source, text in zip(piece, piece, piece):  # noqa: B905 strict costs a tenth
        size = len(text)
        end = start + len(stamp) + len(source) + size + _HEAD_SIGNS
        if stamp != last:
            last, at = stamp, clock.read(stamp)
        thread, level, logger = _source(source)
        if not is_plain or size >= MESSAGE_LIMIT:
            text = _shown(text + b"\n", 0)  # noqa: PLW2901
        elif not text.isascii():
            text = text.decode("utf-8", "replace").encode()  # noqa: PLW2901
        records.append(_as_record((start, end, at, level, thread, logger, text)))
        start = end
    return records


def _shown(raw: bytes | bytearray, gap: int) -> bytes:
    """The text of a message as it is shown; `gap` of its bytes have been dropped before."""
    unread = len(raw) + gap - MESSAGE_LIMIT
    text = bytes(raw[:MESSAGE_LIMIT])
    if not text.isascii() or any(mark in text for mark in _MARKS):
        decoded = text.decode("utf-8", "replace").replace("\r\n", "\n").replace("\0", "\ufffd")
        text = _ANSI.sub("", decoded).encode()
    if unread > 0:
        return text + f"\n[… {unread} more bytes in the log file]".encode()
    return text.removesuffix(b"\n")


@lru_cache(maxsize=4096)
def _source(text: bytes) -> tuple[str, str, str]:
    """Thread, level and logger of `Task monitor] DEBUG n.processor.TaskPollingMonitor`."""
    before, _, logger = text.decode("utf-8", "replace").replace("\0", "\ufffd").rpartition(" ")
    thread, _, level = before.rstrip(" ").rpartition("] ")
    return thread, level, logger
