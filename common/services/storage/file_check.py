"""FileCheck: finds out which files of a samplesheet do not exist in Cloud Storage, within a time limit."""

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

_THREADS: Final = 16
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
        folders: dict[tuple[str, str], list[str]] = defaultdict(list)
        for uri in uris:
            bucket, _, key = uri.removeprefix("gs://").partition("/")
            folders[bucket, key.rstrip("/").rpartition("/")[0]].append(uri)
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
            existing, is_complete = self._names_between(bucket, names[0], names[-1])
        except NotFound:
            return dict.fromkeys(uris, f"there is no bucket {bucket}; check the address")
        except ValueError as error:  # the client library checks the name
            return dict.fromkeys(uris, f"{bucket} cannot be a bucket: {error}")
        last = max(existing, default="")
        return {
            uri: "there is no such file in Cloud Storage; check its address, and that its upload has finished"
            for uri, name in name_of.items()
            if name and name not in existing and (is_complete or f"{name}/" < last)
        }

    def _names_between(self, bucket: str, first: str, last: str) -> tuple[set[str], bool]:
        """The objects from `first` to `last` and all their parent folders, and whether the listing is complete."""
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
            names = [blob.name for blob in blobs]
        folders = {name[:end] for name in names for end, character in enumerate(name) if character == "/"}
        return {*names, *folders}, len(names) < _MOST_LISTED


def _shared_start(first: str, last: str) -> str:
    return "".join(one for one, _ in takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False)))
