"""The live version of each object name: stored, read, copied, listed and announced."""

import io
import json
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field, replace
from typing import BinaryIO

from localdev.iam.access import may
from localdev.stand_ins.http.messages import Json
from localdev.stand_ins.storage.errors import StorageError, permission_denied
from localdev.stand_ins.storage.objects.blobs import BlobFolder, Content
from localdev.stand_ins.storage.objects.buckets import require_bucket
from localdev.stand_ins.storage.objects.database import Database
from localdev.stand_ins.storage.objects.listing import ListingPage, ListQuery, page_of
from localdev.stand_ins.storage.objects.preconditions import UNCONDITIONAL, Preconditions
from localdev.stand_ins.storage.objects.stored_object import StoredObject, patched, timestamp

# called for each new version, inside the transaction that stores it
Announce = Callable[[sqlite3.Connection, StoredObject], None]
_COLUMNS = "bucket, name, generation, metageneration, size, fields"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A version to be stored: its name, the fields that its writer chose, and the preconditions."""

    bucket: str
    name: str
    fields: Json = field(default_factory=dict)
    checksums: Mapping[str, str] = field(default_factory=dict)  # sent by the writer: crc32c, md5Hash
    preconditions: Preconditions = UNCONDITIONAL
    upload_id: str | None = None  # the resumable upload that this version completes


@dataclass(frozen=True, slots=True, kw_only=True)
class CopySource:
    """A version to read; without `generation`, the live one."""

    bucket: str
    name: str
    generation: int | None = None
    preconditions: Preconditions = UNCONDITIONAL


class ObjectStore:
    """Keeps one live version per name. Raises StorageError 304, 404 and 412 as Cloud Storage does."""

    def __init__(self, database: Database, blobs: BlobFolder, announce: Announce) -> None:
        self._database, self._blobs, self._announce = database, blobs, announce

    def commit(self, draft: Draft, content: Content) -> StoredObject:
        """Make `content` the live version with a new generation and announce it, in one transaction."""
        _require_checksums(content, draft.checksums)
        with self._database.transaction() as connection:
            require_bucket(connection, draft.bucket)
            replaced = _find(connection, draft.bucket, draft.name)
            _require_may_write(draft, replaced)
            draft.preconditions.check_write(replaced)
            stored = _new_version(draft, content, _next_generation(connection))
            self._blobs.keep(content.file, stored.generation)
            _insert(connection, stored)
            if draft.upload_id:
                outcome = json.dumps(asdict(stored))
                connection.execute("update uploads set outcome = ? where id = ?", (outcome, draft.upload_id))
            self._announce(connection, stored)
        if replaced:
            self._blobs.remove(replaced.generation)
        return stored

    def require_writable(self, draft: Draft) -> None:
        """Raise the error that `commit` would raise now, before any bytes are received."""
        with self._database.reading() as connection:
            require_bucket(connection, draft.bucket)
            replaced = _find(connection, draft.bucket, draft.name)
            _require_may_write(draft, replaced)
            draft.preconditions.check_write(replaced)

    def get(self, source: CopySource) -> StoredObject:
        """The live version, if it is the requested one."""
        with self._database.reading() as connection:
            return _require(connection, source)

    def open(self, source: CopySource) -> tuple[StoredObject, BinaryIO]:
        """The live version and its open file, which stays readable when the object is replaced."""
        with self._database.reading() as connection:
            stored = _require(connection, source)
            return stored, self._blobs.blob(stored.generation).open("rb")

    def copy(self, source: CopySource, draft: Draft) -> StoredObject:
        """A new version with the bytes of `source`, and its fields where `draft` has none."""
        with self._blobs.receiving() as file:
            with self._database.reading() as connection:
                original = _require(connection, source)
                file.hardlink_to(self._blobs.blob(original.generation))
            checksums = original.fields["crc32c"], original.fields.get("md5Hash")
            content = Content(file=file, size=original.size, crc32c=checksums[0], md5=checksums[1])
            return self.commit(replace(draft, fields=original.fields | draft.fields), content)

    def open_all(self, sources: list[CopySource]) -> tuple[list[StoredObject], ExitStack, list[io.BufferedReader]]:
        """As `open`, for several objects in one transaction; closing the stack closes all files."""
        with ExitStack() as files, self._database.reading() as connection:
            found = [_require(connection, source) for source in sources]
            opened = [files.enter_context(self._blobs.blob(stored.generation).open("rb")) for stored in found]
            return found, files.pop_all(), opened

    def patch(self, source: CopySource, changes: Json) -> StoredObject:
        """Change fields of the live version; its bytes and its generation stay the same."""
        with self._database.transaction() as connection:
            before = _require(connection, source, changed_by="storage.objects.update")
            after = replace(
                before,
                metageneration=before.metageneration + 1,
                fields=patched(before.fields, changes) | {"updated": timestamp()},
            )
            connection.execute(
                "update objects set metageneration = ?, fields = ? where generation = ?",
                (after.metageneration, json.dumps(after.fields), after.generation),
            )
        return after

    def delete(self, source: CopySource) -> None:
        """Delete the live version."""
        with self._database.transaction() as connection:
            stored = _require(connection, source, changed_by="storage.objects.delete")
            connection.execute("delete from objects where generation = ?", (stored.generation,))
        self._blobs.remove(stored.generation)

    def list(self, bucket: str, query: ListQuery) -> ListingPage:
        """One page of the objects of a bucket, by name."""
        with self._database.reading() as connection:
            require_bucket(connection, bucket)
            _require_may("storage.objects.list", bucket)

            def read_from(name: str) -> Iterator[StoredObject]:
                sql = f"select {_COLUMNS} from objects where bucket = ? and name >= ? order by name"  # noqa: S608
                return map(_stored, connection.execute(sql, (bucket, name)))

            return page_of(query, read_from)

    def generations(self) -> set[int]:
        """All live generations."""
        with self._database.reading() as connection:
            return {row[0] for row in connection.execute("select generation from objects")}


def _find(connection: sqlite3.Connection, bucket: str, name: str) -> StoredObject | None:
    sql = f"select {_COLUMNS} from objects where bucket = ? and name = ?"  # noqa: S608
    row = connection.execute(sql, (bucket, name)).fetchone()
    return _stored(row) if row else None


def _require(connection: sqlite3.Connection, source: CopySource, *, changed_by: str | None = None) -> StoredObject:
    """The live version, for reading or for the permission `changed_by`."""
    require_bucket(connection, source.bucket)
    _require_may(changed_by or "storage.objects.get", source.bucket, source.name)
    stored = _find(connection, source.bucket, source.name)
    if stored is None or source.generation not in (None, stored.generation):
        _require_may("storage.objects.list", source.bucket)  # who may not list is not told what is missing
        raise StorageError(404, "notFound", f"No such object: {source.bucket}/{source.name}")
    if changed_by:
        source.preconditions.check_write(stored)
    else:
        source.preconditions.check_read(stored)
    return stored


def _require_may_write(draft: Draft, replaced: StoredObject | None) -> None:
    _require_may("storage.objects.create", draft.bucket, draft.name)
    if replaced:
        _require_may("storage.objects.delete", draft.bucket, draft.name)


def _require_may(permission: str, bucket: str, name: str | None = None) -> None:
    resource = f"projects/_/buckets/{bucket}" + ("" if name is None else f"/objects/{name}")
    if not may(permission, resource):
        raise permission_denied(permission, "bucket" if name is None else "object")


def _stored(row: tuple[str, str, int, int, int, str]) -> StoredObject:
    bucket, name, generation, metageneration, size, fields = row
    return StoredObject(
        bucket=bucket,
        name=name,
        generation=generation,
        metageneration=metageneration,
        size=size,
        fields=json.loads(fields),
    )


def _new_version(draft: Draft, content: Content, generation: int) -> StoredObject:
    now = timestamp()
    facts = {"crc32c": content.crc32c, "timeCreated": now, "updated": now}
    if content.md5:
        facts["md5Hash"] = content.md5
    defaults = {"contentType": "application/octet-stream", "storageClass": "STANDARD"}
    return StoredObject(
        bucket=draft.bucket,
        name=draft.name,
        generation=generation,
        metageneration=1,
        size=content.size,
        fields=defaults | draft.fields | facts,
    )


def _require_checksums(content: Content, sent: Mapping[str, str]) -> None:
    for name, value in (("crc32c", content.crc32c), ("md5Hash", content.md5)):
        if sent.get(name, value) != value:
            text = f"Provided {name} {sent[name]!r} doesn't match calculated {name} {value!r}."
            raise StorageError(400, "invalid", text)


def _insert(connection: sqlite3.Connection, stored: StoredObject) -> None:
    fields = json.dumps(stored.fields)
    values = (stored.bucket, stored.name, stored.generation, stored.metageneration, stored.size, fields)
    connection.execute(f"insert or replace into objects ({_COLUMNS}) values (?, ?, ?, ?, ?, ?)", values)  # noqa: S608


def _next_generation(connection: sqlite3.Connection) -> int:
    """The time in microseconds; always higher than all earlier generations, deleted ones included."""
    row = connection.execute("select seq from sqlite_sequence where name = 'objects'").fetchone()
    return max(row[0] + 1 if row else 0, time.time_ns() // 1000)
