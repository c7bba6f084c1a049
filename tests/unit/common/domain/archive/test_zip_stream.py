"""Zips written in one direction; Python's zipfile reads them."""

import copy
import io
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from zipfile import ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.domain.archive.zip_stream import ZipEntry, ZipState, ZipStream

AT = datetime(2026, 11, 23, 11, 58, 30, tzinfo=UTC)
NAMES = st.text("abc/é", min_size=1, max_size=8)
FILES = st.dictionaries(NAMES, st.lists(st.binary(max_size=50), max_size=4), max_size=5)


def written(files: dict[str, list[bytes]], *, stop_after_each_block: bool = False) -> bytes:
    out = bytearray()
    stream = ZipStream(out.extend, ZipState())
    for name, blocks in files.items():
        stream.begin(name, at=AT)
        for block in blocks:
            stream.add(block)
            if stop_after_each_block:
                stream = ZipStream(out.extend, copy.deepcopy(stream.state))
        stream.end()
    stream.close()
    return bytes(out)


@given(FILES)
def test_zipfile_reads_what_was_written(files: dict[str, list[bytes]]) -> None:
    archive = ZipFile(io.BytesIO(written(files)))
    assert archive.testzip() is None
    assert {name: archive.read(name) for name in archive.namelist()} == {n: b"".join(b) for n, b in files.items()}
    assert {entry.date_time for entry in archive.infolist()} <= {AT.timetuple()[:6]}


@given(FILES)
def test_stopping_after_each_block_changes_nothing(files: dict[str, list[bytes]]) -> None:
    assert written(files, stop_after_each_block=True) == written(files)


def test_blocks_cost_little_space() -> None:
    line = b"Nov-23 11:58:30.123 [Task submitter] INFO  nextflow.Session - [ab/cdef01] Submitted process > STAR_ALIGN\n"
    text = line * 100_000
    blocks = [text[start : start + (1 << 20)] for start in range(0, len(text), 1 << 20)]
    assert len(written({"log": blocks})) < 1.1 * len(written({"log": [text]}))


@pytest.mark.skipif(not shutil.which("unzip"), reason="needs unzip")
def test_unzip_accepts_it(tmp_path: Path) -> None:
    file = tmp_path / "logs.zip"
    file.write_bytes(written({"nextflow.log": [b"one\n", b"two\n"], "empty": [], "tasks/ab-cdef01/stdout.txt": [b"x"]}))
    assert subprocess.run(["unzip", "-tqq", str(file)], check=False).returncode == 0


def test_sizes_beyond_32_bits_are_read() -> None:
    large = ZipEntry(name="large", written_at=AT, offset=6 << 30, crc=7, size=9 << 30, compressed_size=5 << 30)
    out = bytearray()
    ZipStream(out.extend, ZipState(size=0, entries=[large])).close()
    (entry,) = ZipFile(io.BytesIO(bytes(out))).infolist()
    assert (entry.file_size, entry.compress_size, entry.header_offset) == (9 << 30, 5 << 30, 6 << 30)


def test_more_than_65535_files_are_read() -> None:
    entries = [ZipEntry(name=f"{number}", written_at=AT, offset=0) for number in range(70_000)]
    out = bytearray()
    ZipStream(out.extend, ZipState(entries=entries)).close()
    assert len(ZipFile(io.BytesIO(bytes(out))).namelist()) == 70_000


def test_times_before_1980_become_1980() -> None:
    out = bytearray()
    stream = ZipStream(out.extend, ZipState())
    stream.begin("old", at=datetime(1970, 1, 1, tzinfo=UTC))
    stream.end()
    stream.close()
    assert ZipFile(io.BytesIO(bytes(out))).getinfo("old").date_time[0] == 1980
