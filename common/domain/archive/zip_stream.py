"""A zip file that is written in one direction and can be continued by another process.

Python's ZipFile cannot be continued: its compressor keeps state that cannot be stored. Here each block is compressed
by a compressor of its own (RFC 1951 allows any sequence of blocks), so a zip can stop after every block, and its bytes
do not depend on where it stopped. The records are those of PKWARE's APPNOTE.TXT, sections 4.3 to 4.5, with sizes of 64
bits after each file.
"""

import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

_VERSION: Final = 45  # of zip: with sizes of 64 bits
_MADE_BY_UNIX: Final = 3 << 8
_FLAGS: Final = 0x0808  # the sizes follow the content; names are UTF-8
_DEFLATE: Final = 8
_MODE: Final = 0o100600 << 16  # a file that only its owner may read, as ZipFile writes it
_MAX_16, _MAX_32 = 0xFFFF, 0xFFFF_FFFF
_LAST_BLOCK: Final = b"\x03\x00"  # an empty block that ends a deflated content


@dataclass(slots=True, kw_only=True)
class ZipEntry:
    """One file in a zip; its sizes and checksum count what has been written so far."""

    name: str
    written_at: datetime
    offset: int
    crc: int = 0
    size: int = 0
    compressed_size: int = 0


@dataclass(slots=True, kw_only=True)
class ZipState:
    """How far a zip is written; all that another process needs to continue it."""

    size: int = 0
    entries: list[ZipEntry] = field(default_factory=list)
    is_open: bool = False  # the content of the last entry is not complete


class ZipStream:
    """Writes a zip with `write`, from `state` on, and keeps `state` up to date."""

    def __init__(self, write: Callable[[bytes], object], state: ZipState) -> None:
        self._write, self.state = write, state

    def begin(self, name: str, *, at: datetime) -> None:
        """Begin a file that was last changed at `at`."""
        entry = ZipEntry(name=name, written_at=at, offset=self.state.size)
        self._put(_local_header(entry))
        self.state.entries.append(entry)
        self.state.is_open = True

    def add(self, block: bytes) -> None:
        """Add a block to the file that was begun. The bytes of the zip depend on how a content is cut into blocks."""
        compressor = zlib.compressobj(zlib.Z_DEFAULT_COMPRESSION, zlib.DEFLATED, -zlib.MAX_WBITS)
        entry = self.state.entries[-1]
        for data in (compressor.compress(block), compressor.flush(zlib.Z_FULL_FLUSH)):
            entry.compressed_size += self._put(data)
        entry.crc = zlib.crc32(block, entry.crc)
        entry.size += len(block)

    def end(self) -> None:
        """End the file that was begun."""
        entry = self.state.entries[-1]
        entry.compressed_size += self._put(_LAST_BLOCK)
        self._put(struct.pack("<4sIQQ", b"PK\x07\x08", entry.crc, entry.compressed_size, entry.size))
        self.state.is_open = False

    def close(self) -> None:
        """Write the directory of all files, which ends the zip."""
        start = self.state.size
        for entry in self.state.entries:
            self._put(_directory_entry(entry))
        self._put(_end_record(len(self.state.entries), start, self.state.size - start))

    def _put(self, data: bytes) -> int:
        self._write(data)
        self.state.size += len(data)
        return len(data)


def _local_header(entry: ZipEntry) -> bytes:
    name = entry.name.encode()
    # This extra field announces that the sizes that follow the content have 64 bits.
    extra = struct.pack("<HHQQ", 1, 16, 0, 0)
    date, time = _dos_time(entry.written_at)
    sizes = (0, _MAX_32, _MAX_32, len(name), len(extra))
    return struct.pack("<4s5H3I2H", b"PK\x03\x04", _VERSION, _FLAGS, _DEFLATE, time, date, *sizes) + name + extra


def _directory_entry(entry: ZipEntry) -> bytes:
    name = entry.name.encode()
    numbers = (entry.size, entry.compressed_size, entry.offset)
    large = [number for number in numbers if number >= _MAX_32]
    extra = struct.pack(f"<HH{len(large)}Q", 1, 8 * len(large), *large) if large else b""
    size, compressed_size, offset = (min(number, _MAX_32) for number in numbers)
    date, time = _dos_time(entry.written_at)
    return (
        struct.pack(
            "<4s6H3I5H2I",
            b"PK\x01\x02",
            _MADE_BY_UNIX | _VERSION,
            _VERSION,
            _FLAGS,
            _DEFLATE,
            time,
            date,
            entry.crc,
            compressed_size,
            size,
            len(name),
            len(extra),
            0,
            0,
            0,
            _MODE,
            offset,
        )
        + name
        + extra
    )


def _end_record(count: int, start: int, size: int) -> bytes:
    record = b""
    if count >= _MAX_16 or start >= _MAX_32 or size >= _MAX_32:
        made_by = _MADE_BY_UNIX | _VERSION
        record = struct.pack("<4sQ2H2I4Q", b"PK\x06\x06", 44, made_by, _VERSION, 0, 0, count, count, size, start)
        record += struct.pack("<4sIQI", b"PK\x06\x07", 0, start + size, 1)
    short_count = min(count, _MAX_16)
    numbers = (0, 0, short_count, short_count, min(size, _MAX_32), min(start, _MAX_32), 0)
    return record + struct.pack("<4s4H2IH", b"PK\x05\x06", *numbers)


def _dos_time(at: datetime) -> tuple[int, int]:
    """Date and time as zip stores them: from 1980 on, in steps of two seconds."""
    date = (max(at.year, 1980) - 1980) << 9 | at.month << 5 | at.day
    return date, at.hour << 11 | at.minute << 5 | at.second // 2
