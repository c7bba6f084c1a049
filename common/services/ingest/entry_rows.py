"""Encodes log entries in COPY's binary format, in a third of the time of the text format for a million rows.

A row is the number of its columns, then the length and the bytes of each value; the length -1 means NULL. Numbers are
big-endian, a timestamp counts microseconds since 2000 (Postgres manual, COPY, "Binary Format").
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from struct import Struct

from common.domain.nextflow.log.records import LogRecord
from common.domain.runs.log_key import LogKey
from common.domain.text.storable import storable_bytes
from common.models.log_entries import LEVELS

ENTRY_COLUMNS = ("month", "run_number", "source", "number", "byte_end", '"timestamp"', "level", "message")
Source = tuple[str | None, str | None]  # thread and logger

_PREFIX = Struct(">hiiii")
_SOURCE = Struct(">ii")
_POSITION = Struct(">iiiq")
_MOMENT = Struct(">iq")
_LEVEL = Struct(">ih")
_LENGTH = Struct(">i")
_NULL = _LENGTH.pack(-1)
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_FIRST_DAY = date(2000, 1, 1)
_LEVELS: Mapping[str | None, bytes] = {None: _NULL} | {
    level: _LEVEL.pack(2, number) for number, level in enumerate(LEVELS)
}


def entry_rows(
    records: Iterable[LogRecord], key: LogKey, *, sources: Mapping[Source, int], first_number: int
) -> Iterator[bytes]:
    """One row of `entries` for each record, with the columns ENTRY_COLUMNS; `sources` has the ids of all sources."""
    prefix = _PREFIX.pack(len(ENTRY_COLUMNS), 4, (key.month - _FIRST_DAY).days, 4, key.run_number)
    starts = {source: prefix + _SOURCE.pack(4, number) for source, number in sources.items()}
    for number, (_, end, at, level, thread, logger, message) in enumerate(records, start=first_number):
        position = _POSITION.pack(4, number, 8, end)
        yield b"%b%b%b%b%b" % (starts[thread, logger], position, _moment(at), _LEVELS[level], _text(message))


def _moment(at: datetime | None) -> bytes:
    if at is None:
        return _NULL
    since = at - _EPOCH
    return _MOMENT.pack(8, (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds)


def _text(value: str) -> bytes:
    encoded = storable_bytes(value)
    return _LENGTH.pack(len(encoded)) + encoded
