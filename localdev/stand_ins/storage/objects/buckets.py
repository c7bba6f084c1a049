"""Buckets with the fields of their creation; only the existence of a bucket has an effect."""

import json
import sqlite3

from localdev.stand_ins.http.messages import Json
from localdev.stand_ins.storage.errors import StorageError
from localdev.stand_ins.storage.objects.database import Database
from localdev.stand_ins.storage.objects.stored_object import timestamp


class BucketStore:
    """Creates, reads and deletes buckets. Raises StorageError 404 and 409 as Cloud Storage does."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, fields: Json) -> Json:
        name, now = str(fields.get("name") or ""), timestamp()
        if not name:
            raise StorageError(400, "required", "Required parameter: name")
        bucket = {
            "kind": "storage#bucket",
            "id": name,
            "location": "US",
            "storageClass": "STANDARD",
            "metageneration": "1",
            "timeCreated": now,
            "updated": now,
            **fields,
        }
        with self._database.transaction() as connection:
            if _find(connection, name):
                raise StorageError(409, "conflict", "Your previous request to create the named bucket succeeded.")
            connection.execute("insert into buckets values (?, ?)", (name, json.dumps(bucket)))
        return bucket

    def get(self, name: str) -> Json:
        with self._database.reading() as connection:
            return require_bucket(connection, name)

    def patch(self, name: str, changes: Json) -> Json:
        """Set fields of a bucket; null removes a field."""
        with self._database.transaction() as connection:
            fields = require_bucket(connection, name) | changes | {"updated": timestamp()}
            bucket = {key: value for key, value in fields.items() if value is not None}
            connection.execute("update buckets set fields = ? where name = ?", (json.dumps(bucket), name))
        return bucket

    def list(self) -> list[Json]:
        with self._database.reading() as connection:
            return [json.loads(row[0]) for row in connection.execute("select fields from buckets order by name")]

    def delete(self, name: str) -> None:
        """Delete an empty bucket."""
        with self._database.transaction() as connection:
            require_bucket(connection, name)
            if connection.execute("select 1 from objects where bucket = ? limit 1", (name,)).fetchone():
                raise StorageError(409, "conflict", "The bucket you tried to delete is not empty.")
            connection.execute("delete from buckets where name = ?", (name,))


def require_bucket(connection: sqlite3.Connection, name: str) -> Json:
    """The resource of a bucket. Raises StorageError 404."""
    bucket = _find(connection, name)
    if bucket is None:
        raise StorageError(404, "notFound", "The specified bucket does not exist.")
    return bucket


def _find(connection: sqlite3.Connection, name: str) -> Json | None:
    row = connection.execute("select fields from buckets where name = ?", (name,)).fetchone()
    bucket: Json | None = json.loads(row[0]) if row else None
    return bucket
