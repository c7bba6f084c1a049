"""FileCheck: finds out which files of a samplesheet do not exist in Cloud Storage, within a time limit."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FuturesTimeoutError
from itertools import islice, takewhile
from typing import Final

from common.errors import UnavailableError
from common.services.google_clients import translate_google_errors
from common.services.storage.client import StorageClient

_THREADS: Final = 16
_MOST_FOLDERS: Final = 2_000  # of one sheet; in the time limit no more can be listed, and each takes memory
_MOST_FILES: Final = 100_000
_MOST_LISTED: Final = 20_000  # objects per folder; listing them takes about 4 s
_PAGE_SIZE: Final = 1_000


class FileCheck:
    """Lists the folders of the files instead of checking each file, because a sheet's files are in few folders."""

    def __init__(
        self, storage: StorageClient, *, within_s: float = 8.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._storage, self._within_s, self._clock = storage, within_s, clock

    def missing(self, uris: Iterable[str]) -> Mapping[str, str]:
        """Those of `uris` (gs://bucket/object, or a folder) that certainly do not exist, in order, with the reason.

        A URI that Sluice may not read, or could not check in time, is left out: the pipeline may be able to read it. So
        are those beyond 100,000 files or 2,000 folders.
        """
        uris = list(islice(uris, _MOST_FILES))
        folders: dict[tuple[str, str], list[str]] = {}
        for uri in uris:
            bucket, _, key = uri.removeprefix("gs://").partition("/")
            folder = bucket, key.rstrip("/").rpartition("/")[0]
            if folder in folders or len(folders) < _MOST_FOLDERS:
                folders.setdefault(folder, []).append(uri)
        pool = ThreadPoolExecutor(_THREADS)
        checks = [pool.submit(self._missing_in, bucket, named) for (bucket, _), named in folders.items()]
        try:
            missing = self._results_of(checks)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
        return {uri: missing[uri] for uri in uris if uri in missing}

    def _results_of(self, checks: "list[Future[dict[str, str]]]") -> dict[str, str]:
        """The results of the checks that succeed in time."""
        from google.api_core.exceptions import ClientError  # noqa: PLC0415 see google_clients

        missing: dict[str, str] = {}
        deadline = self._clock() + self._within_s
        for check in checks:
            try:
                missing |= check.result(max(0.0, deadline - self._clock()))
            except (FuturesTimeoutError, UnavailableError, ClientError):
                continue
        return missing

    def _missing_in(self, bucket: str, uris: list[str]) -> dict[str, str]:
        """The missing URIs of one folder. Raises UnavailableError, and ClientError when Sluice may not list it."""
        from google.api_core.exceptions import NotFound  # noqa: PLC0415 see google_clients

        if not bucket:
            return dict.fromkeys(uris, "names no bucket; it must look like gs://bucket/folder/file")
        name_of = {uri: uri.removeprefix(f"gs://{bucket}").lstrip("/").rstrip("/") for uri in uris}
        names = sorted(name_of.values())
        try:
            existing, last = self._existing(bucket, names)
        except NotFound:
            return dict.fromkeys(uris, f"there is no bucket {bucket}; check the address")
        except ValueError as error:  # the client library checks the name
            return dict.fromkeys(uris, f"{bucket} cannot be a bucket: {error}")
        return {
            uri: "there is no such file in Cloud Storage; check its address, and that its upload has finished"
            for uri, name in name_of.items()
            if name and name not in existing and (last is None or f"{name}/" < last)
        }

    def _existing(self, bucket: str, names: Sequence[str]) -> tuple[set[str], str | None]:
        """Those of the sorted `names` that are objects or folders, and where the listing ended; None: complete."""
        first, last = names[0], names[-1]
        wanted, count, listed = _WantedNames(names), 0, ""
        with translate_google_errors("Cloud Storage"):
            blobs = self._storage.client.list_blobs(
                bucket,
                prefix=_shared_start(first, last),
                start_offset=first,
                end_offset=f"{last}/\U0010ffff",
                fields="items(name),nextPageToken",
                page_size=_PAGE_SIZE,
                max_results=_MOST_LISTED,
                retry=self._storage.retry,
            )
            for blob in blobs:
                listed, count = blob.name, count + 1
                wanted.see(listed)
        return wanted.found, None if count < _MOST_LISTED else listed


class _WantedNames:
    """Names that are looked for among objects, which are listed in order and not kept: 20,000 may have 20 MB of names.

    `found` holds those that are an object or a folder.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._objects = frozenset(names)
        self._folders = sorted((f"{name}/" for name in self._objects), reverse=True)
        self.found = set[str]()

    def see(self, listed: str) -> None:
        """Look at the next object; the objects of a folder come right behind the name of the folder."""
        if listed in self._objects:
            self.found.add(listed)
        while self._folders and self._folders[-1] <= listed:
            folder = self._folders.pop()
            if listed.startswith(folder):
                self.found.add(folder[:-1])


def _shared_start(first: str, last: str) -> str:
    return "".join(one for one, _ in takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False)))
