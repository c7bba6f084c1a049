"""Missing files are found in bulk; only those that certainly do not exist are reported."""

import tracemalloc
from types import SimpleNamespace
from typing import Any

import pytest
import requests
from google.api_core.exceptions import Forbidden
from hypothesis import given
from hypothesis import strategies as st

from common.errors import UnavailableError
from common.services.storage.client import StorageClient
from common.services.storage.file_check import FileCheck
from localdev.stack.layout import LAB_BUCKET
from localdev.stack.provision import create_lab_files
from localdev.stand_ins.storage.service import StorageStandIn

RUN = f"gs://{LAB_BUCKET}/run"
THERE = [f"{RUN}/a_R1.fq.gz", f"{RUN}/b_R1.fq.gz", f"{RUN}/index/star/SA", f"gs://{LAB_BUCKET}/top.fa"]


@pytest.fixture
def check(storage_service: StorageStandIn, monkeypatch: pytest.MonkeyPatch) -> FileCheck:
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", storage_service.url)
    create_lab_files(THERE, storage_url=storage_service.url)
    return FileCheck(StorageClient())


def test_existing_files_are_not_missing(check: FileCheck) -> None:
    assert check.missing(THERE) == {}


def test_no_files_have_no_missing_files(check: FileCheck) -> None:
    assert check.missing([]) == {}


def test_a_folder_with_files_exists(check: FileCheck) -> None:
    assert check.missing([f"{RUN}/index/star", f"{RUN}/index/star/", f"{RUN}/", RUN, THERE[0]]) == {}


@pytest.mark.parametrize("name", ["a_R2.fq.gz", "a_R1.fq", "index/st", "A_R1.fq.gz", "zzz"])
def test_missing_files_are_reported_with_the_reason(check: FileCheck, name: str) -> None:
    gone = f"{RUN}/{name}"
    reason = "there is no such file in Cloud Storage; check its address, and that its upload has finished"
    assert check.missing([THERE[0], gone, THERE[1]]) == {gone: reason}


def test_missing_files_keep_their_order(check: FileCheck) -> None:
    gone = [f"{RUN}/z", f"{RUN}/c", f"gs://{LAB_BUCKET}/other/x"]
    assert list(check.missing(gone)) == gone


def test_a_missing_bucket_is_named(check: FileCheck) -> None:
    assert check.missing(["gs://no-such-bucket/x"]) == {
        "gs://no-such-bucket/x": "there is no bucket no-such-bucket; check the address"
    }


@pytest.mark.parametrize("bucket", ["bucket-", "_b"])
def test_an_invalid_bucket_name_is_reported(check: FileCheck, bucket: str) -> None:
    assert f"{bucket} cannot be a bucket" in check.missing([f"gs://{bucket}/x"])[f"gs://{bucket}/x"]


def test_the_address_of_a_bucket_exists(check: FileCheck) -> None:
    assert check.missing([f"gs://{LAB_BUCKET}", f"gs://{LAB_BUCKET}/"]) == {}


def test_an_address_without_a_bucket_is_reported(check: FileCheck) -> None:
    assert "names no bucket" in check.missing(["gs:///x"])["gs:///x"]


class FailingCheck(FileCheck):
    """A check whose listings fail."""

    def __init__(self, error: Exception) -> None:
        super().__init__(StorageClient(), within_s=1)
        self._error = error

    def _missing_in(self, bucket: str, uris: list[str]) -> dict[str, str]:
        raise self._error


def test_files_that_cannot_be_checked_are_not_missing() -> None:
    for error in (Forbidden("no"), UnavailableError("unavailable"), TimeoutError()):
        assert FailingCheck(error).missing(["gs://lab/x"]) == {}


def test_in_a_folder_that_is_too_large_only_listed_names_are_checked(
    check: FileCheck, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("common.services.storage.file_check._MOST_LISTED", 1)
    gone = f"{RUN}/a_R0"
    assert list(check.missing([gone, f"{RUN}/b_R0", f"{RUN}/z"])) == [gone]


class AnyObjects:
    """A client whose buckets hold the same objects, whichever part of them is listed."""

    def __init__(self, names: list[str]) -> None:
        self.listings = 0
        self._blobs = [SimpleNamespace(name=name) for name in names]

    def list_blobs(self, _bucket: str, **_options: object) -> list[SimpleNamespace]:
        self.listings += 1
        return self._blobs


def storage_with(objects: AnyObjects) -> Any:  # noqa: ANN401 as a StorageClient
    return SimpleNamespace(client=objects, retry=None)


def test_a_sheet_with_a_folder_for_each_file_is_checked_in_bounded_memory() -> None:
    objects = AnyObjects([])
    uris = [f"gs://lab/{number}/r.fq.gz" for number in range(20_000)]
    tracemalloc.start()
    try:
        missing = FileCheck(storage_with(objects)).missing(uris)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(missing) == objects.listings == 2_000
    assert most < 10 << 20


def test_of_a_huge_sheet_the_first_files_are_checked() -> None:
    missing = FileCheck(storage_with(AnyObjects([]))).missing(f"gs://lab/{number}.fq.gz" for number in range(100_010))
    assert len(missing) == 100_000


def test_objects_deep_in_folders_are_not_kept() -> None:
    """A job can write thousands of objects with 500 folders each."""
    objects = AnyObjects([f"x/{number:05}/" + "a/" * 490 + "b" for number in range(2_000)])
    tracemalloc.start()
    try:
        there, gone = "gs://lab/x/00007/a/a", "gs://lab/x/00007/a/b"
        assert list(FileCheck(storage_with(objects)).missing([there, gone])) == [gone]
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 1 << 20


@given(st.sets(st.text("ab/!", min_size=1, max_size=6)), st.sets(st.text("ab/!", min_size=1, max_size=4)))
def test_what_is_listed_in_order_is_found_as_by_comparing_all(there: set[str], named: set[str]) -> None:
    uris = {f"gs://lab/{name.strip('/')}": name.strip("/") for name in named if name.strip("/")}
    missing = FileCheck(storage_with(AnyObjects(sorted(there)))).missing(uris)
    exists = {uri for uri, name in uris.items() if any(one == name or one.startswith(f"{name}/") for one in there)}
    assert missing.keys() == uris.keys() - exists


def test_an_unavailable_server_does_not_exceed_the_time_limit(
    monkeypatch: pytest.MonkeyPatch, storage_service: StorageStandIn
) -> None:
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", storage_service.url)
    storage_service.stop()
    with pytest.raises(requests.ConnectionError):
        requests.get(storage_service.url, timeout=30)
    assert FileCheck(StorageClient(patience_s=0.2), within_s=0.2).missing(["gs://lab/x"]) == {}
