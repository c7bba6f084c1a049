"""ArchiveStore: the log files of a run and their archive (a zip), in the logs bucket."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from common.domain.archive.build import BLOCK_BYTES, Member, Origin
from common.domain.runs import files as run_files
from common.domain.runs.files import Buckets, FileGroup
from common.services.archive.earlier import EarlierArchive, earlier_archive
from common.services.archive.known import KnownArchiveStore
from common.services.archive.parts import FINGERPRINT
from common.services.google_clients import translate_google_errors
from common.services.storage.client import TIMEOUT_S, ObjectState, StorageClient
from common.services.storage.url_signer import UrlSigner

if TYPE_CHECKING:
    from google.cloud.storage import Blob

_LISTED_FIELDS: Final = "items(name,generation,size,updated,metadata),nextPageToken"
_MOST_FILES: Final = 1_000  # one call lists as many; a head job writes five


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredArchive:
    """The current archive; `fingerprint` is empty when Sluice did not write it, so nothing in it can be believed."""

    state: ObjectState
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFolder:
    """The files in a run's logs folder by name, and the archive in it."""

    files: Mapping[str, ObjectState]
    archive: StoredArchive | None


class ArchiveStore:
    """Reads and writes the logs folders of runs. Raises UnavailableError."""

    def __init__(self, buckets: Buckets, client: StorageClient, signer: UrlSigner, known: KnownArchiveStore) -> None:
        self._buckets, self._client, self._signer, self._known = buckets, client, signer, known

    def read_folder(self, run_id: str) -> LogFolder:
        """The current files of a run's logs folder, in one call."""
        folder = run_files.group_folder(run_id, FileGroup.LOGS)
        with translate_google_errors("Cloud Storage"):
            blobs = {
                blob.name: blob
                for blob in self._client.client.list_blobs(
                    self._buckets.logs,
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
            archive=_archive(archive, known=self._known.generation_of(run_id)) if archive else None,
        )

    def link(self, run_id: str) -> str:
        """A download link to the archive; it expires."""
        return self._signer.download_urls([self._client.blob(self._buckets.logs, run_files.archive_key(run_id))])[0]

    def pieces(self, member: Member, *, from_byte: int = 0) -> Iterator[bytes | None]:
        """A file of a bucket in the state it had when the archive was planned, as StorageClient.pieces returns it."""
        bucket = self._buckets.work if member.origin == Origin.WORK_BUCKET else self._buckets.logs
        state = ObjectState(generation=member.generation, size=member.size, updated=member.written_at)
        return self._client.pieces(bucket, member.key, state, from_byte=from_byte, piece_bytes=BLOCK_BYTES)

    def earlier(self, run_id: str, archive: StoredArchive | None) -> EarlierArchive:
        """The archive that is about to be replaced; it has no members when there is none or Sluice did not write it."""
        state = archive.state if archive and archive.fingerprint else None
        return earlier_archive(self._client, self._buckets.logs, run_files.archive_key(run_id), state)


def _archive(blob: "Blob", *, known: int | None) -> StoredArchive:
    state = _state(blob)
    is_ours = state.generation == known
    return StoredArchive(state=state, fingerprint=(blob.metadata or {}).get(FINGERPRINT, "") if is_ours else "")


def _state(blob: "Blob") -> ObjectState:
    return ObjectState(generation=int(blob.generation), size=int(blob.size), updated=blob.updated)
