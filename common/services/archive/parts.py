"""ArchiveParts: the stretches of an unfinished archive as objects, and how Cloud Storage joins them.

An archive is joined from its parts in one call, so it appears complete or not at all. Compose copies no bytes, takes up
to 32 objects, and may take composed ones again (https://cloud.google.com/storage/docs/composite-objects). See decision
10 in docs/decisions.
"""

import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

from common.domain.archive.build import ArchiveBuild, Part
from common.domain.runs import files as run_files
from common.domain.runs.files import Buckets
from common.errors import ConflictError, UnavailableError
from common.services.google_clients import translate_google_errors
from common.services.storage.client import TIMEOUT_S, ObjectState, StorageClient

if TYPE_CHECKING:
    from google.cloud.storage import Blob
    from google.cloud.storage.fileio import BlobWriter

FINGERPRINT: Final = "fingerprint"  # in the metadata of an archive
MAX_COMPONENTS: Final = 32
_BUILD: Final = "build"
_ZIP: Final = "application/zip"
_CHUNK_BYTES: Final = 8 << 20
_REPLACED: Final = "the archive was replaced by another process; try again"


class BuildLostError(UnavailableError):
    """A file was deleted or replaced, so that the build can never be finished as planned; it has to begin again."""


class ArchiveParts:
    """Writes, copies, joins and deletes parts. Raises UnavailableError."""

    def __init__(self, buckets: Buckets, client: StorageClient) -> None:
        self._bucket, self._client = buckets.logs, client

    @contextmanager
    def writing(self, key: str) -> "Iterator[ObjectUpload]":
        """Upload a new object; it becomes visible when the context ends without an error."""
        writer = self._client.blob(self._bucket, key).open(
            "wb",
            chunk_size=_CHUNK_BYTES,
            content_type=_ZIP,
            if_generation_match=0,
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

    def written(self, key: str, *, size: int) -> Part:
        """The part that was just written. Raises UnavailableError when it is not the one that was sent."""
        state = self._client.state(self._bucket, key)
        if state is None or state.size != size:
            raise UnavailableError("a part of the archive was changed by another process; try again")
        return Part(key=key, generation=state.generation, size=size)

    def copy_log(self, key: str, state: ObjectState, *, to: str) -> Part | None:
        """A copy of an object in that state, made within Cloud Storage; None when it has been replaced."""
        from google.api_core.exceptions import NotFound, PreconditionFailed  # noqa: PLC0415 see google_clients

        source, copied = self._client.blob(self._bucket, key), self._client.blob(self._bucket, to)
        generation, token, is_done = state.generation, None, False
        with translate_google_errors("Cloud Storage"), suppress(NotFound, PreconditionFailed):
            while not is_done:  # one call, unless the buckets' locations or storage classes differ
                token, _, _ = copied.rewrite(
                    source,
                    token=token,
                    if_source_generation_match=generation,
                    timeout=TIMEOUT_S,
                    retry=self._client.retry,
                )
                is_done = token is None
        return Part(key=to, generation=int(copied.generation), size=state.size) if is_done else None

    def publish(self, run_id: str, build: ArchiveBuild) -> int:
        """Join the parts of a build and replace the archive with them, in one step; returns the new generation.

        Raises ConflictError when the current archive is not the one to replace, and BuildLostError when a part is gone.
        """
        from google.api_core.exceptions import NotFound, PreconditionFailed  # noqa: PLC0415 see google_clients

        archive = self._client.blob(self._bucket, run_files.archive_key(run_id))
        archive.metadata = {FINGERPRINT: build.fingerprint, _BUILD: build.build_id}
        with translate_google_errors("Cloud Storage"):
            try:
                parts = self._join_groups(run_id, build)
                self._compose(archive, parts, if_generation_match=build.replacing)
                return int(archive.generation)
            except PreconditionFailed as error:
                published = self._published(run_id, build)
                if published is None:
                    raise ConflictError(_REPLACED) from error
                return published
            except NotFound as error:
                raise BuildLostError("a part of the archive was deleted; try again") from error

    def delete_parts(self, parts: Sequence[Part]) -> None:
        """Delete parts that are no longer needed. What cannot be deleted now is deleted by the bucket's rule."""
        from google.api_core.exceptions import NotFound  # noqa: PLC0415 see google_clients

        for part in parts:
            with suppress(NotFound, UnavailableError), translate_google_errors("Cloud Storage"):
                self._client.blob(self._bucket, part.key).delete(timeout=TIMEOUT_S, retry=self._client.retry)

    def _join_groups(self, run_id: str, build: ArchiveBuild) -> Sequence[Part]:
        """At most as many parts as one call can join; they are added to those of the build, to be deleted with them."""
        parts = list(build.parts)
        while len(parts) > MAX_COMPONENTS:
            groups = [parts[start : start + MAX_COMPONENTS] for start in range(0, len(parts), MAX_COMPONENTS)]
            parts = [self._join(new_part_key(run_id, build), group) for group in groups]
            build.copies += tuple(parts)
        return parts

    def _join(self, key: str, parts: Sequence[Part]) -> Part:
        joined = self._client.blob(self._bucket, key)
        self._compose(joined, parts, if_generation_match=0)
        return Part(key=key, generation=int(joined.generation), size=sum(part.size for part in parts))

    def _compose(self, target: "Blob", parts: Sequence[Part], *, if_generation_match: int) -> None:
        target.content_type = _ZIP
        target.compose(
            [self._client.blob(self._bucket, part.key, generation=part.generation) for part in parts],
            if_generation_match=if_generation_match,
            timeout=TIMEOUT_S,
            retry=self._client.retry,
        )

    def _published(self, run_id: str, build: ArchiveBuild) -> int | None:
        """The generation of this build if it is the current archive: a call is refused, too, if its answer was lost."""
        from google.api_core.exceptions import NotFound  # noqa: PLC0415 see google_clients

        current = self._client.blob(self._bucket, run_files.archive_key(run_id))
        try:
            current.reload(timeout=TIMEOUT_S, retry=self._client.retry)
        except NotFound:
            return None
        return int(current.generation) if (current.metadata or {}).get(_BUILD) == build.build_id else None


def new_part_key(run_id: str, build: ArchiveBuild) -> str:
    """A key that no other worker uses, not even one that writes the same step."""
    return run_files.archive_part_key(run_id, build.build_id, f"{len(build.parts):04}-{uuid.uuid4().hex[:8]}")


class ObjectUpload:
    """A file to write to. After an error, further writes are ignored so that the first error is raised."""

    def __init__(self, writer: "BlobWriter") -> None:
        self._writer = writer
        self._failed = False

    def write(self, data: bytes, /) -> int:
        if not self._failed:
            self._send(lambda: self._writer.write(data))
        return len(data)

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
            raise UnavailableError("Cloud Storage rejected the upload of the archive; try again") from error
        except UnavailableError:
            self._failed = True
            raise
