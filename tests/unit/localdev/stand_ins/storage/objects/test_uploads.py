"""Content-Range headers, and the life of upload sessions."""

import io
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from localdev.stand_ins.storage.errors import StorageError
from localdev.stand_ins.storage.objects.blobs import BlobFolder
from localdev.stand_ins.storage.objects.buckets import BucketStore
from localdev.stand_ins.storage.objects.database import Database
from localdev.stand_ins.storage.objects.object_store import Draft, ObjectStore
from localdev.stand_ins.storage.objects.stored_object import StoredObject
from localdev.stand_ins.storage.objects.uploads import ContentRange, UploadSessions


@pytest.mark.parametrize(
    ("header", "meaning"),
    [
        ("bytes 0-9/*", ContentRange(0, None)),
        ("bytes 10-19/20", ContentRange(10, 20)),
        ("bytes */20", ContentRange(None, 20)),
        ("bytes */*", ContentRange(None, None)),
    ],
)
def test_content_ranges_are_parsed(header: str, meaning: ContentRange) -> None:
    assert ContentRange.parse(header) == meaning


@pytest.mark.parametrize("header", ["", "bytes 1-/2", "bytes=0-1/2", "bytes 0-1"])
def test_other_content_ranges_are_refused(header: str) -> None:
    with pytest.raises(StorageError):
        ContentRange.parse(header)


class PowerCutError(Exception):
    """Raised once by the announcement in these tests."""


@pytest.fixture
def power_cuts() -> list[PowerCutError]:
    """The errors that the next announcements raise."""
    return []


@pytest.fixture
def sessions(tmp_path: Path, power_cuts: list[PowerCutError]) -> Iterator[UploadSessions]:
    def announce(*_: object) -> None:
        if power_cuts:
            raise power_cuts.pop()

    database, blobs = Database(tmp_path / "storage.db"), BlobFolder(tmp_path)
    BucketStore(database).create({"name": "b"})
    yield UploadSessions(database, blobs, ObjectStore(database, blobs, announce))
    database.close()


def test_an_upload_that_failed_at_the_commit_can_be_finished(
    sessions: UploadSessions, power_cuts: list[PowerCutError]
) -> None:
    upload_id = sessions.begin(Draft(bucket="b", name="a"))
    power_cuts.append(PowerCutError())
    with pytest.raises(PowerCutError):
        sessions.receive(upload_id, None, io.BytesIO(b"abc"), {})

    stored = sessions.receive(upload_id, ContentRange(None, 3), io.BytesIO(), {})

    assert isinstance(stored, StoredObject)
    assert stored.size == 3


def test_sessions_are_removed_after_a_week(tmp_path: Path, sessions: UploadSessions) -> None:
    old, new = (sessions.begin(Draft(bucket="b", name=name)) for name in ("old", "new"))
    with closing(sqlite3.connect(tmp_path / "storage.db", isolation_level=None)) as database:
        database.execute("update uploads set begun = begun - ? where id = ?", (8 * 86400, old))

    assert sessions.remove_old() == {new}


def test_a_finished_session_leaves_no_file(tmp_path: Path, sessions: UploadSessions) -> None:
    upload_id = sessions.begin(Draft(bucket="b", name="a"))

    sessions.receive(upload_id, None, io.BytesIO(b"abc"), {})

    assert sessions.remove_old() == set()
    assert list((tmp_path / "staged").iterdir()) == []


def test_a_session_id_cannot_be_a_path(tmp_path: Path, sessions: UploadSessions) -> None:
    with pytest.raises(StorageError):
        sessions.cancel("../storage.db")

    assert (tmp_path / "storage.db").exists()
