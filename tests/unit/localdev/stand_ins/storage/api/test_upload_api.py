"""Uploads of every kind, with Google's client and with plain requests."""

import hashlib
import json
import os
from pathlib import Path

import pytest
import requests
from google.api_core.exceptions import BadRequest, NotFound
from google.cloud import storage
from google.cloud.storage.exceptions import InvalidResponse

from localdev.stand_ins.storage.service import StorageStandIn

QUARTER_MIB = 256 * 1024


@pytest.mark.parametrize(
    "content",
    [b"", b"a\r\n", b"a\r", b"a\n", b"\r\n\r\n", b"\x00" * 5, b"x\r\n--x\r\n--", b"\r\n--", bytes(range(256))],
)
def test_uploaded_bytes_are_downloaded_unchanged(bucket: storage.Bucket, content: bytes) -> None:
    bucket.blob("e").upload_from_string(content)

    assert bucket.blob("e").download_as_bytes() == content


def test_a_large_multipart_upload_is_stored_unchanged(bucket: storage.Bucket) -> None:
    content = os.urandom(3_000_001)

    bucket.blob("big").upload_from_string(content)

    assert bucket.blob("big").download_as_bytes() == content


def test_a_file_written_in_pieces_becomes_one_object(bucket: storage.Bucket) -> None:
    digest = hashlib.sha256()
    with bucket.blob("st").open("wb", chunk_size=QUARTER_MIB) as out:
        for _ in range(20):
            block = os.urandom(65_537)
            digest.update(block)
            out.write(block)

    assert hashlib.sha256(bucket.blob("st").download_as_bytes()).digest() == digest.digest()


def test_a_file_larger_than_a_multipart_upload_is_stored(bucket: storage.Bucket, tmp_path: Path) -> None:
    file = tmp_path / "large"
    file.write_bytes(os.urandom(1 << 20) * 10)

    bucket.blob("large").upload_from_filename(str(file))

    bucket.blob("large").download_to_filename(str(tmp_path / "back"))
    assert (tmp_path / "back").read_bytes() == file.read_bytes()


def test_an_object_appears_when_its_writer_closes(bucket: storage.Bucket) -> None:
    with bucket.blob("st").open("wb", chunk_size=QUARTER_MIB) as out:
        out.write(b"x" * QUARTER_MIB * 2)
        assert not bucket.blob("st").exists()

    assert bucket.blob("st").exists()


def test_a_terminated_writer_stores_nothing(bucket: storage.Bucket) -> None:
    writer = bucket.blob("st").open("wb", chunk_size=QUARTER_MIB)
    writer.write(b"x" * QUARTER_MIB * 2)
    writer.terminate()

    assert not bucket.blob("st").exists()


def require_refused(writer: storage.fileio.BlobWriter) -> None:
    with pytest.raises(InvalidResponse, match="412"):
        writer.close()
    writer.terminate()  # otherwise its finalizer retries for two minutes


def test_a_resumable_upload_respects_its_precondition(bucket: storage.Bucket) -> None:
    bucket.blob("only").upload_from_string("first")

    writer = bucket.blob("only").open("wb", if_generation_match=0)
    writer.write(b"x" * 600_000)

    require_refused(writer)
    assert bucket.blob("only").download_as_bytes() == b"first"


def test_a_resumable_upload_checks_its_precondition_at_the_end(bucket: storage.Bucket) -> None:
    writer = bucket.blob("only").open("wb", chunk_size=QUARTER_MIB, if_generation_match=0)
    writer.write(b"x" * QUARTER_MIB * 2)
    bucket.blob("only").upload_from_string("faster")

    require_refused(writer)
    assert bucket.blob("only").download_as_bytes() == b"faster"


def test_a_session_accepts_the_whole_object_in_one_request(bucket: storage.Bucket) -> None:
    address = bucket.blob("rs").create_resumable_upload_session(content_type="text/plain", size=6)

    response = requests.put(address, data=b"abcdef", timeout=30)

    assert response.status_code == 200
    assert (bucket.get_blob("rs").download_as_bytes(), response.json()["contentType"]) == (b"abcdef", "text/plain")


def test_a_session_reports_how_many_bytes_it_has(bucket: storage.Bucket) -> None:
    address = bucket.blob("rs").create_resumable_upload_session()
    assert "range" not in requests.put(address, headers={"content-range": "bytes */*"}, timeout=30).headers

    requests.put(address, data=b"abc", headers={"content-range": "bytes 0-2/*"}, timeout=30)

    response = requests.put(address, headers={"content-range": "bytes */6"}, timeout=30)
    assert (response.status_code, response.headers["range"]) == (308, "bytes=0-2")


