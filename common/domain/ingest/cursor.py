"""How far a file of a run has been read, and what is to be read next (DESIGN 6). Pure.

Each upload replaces the whole object. A file that grew has the bytes that were read before in front of the new
ones; the checksum of the last of them (`boundary`) tells it from a file that was started anew.
"""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

BOUNDARY_BYTES = 64
KEPT_SKIPPED = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class FileCursor:
    """Where reading of one file stands.

    `byte_offset` bytes of `generation` have been read. `part` counts how often the file was started anew.
    `next_number` is the number that the record still open will keep. `reader` and `summary` are the JSON states of
    the reader and of what it found; `skipped` the newest unreadable lines, of `skipped_count` in all.
    """

    generation: int = 0
    byte_offset: int = 0
    boundary: str = ""
    part: int = 0
    next_number: int = 0
    reader: Mapping[str, Any] = field(default_factory=dict)
    summary: Mapping[str, Any] = field(default_factory=dict)
    skipped: Sequence[Mapping[str, Any]] = ()
    skipped_count: int = 0


@dataclass(frozen=True, slots=True)
class ByteRange:
    """The bytes [start, end) to ask for; the first `overlap` of them were read before and only prove continuity."""

    start: int
    end: int
    overlap: int


def range_to_read(cursor: FileCursor, *, size: int, at_most: int) -> ByteRange:
    """The next bytes of a file that is now `size` long, at most `at_most` new ones."""
    overlap = min(cursor.byte_offset, BOUNDARY_BYTES)
    return ByteRange(cursor.byte_offset - overlap, min(size, cursor.byte_offset + at_most), overlap)


def has_restarted(cursor: FileCursor, *, size: int, overlap: bytes) -> bool:
    """Whether the file is not the one that was read before: shorter, or other bytes where reading stopped."""
    return size < cursor.byte_offset or checksum(overlap) != (cursor.boundary or checksum(b""))


def restarted(cursor: FileCursor, *, had_open_record: bool) -> FileCursor:
    """The cursor for reading a restarted file from its first byte; numbers go on and never restart in a run."""
    number = cursor.next_number + (1 if had_open_record else 0)
    return replace(cursor, byte_offset=0, boundary="", part=cursor.part + 1, next_number=number, reader={}, summary={})


def checksum(data: bytes) -> str:
    """The checksum of the last BOUNDARY_BYTES of `data`."""
    return f"{zlib.crc32(data[-BOUNDARY_BYTES:]):08x}"


def keep_newest(skipped: Sequence[Mapping[str, Any]], more: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The newest KEPT_SKIPPED unreadable lines: enough to see what is wrong, never without bound."""
    return [*skipped, *more][-KEPT_SKIPPED:]
