"""EarlierArchive: an archive that another is to take the place of, read member by member where it is stored."""

import io
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from zipfile import BadZipFile, ZipFile

from common.domain.archive.manifest import MANIFEST, Included, included_in
from common.errors import ConflictError
from common.services.storage.client import ObjectState, StorageClient

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_READ_AT_ONCE: Final = 4 << 20
_PIECE: Final = 1 << 20


class EarlierArchive:
    """What its manifest names, and that piece by piece.

    Raises UnavailableError, and ConflictError once the archive has been replaced, both also between two pieces.
    """

    def __init__(self, zip_file: ZipFile | None) -> None:
        self._zip = zip_file
        self.members: Mapping[str, Included] = _members_of(zip_file) if zip_file else {}

    def pieces(self, name: str) -> Iterator[bytes]:
        """One of `members`."""
        if self._zip:
            with self._zip.open(name) as member:
                while piece := member.read(_PIECE):
                    yield piece

    def written_at(self, name: str) -> datetime | None:
        """When the file was written that became this member."""
        return datetime(*self._zip.getinfo(name).date_time, tzinfo=UTC) if self._zip else None


def earlier_archive(client: StorageClient, bucket: str, key: str, state: ObjectState | None) -> EarlierArchive:
    """The archive in that state; one without members when there is none, or it is not as ours are."""
    if state is None:
        return EarlierArchive(None)
    content = io.BufferedReader(_StoredFile(client, bucket, key, state), _READ_AT_ONCE)
    try:
        return EarlierArchive(ZipFile(content))
    except (BadZipFile, KeyError, TypeError, ValueError):  # no zip, or without a manifest of ours
        return EarlierArchive(None)


def _members_of(zip_file: ZipFile) -> Mapping[str, Included]:
    there = set(zip_file.namelist())
    return {name: file for name, file in included_in(zip_file.read(MANIFEST)).items() if name in there}


class _StoredFile(io.RawIOBase):
    """One generation of an object as a file that is read from any place."""

    def __init__(self, client: StorageClient, bucket: str, key: str, state: ObjectState) -> None:
        self._client, self._bucket, self._key, self._state = client, bucket, key, state
        self._place = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        origins = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._state.size}
        self._place = origins[whence] + offset
        return self._place

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        view = memoryview(buffer).cast("B")
        end = min(self._state.size, self._place + len(view))
        data = self._client.read_range(self._bucket, self._key, self._state, start=self._place, end=end)
        if data is None:
            raise ConflictError("another archive was written meanwhile")
        view[: len(data)] = data
        self._place += len(data)
        return len(data)
