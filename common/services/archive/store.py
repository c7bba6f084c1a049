"""ArchiveStore: the log files of a run and their archive (a zip), in the logs bucket."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from common.domain.runs import files as run_files
from common.domain.runs.files import Buckets, FileGroup
from common.errors import ConflictError, UnavailableError
from common.services.archive.earlier import EarlierArchive, earlier_archive
from common.services.google_clients import translate_google_errors
from common.services.storage.client import TIMEOUT_S, ObjectState, StorageClient
from common.services.storage.url_signer import UrlSigner

if TYPE_CHECKING:
    from google.cloud.storage import Blob
    from google.cloud.storage.fileio import BlobWriter

_FINGERPRINT: Final = "fingerprint"
_CHUNK_BYTES: Final = 8 << 20
_LISTED_FIELDS: Final = "items(name,generation,size,updated,metadata),nextPageToken"
_MOST_FILES: Final = 1_000  # one call lists as many; a head job writes five


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredArchive:
    """The current archive; `fingerprint` is empty when Sluice did not write it."""

    state: ObjectState
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFolder:
    """The files in a run's logs folder by name, and the archive in it."""

    files: Mapping[str, ObjectState]
    archive: StoredArchive | None


class ArchiveStore:
    """Reads and writes the logs folders of runs. Raises UnavailableError."""

    def __init__(self, buckets: Buckets, client: StorageClient, signer: UrlSigner) -> None:
        self._bucket, self._client, self._signer = buckets.logs, client, signer

    def read_folder(self, run_id: str) -> LogFolder:
        """The current files of a run's logs folder, in one call."""
        folder = run_files.group_folder(run_id, FileGroup.LOGS)
        with translate_google_errors("Cloud Storage"):
            blobs = {
                blob.name: blob
                for blob in self._client.client.list_blobs(
                    self._bucket,
                    prefix=folder,
                    fields=_LISTED_FIELDS,
                    max_results=_MOST_FILES,
                    timeout=TIMEOUT_S,
                    retry=self._client.retry,
                )
            }
        archive = blobs.pop(run_files.archive_key(run_id), None)
        return LogFolder(
            files={name.removeprefix(folder): _state(blob) for name, blob in blobs.items()},
            archive=_archive(archive) if archive else None,
        )

    def link(self, run_id: str) -> str:
        """A download link to the archive; it expires."""
        return self._signer.download_urls([self._client.blob(self._bucket, run_files.archive_key(run_id))])[0]

    def pieces(self, run_id: str, name: str, state: ObjectState) -> Iterator[bytes | None]:
        """A log file in that state, in pieces as StorageClient.pieces returns them."""
        return self._client.pieces(self._bucket, run_files.log_key(run_id, name), state)

    def earlier(self, run_id: str, archive: StoredArchive | None) -> EarlierArchive:
        """The archive that is about to be replaced; it has no members when there is none or Sluice did not write it."""
        state = archive.state if archive and archive.fingerprint else None
        return earlier_archive(self._client, self._bucket, run_files.archive_key(run_id), state)

    @contextmanager
    def writing(self, run_id: str, *, fingerprint: str, replacing: StoredArchive | None) -> "Iterator[ObjectUpload]":
        """Upload a new archive; it becomes visible when the context ends without an error.

        Raises ConflictError when the current archive is no longer `replacing`.
        """
        blob = self._client.blob(self._bucket, run_files.archive_key(run_id))
        blob.metadata = {_FINGERPRINT: fingerprint}
        writer = blob.open(
            "wb",
            chunk_size=_CHUNK_BYTES,
            content_type="application/zip",
            if_generation_match=replacing.state.generation if replacing else 0,
            timeout=TIMEOUT_S,
            retry=self._client.retry,
        )
        upload = ObjectUpload(writer)
        try:
            yield upload
        except BaseException:
            upload.abandon()
            raise
        upload.finish()


class ObjectUpload:
    """A file for zipfile to write to. After an error, further writes are ignored so that the first error is raised."""

    def __init__(self, writer: "BlobWriter") -> None:
        self._writer = writer
        self._failed = False

    def write(self, data: bytes, /) -> int:
        if not self._failed:
            self._send(lambda: self._writer.write(data))
        return len(data)

    def flush(self) -> None:
        """Does nothing: an object is complete or does not exist."""

    def close(self) -> None:
        """Does nothing: `finish` completes the upload, not zipfile."""

    def finish(self) -> None:
        self._send(self._writer.close)

    def abandon(self) -> None:
        """Cancel the upload. If that fails, Cloud Storage deletes it after a week."""
        if not self._failed:
            self._send(self._writer.terminate)

    def _send(self, step: Callable[[], object]) -> None:
        from google.cloud.storage.exceptions import InvalidResponse  # noqa: PLC0415 loaded with the client

        try:
            with translate_google_errors("Cloud Storage"):
                step()
        except InvalidResponse as error:
            self._failed = True
            if error.response.status_code == 412:
                raise ConflictError("the archive was replaced by another process; try again") from error
            raise UnavailableError("Cloud Storage rejected the upload of the archive; try again") from error
        except UnavailableError:
            self._failed = True
            raise


def _archive(blob: "Blob") -> StoredArchive:
    return StoredArchive(state=_state(blob), fingerprint=(blob.metadata or {}).get(_FINGERPRINT, ""))


def _state(blob: "Blob") -> ObjectState:
    return ObjectState(generation=int(blob.generation), size=int(blob.size), updated=blob.updated)
