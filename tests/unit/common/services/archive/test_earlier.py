"""Archives read from Cloud Storage, member by member."""

import json
import tracemalloc
from collections.abc import Mapping
from datetime import UTC, datetime
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common.domain.archive.manifest import MANIFEST, Included, Manifest
from common.errors import ConflictError
from common.services.archive.earlier import EarlierArchive, earlier_archive
from localdev.stack.layout import LOGS_BUCKET
from tests.support.logs.sources import LogSources
from tests.support.runs import NOON, make_run

KEY = "logs.zip"
NAMES = [
    "nextflow.log",
    "trace.txt",
    "tasks/ab-cdef01/stdout.txt",
    "tasks/#5/stderr.txt",
    "tasks/ab-cdef01-7f3a/log.txt",
]
WRITTEN_AT = datetime(2026, 11, 23, 11, 58, 30, tzinfo=UTC)


def stored(sources: LogSources, files: Mapping[str, bytes]) -> EarlierArchive:
    manifest = Manifest(run=make_run(), made_at=NOON)
    content = BytesIO()
    with ZipFile(content, "w", ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(ZipInfo(name, WRITTEN_AT.timetuple()[:6]), data)
            manifest.included.append(Included(name=name, bytes=len(data)))
        archive.writestr(MANIFEST, manifest.as_json())
    return opened(sources, content.getvalue())


def opened(sources: LogSources, content: bytes) -> EarlierArchive:
    sources.put(LOGS_BUCKET, KEY, content)
    return earlier_archive(sources.client, LOGS_BUCKET, KEY, sources.client.state(LOGS_BUCKET, KEY))


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from(NAMES), st.binary(max_size=200), max_size=4))
def test_members_can_be_read_in_any_order(sources: LogSources, files: dict[str, bytes]) -> None:
    archive = stored(sources, files)
    assert {name: file.bytes for name, file in archive.members.items()} == {n: len(data) for n, data in files.items()}
    assert {name: b"".join(archive.pieces(name)) for name in sorted(files, reverse=True)} == files
    assert {archive.written_at(name) for name in files} <= {WRITTEN_AT}


def test_a_large_member_is_read_in_pieces(sources: LogSources) -> None:
    pieces = list(stored(sources, {"nextflow.log": bytes(10 << 20)}).pieces("nextflow.log"))
    assert list(map(len, pieces)) == [8 << 20, 2 << 20]


@pytest.mark.parametrize("start", [0, 1, 8 << 20, 10 << 20])
def test_a_member_can_be_read_from_any_byte(sources: LogSources, start: int) -> None:
    content = bytes(range(250)) * ((10 << 20) // 250 + 1)
    content = content[: 10 << 20]
    archive = stored(sources, {"nextflow.log": content})
    assert b"".join(archive.pieces("nextflow.log", from_byte=start)) == content[start:]


@pytest.mark.parametrize("content", [b"", b"no zip at all"])
def test_a_file_that_is_not_a_zip_has_no_members(sources: LogSources, content: bytes) -> None:
    assert opened(sources, content).members == {}


def zip_with(**members: bytes) -> bytes:
    content = BytesIO()
    with ZipFile(content, "w") as archive:
        for name, data in members.items():
            archive.writestr(name.replace("_", "."), data)
    return content.getvalue()


@pytest.mark.parametrize("manifest", [None, b"{", b"{}", b'{"files": [{"name": "nextflow.log", "size": 3}]}'])
def test_a_zip_without_a_valid_manifest_has_no_members(sources: LogSources, manifest: bytes | None) -> None:
    members = {"nextflow.log": b"abc"} | ({"manifest_json": manifest} if manifest else {})
    assert opened(sources, zip_with(**members)).members == {}


def test_a_file_that_only_the_manifest_lists_is_not_a_member(sources: LogSources) -> None:
    files = [{"name": name, "bytes": 3, "note": None} for name in ("log", "trace.txt", "exit_code")]
    content = zip_with(**{"trace.txt": b"abc"}, manifest_json=json.dumps({"files": files}).encode())
    assert list(opened(sources, content).members) == ["trace.txt"]


def test_a_missing_archive_has_no_members(sources: LogSources) -> None:
    archive = earlier_archive(sources.client, LOGS_BUCKET, KEY, None)
    assert (archive.members, list(archive.pieces("nextflow.log")), archive.written_at("nextflow.log")) == ({}, [], None)


def test_reading_a_replaced_archive_raises_conflict(sources: LogSources) -> None:
    archive = stored(sources, {"nextflow.log": bytes(range(256)) * (64 << 10)})
    sources.put(LOGS_BUCKET, KEY, b"another")
    with pytest.raises(ConflictError):
        list(archive.pieces("nextflow.log"))


@pytest.mark.parametrize(
    "name", ["../../.bashrc", "/etc/passwd", "tasks/../x/stdout.txt", "tasks/a/b.txt", "nextflow.log\n", "C:\\x", "a/é"]
)
def test_a_member_with_a_name_that_we_never_give_is_left_out(sources: LogSources, name: str) -> None:
    assert list(stored(sources, {name: b"x", "trace.txt": b"y"}).members) == ["trace.txt"]


def test_a_manifest_that_unpacks_to_gigabytes_is_not_read(sources: LogSources) -> None:
    content = BytesIO()
    with ZipFile(content, "w", ZIP_DEFLATED) as archive, archive.open(MANIFEST, "w") as member:
        for _ in range(64):
            member.write(b" " * (1 << 20))
    tracemalloc.start()
    assert not opened(sources, content.getvalue()).members
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 32 << 20
