"""The store of objects: a version and its notice are committed together."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from localdev.stand_ins.storage.objects.blobs import BlobFolder, measure
from localdev.stand_ins.storage.objects.buckets import BucketStore
from localdev.stand_ins.storage.objects.database import Database
from localdev.stand_ins.storage.objects.object_store import CopySource, Draft, ObjectStore
from localdev.stand_ins.storage.objects.stored_object import StoredObject

A = CopySource(bucket="b", name="a")


class FullDiskError(Exception):
    """Raised by the announcement in these tests."""


class Announcements:
    """Records announced versions; raises FullDiskError when `broken` is set."""

    def __init__(self) -> None:
        self.versions: list[StoredObject] = []
        self.broken = False

    def __call__(self, _connection: sqlite3.Connection, stored: StoredObject) -> None:
        if self.broken:
            raise FullDiskError
        self.versions.append(stored)


@pytest.fixture
def announcements() -> Announcements:
    return Announcements()


@pytest.fixture
def blobs(tmp_path: Path) -> BlobFolder:
    return BlobFolder(tmp_path)


@pytest.fixture
def store(tmp_path: Path, blobs: BlobFolder, announcements: Announcements) -> Iterator[ObjectStore]:
    database = Database(tmp_path / "storage.db")
    BucketStore(database).create({"name": "b"})
    yield ObjectStore(database, blobs, announcements)
    database.close()


def write(store: ObjectStore, blobs: BlobFolder, content: bytes) -> StoredObject:
    with blobs.receiving() as file:
        file.write_bytes(content)
        return store.commit(Draft(bucket="b", name="a"), measure(file))


def read(store: ObjectStore) -> bytes:
    _, file = store.open(A)
    with file:
        return file.read()


def test_a_version_is_announced_once(store: ObjectStore, blobs: BlobFolder, announcements: Announcements) -> None:
    stored = write(store, blobs, b"x")

    assert announcements.versions == [stored] == [store.get(A)]


def test_a_version_that_cannot_be_announced_is_not_stored(
    store: ObjectStore, blobs: BlobFolder, announcements: Announcements
) -> None:
    before = write(store, blobs, b"old")
    announcements.broken = True

    with pytest.raises(FullDiskError):
        write(store, blobs, b"new")

    assert (store.get(A), read(store)) == (before, b"old")


def test_a_copy_is_announced_and_survives_its_source(
    store: ObjectStore, blobs: BlobFolder, announcements: Announcements
) -> None:
    write(store, blobs, b"x")

    copied = store.copy(A, Draft(bucket="b", name="copy"))
    store.delete(A)

    assert announcements.versions[-1] == copied
    assert blobs.blob(copied.generation).read_bytes() == b"x"


def test_generations_rise_within_one_tick_of_the_clock(store: ObjectStore, blobs: BlobFolder) -> None:
    generations = [write(store, blobs, b"x").generation for _ in range(200)]

    assert generations == sorted(set(generations))