def test_bytes_sent_twice_are_stored_once(bucket: storage.Bucket) -> None:
    address = bucket.blob("rs").create_resumable_upload_session()

    requests.put(address, data=b"abc", headers={"content-range": "bytes 0-2/*"}, timeout=30)
    requests.put(address, data=b"bcdef", headers={"content-range": "bytes 1-5/6"}, timeout=30)

    assert bucket.blob("rs").download_as_bytes() == b"abcdef"


def test_bytes_after_a_gap_are_refused(bucket: storage.Bucket) -> None:
    address = bucket.blob("rs").create_resumable_upload_session()

    response = requests.put(address, data=b"def", headers={"content-range": "bytes 3-5/6"}, timeout=30)

    assert response.status_code == 400


def test_a_malformed_content_range_is_refused(bucket: storage.Bucket) -> None:
    address = bucket.blob("rs").create_resumable_upload_session()

    assert requests.put(address, data=b"x", headers={"content-range": "items 1"}, timeout=30).status_code == 400


def test_a_finished_session_repeats_its_response(bucket: storage.Bucket) -> None:
    address = bucket.blob("rs").create_resumable_upload_session()
    first = requests.put(address, data=b"abc", timeout=30).json()

    again = requests.put(address, headers={"content-range": "bytes */3"}, timeout=30)

    assert (again.status_code, again.json()) == (200, first)


def test_a_cancelled_session_is_gone(bucket: storage.Bucket) -> None:
    address = bucket.blob("rs").create_resumable_upload_session()

    assert requests.delete(address, timeout=30).status_code == 499
    assert requests.put(address, data=b"abc", timeout=30).status_code == 404


def test_a_session_for_a_bucket_that_does_not_exist_is_refused(client: storage.Client) -> None:
    with pytest.raises(NotFound):
        client.bucket("nowhere").blob("rs").create_resumable_upload_session()


def test_a_media_upload_reads_name_and_type_from_the_request(service: StorageStandIn, bucket: storage.Bucket) -> None:
    address = f"{service.url}/upload/storage/v1/b/lab-bucket/o?uploadType=media&name=a%2Fb"

    requests.post(address, data=iter([b"chunk one,", b"chunk two"]), headers={"content-type": "text/x"}, timeout=30)

    stored = bucket.get_blob("a/b")
    assert (stored.download_as_bytes(), stored.content_type) == (b"chunk one,chunk two", "text/x")


def test_a_wrong_checksum_stores_nothing(service: StorageStandIn, bucket: storage.Bucket) -> None:
    address = f"{service.url}/upload/storage/v1/b/lab-bucket/o?uploadType=media&name=a"

    response = requests.post(address, data=b"123456789", headers={"x-goog-hash": "crc32c=AAAAAA=="}, timeout=30)

    assert response.status_code == 400
    assert not bucket.blob("a").exists()


def test_an_upload_with_the_right_checksum_is_stored(bucket: storage.Bucket) -> None:
    bucket.blob("a").upload_from_string(b"123456789", checksum="md5")

    assert bucket.blob("a").exists()


def test_a_wrong_checksum_in_the_fields_is_refused(bucket: storage.Bucket) -> None:
    blob = bucket.blob("a")
    blob.crc32c = "AAAAAA=="

    with pytest.raises(BadRequest):
        blob.upload_from_string(b"123456789", checksum=None)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"--x\r\n\r\n{}\r\n",
        b"--x\r\n\r\nnot json\r\n--x\r\n\r\nabc\r\n--x--",
        b"--x\r\n\r\n[]\r\n--x\r\n\r\nabc\r\n--x--",
        b'--x\r\n\r\n{"name": "a"}\r\n--x\r\n\r\nabc',
        b"--x\r\n\r\n{}\r\n--x\r\n\r\nabc\r\n--x--",
    ],
    ids=["empty", "one part", "not JSON", "no object", "no end", "no name"],
)
def test_a_malformed_multipart_upload_is_refused(service: StorageStandIn, bucket: storage.Bucket, body: bytes) -> None:
    address = f"{service.url}/upload/storage/v1/b/{bucket.name}/o?uploadType=multipart"

    response = requests.post(address, data=body, headers={"content-type": "multipart/related; boundary=x"}, timeout=30)

    assert response.status_code == 400
    assert json.loads(response.content)["error"]["code"] == 400


@pytest.mark.parametrize("query", ["", "uploadType=other", "uploadType=media", "uploadType=multipart"])
def test_an_upload_without_type_or_name_is_refused(service: StorageStandIn, bucket: storage.Bucket, query: str) -> None:
    address = f"{service.url}/upload/storage/v1/b/{bucket.name}/o?{query}"

    assert requests.post(address, data=b"x", timeout=30).status_code == 400
