"""EarlierArchive: the archive that is about to be replaced, read member by member from Cloud Storage."""

import io
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from zipfile import BadZipFile, ZipFile

from common.domain.archive.build import BLOCK_BYTES
from common.domain.archive.manifest import MANIFEST, Included, included_in
from common.errors import ConflictError
from common.services.storage.client import ObjectState, StorageClient

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_BUFFER_BYTES: Final = 4 << 20
_LARGEST_MANIFEST: Final = 4 << 20  # of 500 tasks with three files it has less than 1 MiB


class EarlierArchive:
    """The members that its manifest lists.

    Reading raises UnavailableError, and ConflictError once the archive has been replaced, also between two pieces.
    """

    def __init__(self, zip_file: ZipFile | None) -> None:
        self._zip = zip_file
        self.members: Mapping[str, Included] = _members_of(zip_file) if zip_file else {}

    def pieces(self, name: str, *, from_byte: int = 0) -> Iterator[bytes]:
        """The content of one of `members`, from a byte on; the bytes before it are read, too."""
        if self._zip:
            with self._zip.open(name) as member:
                member.seek(from_byte)
                while piece := member.read(BLOCK_BYTES):
                    yield piece

    def written_at(self, name: str) -> datetime | None:
        """When the original file was written."""
        return datetime(*self._zip.getinfo(name).date_time, tzinfo=UTC) if self._zip else None


def earlier_archive(client: StorageClient, bucket: str, key: str, state: ObjectState | None) -> EarlierArchive:
    """The archive in that state; it has no members when there is none, or when Sluice did not write it."""
    if state is None:
        return EarlierArchive(None)
    content = io.BufferedReader(_StoredFile(client, bucket, key, state), _BUFFER_BYTES)
    try:
        return EarlierArchive(ZipFile(content))
    except (BadZipFile, KeyError, TypeError, ValueError):  # not a zip, or without our manifest
        return EarlierArchive(None)


def _members_of(zip_file: ZipFile) -> Mapping[str, Included]:
    names = set(zip_file.namelist())
    with zip_file.open(MANIFEST) as manifest:
        text = manifest.read(_LARGEST_MANIFEST + 1)
    if len(text) > _LARGEST_MANIFEST:
        raise ValueError("the manifest is too large")
    return {name: file for name, file in included_in(text).items() if name in names}


class _StoredFile(io.RawIOBase):
    """One generation of an object as a seekable file."""

    def __init__(self, client: StorageClient, bucket: str, key: str, state: ObjectState) -> None:
        self._client, self._bucket, self._key, self._state = client, bucket, key, state
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        origins = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._state.size}
        self._position = origins[whence] + offset
        return self._position

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        view = memoryview(buffer).cast("B")
        end = min(self._state.size, self._position + len(view))
        data = self._client.read_range(self._bucket, self._key, self._state, start=self._position, end=end)
        if data is None:
            raise ConflictError("the archive was replaced by another process; try again")
        view[: len(data)] = data
        self._position += len(data)
        return len(data)
