"""How far a file of a run has been read, and which bytes come next.

Each upload replaces the whole object. A file that has grown begins with the bytes that were read before. The checksum
of the last of them (`boundary`) distinguishes it from a restarted file, which begins with other bytes.

An upload can also be cut off. GCSFuse makes an object of what was written when its writer is killed or an upload fails,
because an object appears at `close` and the kernel closes the files of a dead process (docs/semantics.md of
GoogleCloudPlatform/gcsfuse). Such a copy is shorter and begins with the same bytes; the next copy is whole again.
"""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

BOUNDARY_BYTES = 64
# Enough to distinguish two logs (by the time of the first record) and two traces (by the rows below equal headers).
BEGINNING_BYTES = 1024
KEPT_SKIPPED = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class FileCursor:
    """How far one file has been read; equal to the cursor that Postgres returns for it.

    `generation` is the newest one that was read to its end, `byte_offset` the number of bytes read, `beginning` the
    first of them, `part` how often the file was restarted. `next_number` is the number of the next log entry, or of the
    open one, which keeps it. `reader` and `summary` are the states of reader and log summary as JSON. `skipped` are the
    newest of `skipped_count` unreadable lines.
    """

    generation: int = 0
    byte_offset: int = 0
    boundary: str = ""
    beginning: bytes = b""  # empty also if an older release began to read the file
    part: int = 0
    next_number: int = 0
    reader: Mapping[str, Any] = field(default_factory=dict)
    summary: Mapping[str, Any] = field(default_factory=dict)
    skipped: Sequence[Mapping[str, Any]] = field(default_factory=list)
    skipped_count: int = 0

    @property
    def version(self) -> Mapping[str, int]:
        """The fields that distinguish any two cursors of one file: within a part, the other three only grow."""
        names = ("part", "byte_offset", "generation", "skipped_count")
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True, slots=True, kw_only=True)
class ByteRange:
    """Bytes [start, end) of one generation of a file of `size` bytes.

    The first `overlap` of them were read before; they show whether the file was restarted.
    """

    generation: int
    size: int
    start: int
    end: int
    overlap: int


def range_to_read(cursor: FileCursor, *, generation: int, size: int, at_most: int) -> ByteRange:
    """The next bytes of a file that is now `size` bytes long, at most `at_most` new ones.

    If the file is shorter than before, the first bytes that can be compared with `beginning`.
    """
    if size < cursor.byte_offset:
        end = min(size, len(cursor.beginning))
        return ByteRange(generation=generation, size=size, start=0, end=end, overlap=end)
    overlap = min(cursor.byte_offset, BOUNDARY_BYTES)
    start = cursor.byte_offset - overlap
    end = min(size, cursor.byte_offset + at_most)
    return ByteRange(generation=generation, size=size, start=start, end=end, overlap=overlap)


def has_restarted(cursor: FileCursor, part: ByteRange, overlap: bytes) -> bool:
    """Whether `overlap`, the part of the bytes that was read before, differs from the earlier bytes."""
    if part.size < cursor.byte_offset:
        return overlap != cursor.beginning[: len(overlap)]
    return checksum(overlap) != (cursor.boundary or checksum(b""))


def is_cut_off(cursor: FileCursor, part: ByteRange) -> bool:
    """Whether a file that has not restarted is shorter than before; the next upload has the missing bytes."""
    return part.size < cursor.byte_offset


def restarted(cursor: FileCursor, *, had_open_record: bool = False) -> FileCursor:
    """The cursor for reading a restarted file from its first byte; entry numbers continue and never repeat in a run."""
    number = cursor.next_number + (1 if had_open_record else 0)
    start = FileCursor(generation=cursor.generation, part=cursor.part + 1, next_number=number)
    return replace(start, skipped=cursor.skipped, skipped_count=cursor.skipped_count)


def advanced(cursor: FileCursor, part: ByteRange, data: bytes) -> FileCursor:
    """The cursor after `data`, the bytes of `part`; the generation changes only at the end of the file."""
    offset = part.start + len(data)
    generation = part.generation if offset == part.size else cursor.generation
    beginning = cursor.beginning
    if len(beginning) == cursor.byte_offset:  # false if an older release read the beginning without keeping it
        beginning = (beginning + data[part.overlap :][:BEGINNING_BYTES])[:BEGINNING_BYTES]
    return replace(cursor, generation=generation, byte_offset=offset, boundary=checksum(data), beginning=beginning)


def checksum(data: bytes) -> str:
    """The checksum of the last BOUNDARY_BYTES of `data`."""
    return f"{zlib.crc32(data[-BOUNDARY_BYTES:]):08x}"


def keep_newest(skipped: Sequence[Mapping[str, Any]], more: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The newest KEPT_SKIPPED of the unreadable lines."""
    return [*skipped, *more][-KEPT_SKIPPED:]
