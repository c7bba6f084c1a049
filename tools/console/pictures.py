"""`make pictures`: takes the pictures of docs/console.md on a local stack of its own, with runs made for them."""

import argparse
import os
import struct
import sys
import tempfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from localdev.stack.environment import url
from localdev.stack.layout import StackError
from localdev.stack.ports import free_ports
from localdev.stack.stack import Stack
from tools.console.build import FOLDER, build
from tools.console.chromium import NoBrowserError, chromium
from tools.console.packages import Console, ConsoleFaultError, PackagesMissingError
from tools.pack_function.imports import ROOT

LARGEST: Final = 200_000  # bytes of a picture

_DOCS: Final = ROOT / "docs" / "pictures"
_SPEED: Final = "2"  # of the simulated pipeline; see localdev/nextflow_simulator/pace.py
_PNG: Final = b"\x89PNG\r\n\x1a\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Take the pictures; the exit status is 1 when that fails or one is too large."""
    parser = argparse.ArgumentParser(prog="make pictures", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=_DOCS)
    folder: Path = parser.parse_args(arguments).folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        program = str(chromium())
        build()
        os.environ.setdefault("SIM_SPEED", _SPEED)
        with tempfile.TemporaryDirectory() as state, Stack(free_ports(), Path(state)) as stack:
            variables = {"CHROMIUM": program, "SLUICE_ADDRESS": url(stack.ports.gateway)}
            Console(FOLDER).run("journeys/pictures.ts", str(folder), variables=variables)
    except (NoBrowserError, PackagesMissingError, StackError, ConsoleFaultError) as error:
        print(f"pictures: {error}", file=sys.stderr)
        return 1
    return _made_smaller(folder)


def _made_smaller(folder: Path) -> int:
    status = 0
    for picture in sorted(folder.glob("*.png")):
        smaller = packed(picture.read_bytes())
        picture.write_bytes(smaller)
        print(f"{picture}: {len(smaller):,} bytes")
        if len(smaller) > LARGEST:
            print(f"pictures: {picture.name} has more than {LARGEST:,} bytes", file=sys.stderr)
            status = 1
    return status


def packed(png: bytes) -> bytes:
    """The same picture, compressed as well as possible: browsers save theirs as fast as possible."""
    chunks = list(_chunks(png))
    pixels = zlib.decompress(b"".join(data for kind, data in chunks if kind == b"IDAT"))
    kept = [(kind, data) for kind, data in chunks if kind in {b"IHDR", b"PLTE", b"tRNS"}]
    written = [*kept, (b"IDAT", zlib.compress(pixels, 9)), (b"IEND", b"")]
    return _PNG + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in written
    )


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(_PNG)
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        yield png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        at += 12 + length


if __name__ == "__main__":
    sys.exit(main())
