"""FileCheck: whether objects in Cloud Storage that a user names are there, asked in bulk and within a time."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FuturesTimeoutError
from itertools import takewhile
from typing import Final

from common.errors import UnavailableError
from common.services.google_clients import translate_google_errors
from common.services.storage.client import StorageClient

_AT_ONCE: Final = 16
_MOST_LISTED: Final = 20_000  # objects of one folder, which take about 4 s to list
_PAGE: Final = 1_000


class FileCheck:
    """Lists the folders that are named, not each file: the files of a sheet lie in a few folders."""

    def __init__(
        self, storage: StorageClient, *, within_s: float = 8.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._storage, self._within_s, self._clock = storage, within_s, clock

    def missing(self, uris: Iterable[str]) -> Mapping[str, str]:
        """Those of `uris` (gs://bucket/object, or a folder) that are certainly not there, and why, in their order.

        What Sluice may not read, or could not find out in time, is not among them: the pipeline may know better.
        """
        uris = list(uris)
        folders: dict[tuple[str, str], list[str]] = defaultdict(list)
        for uri in uris:
            bucket, _, key = uri.removeprefix("gs://").partition("/")
            folders[bucket, key.rstrip("/").rpartition("/")[0]].append(uri)
        pool = ThreadPoolExecutor(_AT_ONCE)
        asked = [pool.submit(self._missing_in, bucket, named) for (bucket, _), named in folders.items()]
        try:
            found = self._told_by(asked)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
        return {uri: found[uri] for uri in uris if uri in found}

    def _told_by(self, asked: "list[Future[dict[str, str]]]") -> dict[str, str]:
        from google.api_core.exceptions import ClientError  # noqa: PLC0415 see google_clients

        found: dict[str, str] = {}
        deadline = self._clock() + self._within_s
        for answer in asked:
            try:
                found |= answer.result(max(0.0, deadline - self._clock()))
            except (FuturesTimeoutError, UnavailableError, ClientError):
                continue  # nothing is known of these
        return found

    def _missing_in(self, bucket: str, uris: list[str]) -> dict[str, str]:
        """Those of one folder. Raises UnavailableError, and ClientError where Sluice may not look."""
        from google.api_core.exceptions import NotFound  # noqa: PLC0415 see google_clients

        if not bucket:
            return dict.fromkeys(uris, "names no bucket; it must look like gs://bucket/folder/file")
        wanted = {uri: uri.removeprefix(f"gs://{bucket}").lstrip("/").rstrip("/") for uri in uris}
        names = sorted(wanted.values())
        try:
            there, is_all = self._names_between(bucket, names[0], names[-1])
        except NotFound:
            return dict.fromkeys(uris, f"there is no bucket {bucket}; check the address")
        except ValueError as error:  # the client library's own check of the name
            return dict.fromkeys(uris, f"there can be no bucket {bucket}: {error}")
        last = max(there, default="")
        return {
            uri: "there is no such file in Cloud Storage; check its address, and that its upload has ended"
            for uri, name in wanted.items()
            if name and name not in there and (is_all or f"{name}/" < last)
        }

    def _names_between(self, bucket: str, first: str, last: str) -> tuple[set[str], bool]:
        """Every object from `first` to `last`, and every folder on the way to them; and whether those are all."""
        with translate_google_errors("Cloud Storage"):
            blobs = self._storage.client.list_blobs(
                bucket,
                prefix=_shared_start(first, last),
                start_offset=first,
                end_offset=f"{last}/\U0010ffff",
                fields="items(name),nextPageToken",
                page_size=_PAGE,
                max_results=_MOST_LISTED,
                retry=self._storage.retry,
            )
            names = [blob.name for blob in blobs]
        folders = {name[:end] for name in names for end, mark in enumerate(name) if mark == "/"}
        return {*names, *folders}, len(names) < _MOST_LISTED


def _shared_start(first: str, last: str) -> str:
    return "".join(mark for mark, _ in takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False)))
