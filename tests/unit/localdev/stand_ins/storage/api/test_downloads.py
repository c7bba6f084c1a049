"""Downloads: ranges, running downloads, compressed objects, headers."""

import gzip
import os

import pytest
import requests
from google.api_core.exceptions import RequestRangeNotSatisfiable
from google.cloud import storage
from hypothesis import given
from hypothesis import strategies as st

from localdev.stand_ins.storage.api.downloads import byte_range
from localdev.stand_ins.storage.service import StorageStandIn

CONTENT = os.urandom(300_000)


@pytest.fixture
def blob(bucket: storage.Bucket) -> storage.Blob:
    blob = bucket.blob("folder/big")
    blob.upload_from_string(CONTENT, content_type="text/plain")
    return blob


def address(service: StorageStandIn) -> str:
    return f"{service.url}/download/storage/v1/b/lab-bucket/o/folder%2Fbig?alt=media"


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (100, 199, CONTENT[100:200]),
        (299_990, None, CONTENT[-10:]),
        (-7, None, CONTENT[-7:]),
        (0, 10**9, CONTENT),
        (299_999, 299_999, CONTENT[-1:]),
    ],
    ids=["inside", "to the end", "suffix", "beyond the end", "last byte"],
)
def test_a_range_is_read_exactly(blob: storage.Blob, start: int, end: int | None, expected: bytes) -> None:
    assert blob.download_as_bytes(start=start, end=end) == expected


def test_a_range_is_answered_with_206_and_content_range(service: StorageStandIn, blob: storage.Blob) -> None:
    response = requests.get(address(service), headers={"range": "bytes=1-3"}, timeout=30)

    assert (response.status_code, response.headers["content-range"]) == (206, "bytes 1-3/300000")
    assert response.headers["x-goog-generation"] == str(blob.generation)


@pytest.mark.parametrize("start", [300_000, 10**9])
def test_a_range_after_the_end_cannot_be_satisfied(blob: storage.Blob, start: int) -> None:
    with pytest.raises(RequestRangeNotSatisfiable):
        blob.download_as_bytes(start=start)


def test_no_range_of_an_empty_object_can_be_satisfied(bucket: storage.Bucket) -> None:
    bucket.blob("empty").upload_from_string(b"")

    with pytest.raises(RequestRangeNotSatisfiable):
        bucket.blob("empty").download_as_bytes(start=0)


def test_a_file_reader_can_seek(blob: storage.Blob) -> None:
    with blob.open("rb", chunk_size=65536) as file:
        file.seek(150_000)
        assert file.read(1000) == CONTENT[150_000:151_000]


def test_the_client_can_verify_the_checksum_of_a_download(bucket: storage.Bucket, blob: storage.Blob) -> None:
    assert bucket.get_blob("folder/big").download_as_bytes(checksum="crc32c") == CONTENT


def test_an_overwrite_does_not_disturb_a_running_download(service: StorageStandIn, blob: storage.Blob) -> None:
    with requests.get(address(service), stream=True, timeout=30) as response:
        first = next(response.iter_content(1000))
        blob.upload_from_string("new")
        rest = b"".join(response.iter_content(65536))

    assert first + rest == CONTENT


def test_head_returns_the_size_without_content(service: StorageStandIn, blob: storage.Blob) -> None:
    response = requests.head(address(service), timeout=30)

    assert (response.status_code, response.headers["content-length"], response.content) == (200, "300000", b"")


def test_a_gzip_object_is_decompressed_for_clients_without_gzip(
    service: StorageStandIn, bucket: storage.Bucket
) -> None:
    blob = bucket.blob("folder/big")
    blob.content_encoding = "gzip"
    blob.upload_from_string(gzip.compress(CONTENT), content_type="text/plain")

    plain = requests.get(address(service), headers={"accept-encoding": "identity"}, timeout=30)

    assert plain.content == CONTENT
    assert "content-encoding" not in plain.headers
    assert requests.head(address(service), headers={"accept-encoding": "identity"}, timeout=30).content == b""
    assert blob.download_as_bytes() == CONTENT
    assert blob.download_as_bytes(raw_download=True).startswith(b"\x1f\x8b")


@given(st.from_regex(r"bytes=[0-9]{0,3}-[0-9]{0,3}", fullmatch=True), st.integers(0, 500))
def test_a_byte_range_stays_within_the_object(header: str, size: int) -> None:
    selected = byte_range(header, size)

    assert not selected or (selected.start >= 0 and selected.stop <= size)


@pytest.mark.parametrize("header", ["", "bytes=-", "bytes=5-3", "bytes=1-2,4-5", "items=1-2"])
def test_a_header_without_one_valid_range_is_ignored(header: str) -> None:
    assert byte_range(header, 10) is None
