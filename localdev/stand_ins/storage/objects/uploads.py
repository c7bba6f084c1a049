"""Resumable uploads: sessions that survive a lost connection and a restart."""

import json
import re
import shutil
import time
import uuid
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import IO

from localdev.stand_ins.storage.errors import StorageError
from localdev.stand_ins.storage.objects.blobs import BlobFolder, measure
from localdev.stand_ins.storage.objects.database import Database
from localdev.stand_ins.storage.objects.object_store import Draft, ObjectStore
from localdev.stand_ins.storage.objects.preconditions import Preconditions
from localdev.stand_ins.storage.objects.stored_object import StoredObject

_BLOCK = 1 << 20
_KEPT_S = 7 * 86400
_CONTENT_RANGE = re.compile(r"bytes (?:(\d+)-\d+|\*)/(\d+|\*)")


@dataclass(frozen=True, slots=True)
class ContentRange:
    """The Content-Range of one request: `start` is None without bytes, `total` None while it is unknown."""

    start: int | None
    total: int | None

    @classmethod
    def parse(cls, header: str) -> "ContentRange":
        """From `bytes 0-9/*`, `bytes 10-19/20` or `bytes */*`. Raises StorageError 400."""
        match = _CONTENT_RANGE.fullmatch(header)
        if not match:
            raise StorageError(400, "badRequest", f"Failed to parse Content-Range header: {header!r}")
        return cls(int(match[1]) if match[1] else None, None if match[2] == "*" else int(match[2]))


class UploadSessions:
    """The open resumable uploads, and the results of the finished ones for a week."""

    def __init__(self, database: Database, blobs: BlobFolder, store: ObjectStore) -> None:
        self._database, self._blobs, self._store = database, blobs, store

    def begin(self, draft: Draft) -> str:
        """The id of a new session. Raises StorageError when the draft could not be stored now."""
        self._store.require_writable(draft)
        upload_id = uuid.uuid4().hex
        self._blobs.staged(upload_id).touch()
        with self._database.transaction() as connection:
            row = (upload_id, json.dumps(asdict(draft)), time.time())
            connection.execute("insert into uploads (id, draft, begun) values (?, ?, ?)", row)
        return upload_id

    def receive(
        self, upload_id: str, sent: ContentRange | None, body: IO[bytes], checksums: dict[str, str]
    ) -> StoredObject | int:
        """Store the bytes of one request.

        Without a range, the body is the whole object.

        Returns: The stored object once it is complete, otherwise the number of bytes received so far.
        Raises: StorageError 404 for an unknown session, 400 for a gap.
        """
        draft, outcome = self._session(upload_id)
        if outcome:
            return outcome
        file = self._blobs.staged(upload_id)
        start = sent.start if sent else 0
        if start is not None:
            _write(file, start, body)
        received = file.stat().st_size
        if sent and sent.total != received:
            return received
        try:
            all_checksums = {**draft.checksums, **checksums}
            stored = self._store.commit(replace(draft, checksums=all_checksums, upload_id=upload_id), measure(file))
        except StorageError:
            self.cancel(upload_id)
            raise
        file.unlink()
        return stored

    def cancel(self, upload_id: str) -> None:
        """Remove the session and its bytes. Raises StorageError 404."""
        self._session(upload_id)
        with self._database.transaction() as connection:
            connection.execute("delete from uploads where id = ?", (upload_id,))
        self._blobs.staged(upload_id).unlink(missing_ok=True)

    def remove_old(self) -> set[str]:
        """Remove sessions older than a week; the ids of the open ones."""
        with self._database.transaction() as connection:
            connection.execute("delete from uploads where begun < ?", (time.time() - _KEPT_S,))
            return {row[0] for row in connection.execute("select id from uploads where outcome is null")}

    def _session(self, upload_id: str) -> tuple[Draft, StoredObject | None]:
        with self._database.reading() as connection:
            sql = "select draft, outcome from uploads where id = ?"
            row = connection.execute(sql, (upload_id,)).fetchone()
        if row is None:
            raise StorageError(404, "notFound", "No such upload session.")
        saved = json.loads(row[0])
        draft = Draft(**saved | {"preconditions": Preconditions(**saved["preconditions"])})
        return draft, StoredObject(**json.loads(row[1])) if row[1] else None


def _write(file: Path, start: int, body: IO[bytes]) -> None:
    with file.open("r+b") as stream:
        if start > stream.seek(0, 2):
            raise StorageError(400, "invalid", "The bytes begin after the end of those received so far.")
        stream.seek(start)
        shutil.copyfileobj(body, stream, _BLOCK)
        stream.truncate()
