"""Download links: signed with a key or through IAM, checked and served by the Storage stand-in."""

import base64
import json
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

import pytest
import requests
from google.auth.credentials import AnonymousCredentials, Credentials, Signing
from google.auth.exceptions import TransportError
from google.cloud import storage
from google.cloud.storage import _signing
from google.oauth2 import service_account
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.http import parse_options_header

from common.errors import UnavailableError
from common.services.storage import url_signer as module
from common.services.storage.links import attachment
from common.services.storage.url_signer import VALID_FOR, UrlSigner, ambient_signer, signing
from localdev.stack.layout import PROJECT, RUNS_BUCKET
from localdev.stand_ins.storage.api.signed_urls import SIGNER, create_signer
from localdev.stand_ins.storage.service import StorageStandIn as StandIn

ODD_NAMES = ["a b+c&d=e?f#g%20.txt", "müllers Proben.csv", 'say "hi" \\o/.txt', "😀.bam", "semi;colon, comma.txt"]


def read_key(file: Path) -> Signing:
    credentials: Signing = service_account.Credentials.from_service_account_file(str(file))
    return credentials


@pytest.fixture(scope="session")
def key_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return create_signer(tmp_path_factory.mktemp("keys"))


@pytest.fixture
def key(key_file: Path) -> Signing:
    return read_key(key_file)


@pytest.fixture
def own_key(storage_service: StandIn, tmp_path: Path) -> Signing:
    """The key that the stand-in trusts."""
    return read_key(create_signer(tmp_path / "keys"))


class CountingKey(service_account.Credentials):
    """A key that counts its signatures, which are all equal."""

    def __init__(self) -> None:
        super().__init__(None, SIGNER, token_uri="")  # type: ignore[no-untyped-call]
        self.signed = 0

    def sign_bytes(self, _message: bytes) -> bytes:
        self.signed += 1
        return b"signature %d" % self.signed


