"""FileCheck: finds out which files of a samplesheet do not exist in Cloud Storage, within a time limit."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FuturesTimeoutError
from itertools import takewhile
from typing import Final

from common.errors import UnavailableError
from common.services.google_clients import translate_google_errors
from common.services.storage.client import StorageClient

_THREADS: Final = 16
_MOST_FOLDERS: Final = 2_000  # of one sheet; in the time limit no more can be listed, and each takes memory
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

        A URI that Sluice may not read, or could not check in time, is left out: the pipeline may be able to read it.
        """
        uris = list(uris)
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
        """Those of the sorted `names` that are objects or folders, and where the listing ended; None: it is complete.

        Objects are listed in order, so one look at each is enough, and none is kept: 20,000 names may have 20 MB.
        """
        first, last = names[0], names[-1]
        objects, folders = set(names), sorted(f"{name}/" for name in names)
        found, at, count, listed = set[str](), 0, 0, ""
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
                if listed in objects:
                    found.add(listed)
                while at < len(folders) and folders[at] <= listed:  # the objects of a folder come next behind its name
                    if listed.startswith(folders[at]):
                        found.add(folders[at][:-1])
                    at += 1
        return found, None if count < _MOST_LISTED else listed


def _shared_start(first: str, last: str) -> str:
    return "".join(one for one, _ in takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False)))
