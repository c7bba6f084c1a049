"""StorageClient: Google's client of Cloud Storage with our timeouts, and reads of one generation of an object."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Final

from common.services.google_clients import translate_google_errors

if TYPE_CHECKING:
    from google.api_core.retry import Retry
    from google.cloud.storage import Blob, Client

TIMEOUT_S: Final = (5.0, 30.0)  # to connect, and between two pieces of a response
_PIECE_BYTES: Final = 8 << 20


@dataclass(frozen=True, slots=True)
class ObjectVersion:
    """One version of an object; every overwrite gives it a new, higher generation."""

    generation: int
    size: int


@dataclass(frozen=True, slots=True)
class ObjectState(ObjectVersion):
    """The current version of an object, and when it was written."""

    updated: datetime


class StorageClient:
    """Creates Google's client on first use.

    Temporary errors are retried for `patience_s` seconds, then UnavailableError is raised. The default of the library,
    two minutes, is longer than callers wait.
    """

    def __init__(self, *, patience_s: float = 10.0) -> None:
        self._patience_s = patience_s

    @cached_property
    def client(self) -> "Client":
        from google.cloud.storage import Client  # noqa: PLC0415 takes 160 ms, and many requests do not need it

        return Client()

    @cached_property
    def retry(self) -> "Retry":
        from google.cloud.storage.retry import DEFAULT_RETRY  # noqa: PLC0415 loaded with the client

        retry: Retry = DEFAULT_RETRY.with_timeout(self._patience_s)
        return retry

    def blob(self, bucket: str, key: str, *, generation: int | None = None) -> "Blob":
        return self.client.bucket(bucket).blob(key, generation=generation)

    def state(self, bucket: str, key: str) -> ObjectState | None:
        """The current state of an object; None when there is none. Raises UnavailableError."""
        from google.api_core.exceptions import NotFound  # noqa: PLC0415 see google_clients

        blob = self.blob(bucket, key)
        with translate_google_errors("Cloud Storage"):
            try:
                blob.reload(timeout=TIMEOUT_S, retry=self.retry)
            except NotFound:
                return None
        return ObjectState(generation=int(blob.generation), size=int(blob.size), updated=blob.updated)

    def read_range(self, bucket: str, key: str, version: ObjectVersion, *, start: int, end: int) -> bytes | None:
        """Bytes [start, end) of one generation of an object; None when that generation has been replaced.

        Raises UnavailableError.
        """
        from google.api_core import exceptions as google_errors  # noqa: PLC0415 see google_clients

        if start >= end:
            return b""
        blob = self.blob(bucket, key, generation=version.generation)
        with translate_google_errors("Cloud Storage"):
            try:
                data: bytes = blob.download_as_bytes(
                    start=start,
                    end=end - 1,
                    raw_download=True,
                    single_shot_download=True,  # else it is assembled from chunks of 8 KiB, which is slow
                    timeout=TIMEOUT_S,
                    retry=self.retry,
                )
            except (
                google_errors.NotFound,
                google_errors.PreconditionFailed,
                google_errors.RequestRangeNotSatisfiable,
            ):
                return None
        return data

    def pieces(
        self, bucket: str, key: str, state: ObjectState, *, from_byte: int = 0, piece_bytes: int = _PIECE_BYTES
    ) -> Iterator[bytes | None]:
        """One generation of an object, from a byte on, in pieces of `piece_bytes`; None once it has been replaced.

        The next piece is read while the caller handles the last one. Raises UnavailableError, also between two pieces.
        """

        def read(start: int) -> bytes | None:
            return self.read_range(bucket, key, state, start=start, end=min(state.size, start + piece_bytes))

        with ThreadPoolExecutor(1, thread_name_prefix="read-ahead") as reader:
            ahead = reader.submit(read, from_byte)
            for start in range(from_byte, state.size, piece_bytes):
                piece = ahead.result()
                ahead = reader.submit(read, start + piece_bytes)
                yield piece
                if piece is None:
                    return
