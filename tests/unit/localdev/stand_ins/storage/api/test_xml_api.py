"""Signed URLs as browsers and curl use them, signed by Google's client with the key of the stack."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from google.auth.credentials import Signing
from google.cloud import storage
from google.oauth2 import service_account

from localdev.stand_ins.storage.api.signed_urls import create_signer
from localdev.stand_ins.storage.service import StorageStandIn


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("keys")


@pytest.fixture
def service(tmp_path: Path, keys: Path) -> Iterator[StorageStandIn]:
    service = StorageStandIn(0, tmp_path / "storage", keys=keys)
    service.start()
    yield service
    service.stop()


def credentials(keys: Path) -> Signing:
    read: Signing = service_account.Credentials.from_service_account_file(str(create_signer(keys)))
    return read


@pytest.fixture
def signer(keys: Path) -> Signing:
    return credentials(keys)


@pytest.fixture
def blob(bucket: storage.Bucket) -> storage.Blob:
    blob = bucket.blob("folder/a b é.txt")
    blob.upload_from_string("text", content_type="text/plain")
    return blob


def sign(blob: storage.Blob, signer: Signing, **options: object) -> str:
    return str(
        blob.generate_signed_url(version="v4", credentials=signer, **{"expiration": dt.timedelta(minutes=5), **options})
    )


def test_a_signed_url_needs_no_credentials(blob: storage.Blob, signer: Signing) -> None:
    response = requests.get(sign(blob, signer), timeout=30)

    assert (response.status_code, response.text) == (200, "text")


def test_a_signed_url_serves_ranges(blob: storage.Blob, signer: Signing) -> None:
    assert requests.get(sign(blob, signer), headers={"range": "bytes=1-2"}, timeout=30).text == "ex"


def test_a_signed_url_can_set_the_file_name_and_type_of_the_download(blob: storage.Blob, signer: Signing) -> None:
    url = sign(blob, signer, response_disposition="attachment; filename=x.txt", response_type="text/x")

    headers = requests.get(url, timeout=30).headers

    assert (headers["content-disposition"], headers["content-type"]) == ("attachment; filename=x.txt", "text/x")


def test_an_object_can_be_uploaded_by_signed_url(bucket: storage.Bucket, signer: Signing) -> None:
    url = sign(bucket.blob("put"), signer, method="PUT", content_type="text/x", headers={"x-goog-meta-run": "1"})

    response = requests.put(url, data=b"abc", headers={"content-type": "text/x", "x-goog-meta-run": "1"}, timeout=30)

    stored = bucket.get_blob("put")
    assert response.headers["x-goog-generation"] == str(stored.generation)
    assert (stored.download_as_bytes(), stored.content_type, stored.metadata) == (b"abc", "text/x", {"run": "1"})


def test_an_upload_by_signed_url_respects_its_precondition(blob: storage.Blob, signer: Signing) -> None:
    only_new = {"x-goog-if-generation-match": "0"}
    url = sign(blob, signer, method="PUT", headers=only_new)

    assert requests.put(url, data=b"new", headers=only_new, timeout=30).status_code == 412
    assert blob.download_as_bytes() == b"text"


def test_signed_urls_can_allow_head_and_delete(blob: storage.Blob, signer: Signing) -> None:
    head = requests.head(sign(blob, signer, method="HEAD"), timeout=30)
    assert (head.status_code, head.headers["content-length"]) == (200, "4")

    assert requests.delete(sign(blob, signer, method="DELETE"), timeout=30).status_code == 204
    assert not blob.exists()


def test_a_signed_url_of_an_absent_object_is_not_found(bucket: storage.Bucket, signer: Signing) -> None:
    response = requests.get(sign(bucket.blob("absent"), signer), timeout=30)

    assert response.status_code == 404
    assert "<Code>notFound</Code>" in response.text


def test_an_unsigned_request_is_refused(service: StorageStandIn, blob: storage.Blob) -> None:
    assert requests.get(f"{service.url}/lab-bucket/folder/a%20b%20%C3%A9.txt", timeout=30).status_code == 403


def test_a_url_signed_for_one_method_does_not_allow_another(blob: storage.Blob, signer: Signing) -> None:
    assert requests.delete(sign(blob, signer), timeout=30).status_code == 403
    assert blob.exists()


@pytest.mark.parametrize(
    ("old", "new"),
    [("folder/", "other/"), ("X-Goog-Expires=300", "X-Goog-Expires=400"), ("Signature=", "Signature=zz")],
    ids=["another object", "a later expiry", "no hexadecimal signature"],
)
def test_an_altered_url_is_refused(blob: storage.Blob, signer: Signing, old: str, new: str) -> None:
    altered = sign(blob, signer).replace(old, new)

    assert requests.get(altered, timeout=30).status_code == 403


def test_a_url_signed_with_another_key_is_refused(blob: storage.Blob, tmp_path: Path) -> None:
    other_signer = credentials(tmp_path / "other")

    assert requests.get(sign(blob, other_signer), timeout=30).status_code == 403


def test_without_keys_no_signature_is_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signer: Signing) -> None:
    service = StorageStandIn(0, tmp_path / "open")
    service.start()
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", service.url)
    client = storage.Client(project="lab")
    blob = client.create_bucket("lab-bucket").blob("a")
    blob.upload_from_string("text")

    texts = [requests.get(url, timeout=30).text for url in (sign(blob, signer), f"{service.url}/lab-bucket/a")]

    client.close()
    service.stop()
    assert texts == ["text", "text"]