class CloudRun(Credentials):
    """The credentials of a function: they know their account after a call of the metadata server."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.service_account_email = "default"

    def refresh(self, _request: object) -> None:
        self.service_account_email, self.token = SIGNER, "access"


class Iam:
    """Signs blobs with `key` as IAM does; `called` records the address and the token of each call."""

    def __init__(self, key: Signing, status: HTTPStatus = HTTPStatus.OK) -> None:
        self._key, self._status = key, status
        self.called: list[tuple[str, str]] = []

    def __call__(self, *, url: str, method: str, body: bytes, headers: Mapping[str, str], **_: Any) -> SimpleNamespace:  # noqa: ANN401
        self.called.append((f"{method} {url}", headers["authorization"]))
        signature = self._key.sign_bytes(base64.b64decode(json.loads(body)["payload"]))
        data = json.dumps({"signedBlob": base64.b64encode(signature).decode()}).encode()
        return SimpleNamespace(status=self._status, data=data)


def blobs(*names: str, address: str = "http://127.0.0.1:1") -> list[storage.Blob]:
    client = storage.Client(PROJECT, AnonymousCredentials(), client_options={"api_endpoint": address})
    return [client.bucket(RUNS_BUCKET).blob(name) for name in names]


def stored(stand_in: StandIn, name: str, content: bytes) -> list[storage.Blob]:
    address = f"{stand_in.url}/upload/storage/v1/b/{RUNS_BUCKET}/o?uploadType=media&name={quote(name, safe='')}"
    requests.post(address, data=content, timeout=10).raise_for_status()
    return blobs(name, address=stand_in.url)


# ── downloads ──


@pytest.mark.parametrize("name", ["runs/run-1a2b3c4d/results/multiqc/report.html", *ODD_NAMES])
def test_a_link_downloads_the_object_under_its_base_name(storage_service: StandIn, own_key: Signing, name: str) -> None:
    [link] = UrlSigner(lambda: own_key).download_urls(stored(storage_service, name, b"content"))

    answer = requests.get(link, timeout=10)
    assert (answer.status_code, answer.content) == (200, b"content")
    assert answer.headers["Content-Disposition"] == attachment(name.rpartition("/")[2])


def test_a_link_downloads_the_current_content(storage_service: StandIn, own_key: Signing) -> None:
    [link] = UrlSigner(lambda: own_key).download_urls(stored(storage_service, "nextflow.log", b"one"))
    stored(storage_service, "nextflow.log", b"one two")

    assert requests.get(link, timeout=10).content == b"one two"


@pytest.mark.parametrize("part", ["a.txt?", "X-Goog-Expires=3600", "attachment"])
def test_an_altered_link_is_refused(storage_service: StandIn, own_key: Signing, part: str) -> None:
    stored(storage_service, "b.txt", b"secret")
    [link] = UrlSigner(lambda: own_key).download_urls(stored(storage_service, "a.txt", b"content"))
    altered = {"a.txt?": "b.txt?", "X-Goog-Expires=3600": "X-Goog-Expires=7200", "attachment": "inline"}[part]

    assert requests.get(link.replace(part, altered, 1), timeout=10).status_code == 403


def test_a_link_signed_with_another_key_is_refused(storage_service: StandIn, key: Signing) -> None:
    [link] = UrlSigner(lambda: key).download_urls(stored(storage_service, "a.txt", b"content"))

    assert requests.get(link, timeout=10).status_code == 403


def test_a_link_expires(storage_service: StandIn, own_key: Signing, monkeypatch: pytest.MonkeyPatch) -> None:
    signed_at = datetime.now(UTC) - VALID_FOR - timedelta(seconds=5)
    monkeypatch.setattr(_signing, "_NOW", lambda _zone: signed_at)
    [link] = UrlSigner(lambda: own_key).download_urls(stored(storage_service, "a.txt", b"content"))

    assert requests.get(link, timeout=10).status_code == 400


# ── signing ──


def test_a_key_file_signs_locally(key_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(key_file))
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", PROJECT)

    assert ambient_signer().signer_email == SIGNER


def test_credentials_without_a_key_sign_through_iam(storage_service: StandIn, own_key: Signing) -> None:
    iam = Iam(own_key)
    [link] = UrlSigner(lambda: signing(CloudRun(), iam)).download_urls(stored(storage_service, "a.txt", b"content"))

    assert requests.get(link, timeout=10).content == b"content"
    address = f"https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/{SIGNER}:signBlob"
    assert iam.called == [(f"POST {address}", "Bearer access")]


def test_an_account_that_may_not_sign_raises_unavailable(key: Signing) -> None:
    signer = UrlSigner(lambda: signing(CloudRun(), Iam(key, HTTPStatus.FORBIDDEN)))

    with pytest.raises(UnavailableError, match="cannot be signed now"):
        signer.download_urls(blobs("a.txt"))


def test_credentials_are_requested_again_after_a_failure(key: Signing) -> None:
    tries = iter([False, True])

    def credentials() -> Signing:
        if next(tries):
            return key
        raise TransportError("no metadata server")

    signer = UrlSigner(credentials)
    with pytest.raises(UnavailableError):
        signer.download_urls(blobs("a.txt"))
    assert signer.download_urls(blobs("a.txt"))


def test_links_are_signed_in_parallel(key: Signing) -> None:
    together = threading.Barrier(16)

    class Waiting(CountingKey):
        def sign_bytes(self, message: bytes) -> bytes:
            together.wait(timeout=10)  # raises unless 16 threads wait here
            return super().sign_bytes(message)

    assert len(UrlSigner(Waiting).download_urls(blobs(*map(str, range(48))))) == 48


# ── caching ──


def test_a_link_is_reused_until_a_fifth_of_its_life_is_left() -> None:
    key, now = CountingKey(), [time.time()]
    signer = UrlSigner(lambda: key, clock=lambda: now[0])
    first = signer.download_urls(blobs("a"))

    now[0] += 0.8 * VALID_FOR.total_seconds() - 1
    assert signer.download_urls(blobs("a")) == first
    now[0] += 1
    assert signer.download_urls(blobs("a")) != first
    assert key.signed == 2


def test_only_new_files_are_signed_and_links_keep_their_order() -> None:
    key = CountingKey()
    signer = UrlSigner(lambda: key)
    signer.download_urls(blobs("b"))
    links = signer.download_urls(blobs("a", "b", "c", "b"))

    assert [link.partition("?")[0].rpartition("/")[2] for link in links] == ["a", "b", "c", "b"]
    assert key.signed == 3


def test_the_number_of_cached_links_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_CACHED_LINKS", 2)
    key = CountingKey()
    signer = UrlSigner(lambda: key)
    for name in ("a", "b", "c", "c", "b", "a"):
        assert f"/{name}?" in signer.download_urls(blobs(name))[0]

    assert key.signed == 4  # the oldest link was signed again


def test_no_credentials_are_requested_when_there_is_nothing_to_sign() -> None:
    def no_credentials() -> Signing:
        raise AssertionError

    assert UrlSigner(no_credentials).download_urls([]) == []


def test_links_can_be_requested_from_several_threads(key: Signing) -> None:
    signer, names = UrlSigner(lambda: key), [str(number) for number in range(20)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: signer.download_urls(blobs(*names)), range(16)))

    for links in answers:
        assert [link.partition("?")[0].rpartition("/")[2] for link in links] == names


# ── file names ──


def test_a_plain_name_is_given_unchanged() -> None:
    assert attachment("report 1.html") == 'attachment; filename="report 1.html"'


def test_an_odd_name_is_given_simplified_and_unchanged() -> None:
    assert attachment('é"\\%.csv') == "attachment; filename=\"____.csv\"; filename*=UTF-8''%C3%A9%22%5C%25.csv"


@given(st.text(st.characters(codec="utf-8"), min_size=1))
def test_every_name_can_be_sent_and_read_back(name: str) -> None:
    header = attachment(name)

    assert all(" " <= character <= "~" for character in header)
    disposition, options = parse_options_header(header)
    assert (disposition, options["filename"]) == ("attachment", name)
