"""StorageService: the objects of runs in Cloud Storage."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property, partial
from itertools import chain, islice
from typing import TYPE_CHECKING

from common.domain.runs import files as run_files
from common.domain.runs.files import Buckets, FileGroup
from common.errors import NotFoundError, TooLargeError, UnavailableError
from common.services.google_clients import translate_google_errors
from common.services.storage.client import TIMEOUT_S, ObjectState, ObjectVersion, StorageClient
from common.services.storage.file_listing import FileFilter, FilePage, FoundFile, RunFile, list_page
from common.services.storage.links import INLINE, LinkRequest, attachment

if TYPE_CHECKING:
    from google.cloud.storage import Blob

    from common.services.storage.url_signer import UrlSigner

_CONTENT_TYPES = {".csv": "text/csv", ".tsv": "text/tab-separated-values", ".yaml": "application/yaml"}
_READ_SIZE = 1 << 20
_LARGEST_CONTENT = 1 << 20
_LISTED_FIELDS = "items(name,size,updated),nextPageToken"


class StorageService(StorageClient):
    """Reads and writes the files of runs; `run_files` knows their keys."""

    def __init__(self, buckets: Buckets, *, patience_s: float = 10.0, signer: "UrlSigner | None" = None) -> None:
        super().__init__(patience_s=patience_s)
        self._buckets = buckets
        self._given_signer = signer

    @cached_property
    def _signer(self) -> "UrlSigner":
        from common.services.storage.url_signer import UrlSigner  # noqa: PLC0415 takes 100 ms, and only links need it

        return self._given_signer or UrlSigner()

    def upload_run_files(self, run_id: str, files: Mapping[str, bytes]) -> None:
        """Store the inputs of a run, contents by name; may be repeated. Raises UnavailableError."""
        for name, content in files.items():
            suffix = name[name.rfind(".") :]
            blob = self.blob(self._buckets.runs, run_files.input_key(run_id, name))
            with translate_google_errors("Cloud Storage"):
                blob.upload_from_string(
                    content,
                    content_type=_CONTENT_TYPES.get(suffix, "text/plain"),
                    timeout=TIMEOUT_S,
                    retry=self.retry,
                )

    def copy_run_files(self, from_run_id: str, to_run_id: str, names: Iterable[str]) -> None:
        """Copy inputs from one run to another by name. Raises NotFoundError and UnavailableError."""
        from google.api_core.exceptions import NotFound  # noqa: PLC0415 see google_clients

        bucket = self.client.bucket(self._buckets.runs)
        for name in names:
            source, target = bucket.blob(run_files.input_key(from_run_id, name)), run_files.input_key(to_run_id, name)
            with translate_google_errors("Cloud Storage"):
                try:
                    bucket.copy_blob(source, bucket, target, timeout=TIMEOUT_S, retry=self.retry)
                except NotFound as error:
                    raise NotFoundError(f"run {from_run_id} has no input {name} any more") from error

    def read_input(self, run_id: str, name: str) -> bytes | None:
        """An input of a run, which its submit has limited in size; None when there is none. Raises UnavailableError."""
        from google.api_core.exceptions import NotFound  # noqa: PLC0415 see google_clients

        blob = self.blob(self._buckets.runs, run_files.input_key(run_id, name))
        with translate_google_errors("Cloud Storage"):
            try:
                content: bytes = blob.download_as_bytes(timeout=TIMEOUT_S, retry=self.retry)
            except NotFound:
                return None
        return content

    def log_state(self, run_id: str, name: str) -> ObjectState | None:
        """The current state of a file in the logs folder of a run; None when there is none. Raises UnavailableError."""
        return self.state(self._buckets.logs, run_files.log_key(run_id, name))

    def read_log_range(self, run_id: str, name: str, version: ObjectVersion, *, start: int, end: int) -> bytes | None:
        """Bytes [start, end) of one generation of a log file; None when that generation has been replaced.

        Raises UnavailableError.
        """
        return self.read_range(self._buckets.logs, run_files.log_key(run_id, name), version, start=start, end=end)

    def get_file_content(self, run_id: str, name: str) -> bytes:
        """The content of a small file in the logs folder of a run.

        Raises NotFoundError, UnavailableError, and TooLargeError beyond 1 MiB: a head job may write anything there.
        """
        state = self._existing_log(run_id, name)
        if state.size > _LARGEST_CONTENT:
            raise TooLargeError(f"{name} of run {run_id} has more than {_LARGEST_CONTENT:,} bytes")
        return b"".join(self._pieces(run_id, name, state))

    def get_file_text(self, run_id: str, name: str) -> str:
        """As get_file_content, as text; invalid UTF-8 becomes U+FFFD."""
        return self.get_file_content(run_id, name).decode("utf-8", "replace")

    def stream_log(self, run_id: str, name: str, *, take: Callable[[int], None]) -> Iterator[bytes]:
        """A file in the logs folder, in pieces of one generation.

        `take` counts its pieces before any is read, one for each MiB that it begins, and may raise.
        Raises NotFoundError at once, and UnavailableError at once or between two pieces.
        """
        state = self._existing_log(run_id, name)
        take(1 + state.size // _READ_SIZE)
        pieces = self._pieces(run_id, name, state)
        first = list(islice(pieces, 1))  # now: once an answer has begun, no error can be sent
        return chain(first, pieces)

    def get_run_files(self, run_id: str, filters: FileFilter) -> FilePage:
        """A page of the inputs, results and logs of a run with signed links; the work directory is not listed.

        Raises ValidationError for an invalid cursor, and UnavailableError.
        """
        with translate_google_errors("Cloud Storage"):
            found, total, next_cursor = list_page(run_id, partial(self._list_group, run_id, filters.prefix), filters)
        shown = [(file, media) for file in found if (media := run_files.preview_type(file.name))]
        downloads = [LinkRequest(file.blob, attachment(run_files.download_name(file.blob.name))) for file in found]
        previews = [LinkRequest(file.blob, INLINE, media) for file, media in shown]
        links = self._signer.urls(downloads + previews)
        preview_of = {file.blob.name: link for (file, _), link in zip(shown, links[len(found) :], strict=True)}
        files = [
            _run_file(file, link, preview_of.get(file.blob.name))
            for file, link in zip(found, links[: len(found)], strict=True)
        ]
        return FilePage(files=files, total=total, next_cursor=next_cursor)

    def check_work_dir_exists(self, root_run_id: str) -> bool:
        """Whether the work directory of a run still has files. Raises UnavailableError."""
        with translate_google_errors("Cloud Storage"):
            return any(self._list(self._buckets.work, run_files.work_folder(root_run_id), max_results=1))

    def _existing_log(self, run_id: str, name: str) -> ObjectState:
        state = self.log_state(run_id, name)
        if state is None:
            raise NotFoundError(f"run {run_id} has no {name} yet")
        return state

    def _list_group(self, run_id: str, prefix: str, group: FileGroup, start: str, at_once: int) -> Iterator[FoundFile]:
        folder, bucket = run_files.group_folder(run_id, group), self._buckets.for_group(group)
        listed = self._list(bucket, folder + prefix, start_offset=folder + start, page_size=at_once)
        return (FoundFile(group, blob.name.removeprefix(folder), blob) for blob in listed)

    def _list(self, bucket: str, folder: str, **bounds: str | int) -> "Iterator[Blob]":
        blobs: Iterator[Blob] = self.client.list_blobs(
            bucket, prefix=folder, fields=_LISTED_FIELDS, timeout=TIMEOUT_S, retry=self.retry, **bounds
        )
        return blobs

    def _pieces(self, run_id: str, name: str, state: ObjectState) -> Iterator[bytes]:
        for start in range(0, state.size, _READ_SIZE):
            piece = self.read_log_range(run_id, name, state, start=start, end=min(state.size, start + _READ_SIZE))
            if piece is None:
                raise UnavailableError(f"{name} of run {run_id} was replaced while it was read; try again")
            yield piece


def _run_file(file: FoundFile, link: str, preview: str | None) -> RunFile:
    return RunFile(
        group=file.group,
        name=file.name,
        size=int(file.blob.size),
        updated_at=file.blob.updated,
        gcs_uri=f"gs://{file.blob.bucket.name}/{file.blob.name}",
        download_url=link,
        preview_url=preview,
    )
