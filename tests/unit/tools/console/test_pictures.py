import struct
import zlib
from pathlib import Path

from tools.console.pictures import _PNG, LARGEST, _chunks, packed
from tools.pack_function.imports import ROOT

PICTURES = sorted((ROOT / "docs" / "pictures").glob("*.png"))


def png(*chunks: tuple[bytes, bytes]) -> bytes:
    return _PNG + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


def test_a_packed_picture_has_the_same_pixels_and_is_smaller() -> None:
    pixels = bytes(range(256)) * 40
    fast = zlib.compress(pixels, 1)
    header = (b"IHDR", struct.pack(">IIBBBBB", 63, 40, 8, 6, 0, 0, 0))
    taken = png(header, (b"tEXt", b"Software\0browser"), (b"IDAT", fast[:50]), (b"IDAT", fast[50:]), (b"IEND", b""))

    smaller = packed(taken)

    (kept, (kind, data), end) = _chunks(smaller)
    assert (kept, kind, end) == (header, b"IDAT", (b"IEND", b""))
    assert zlib.decompress(data) == pixels
    assert len(smaller) < len(taken)


def test_the_pictures_of_the_documentation_are_few_and_small() -> None:
    assert 1 <= len(PICTURES) <= 6
    assert {picture.name: size for picture in PICTURES if (size := picture.stat().st_size) > LARGEST} == {}


def test_every_picture_is_shown_in_the_documentation() -> None:
    words = "".join(page.read_text("utf-8") for page in [ROOT / "README.md", *Path(ROOT / "docs").glob("*.md")])
    assert [picture.name for picture in PICTURES if f"pictures/{picture.name})" not in words] == []
