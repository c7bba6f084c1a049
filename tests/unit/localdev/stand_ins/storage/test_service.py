"""The Storage stand-in as a whole: its state after a restart and after kill -9, and many clients at once."""

import json
import signal
import socket
import sqlite3
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
from google.cloud import storage
from google.oauth2 import service_account

from localdev.stack.layout import HOST, LOGS_BUCKET, RUNS_BUCKET, WORK_BUCKET
from localdev.stack.ports import free_port
from localdev.stand_ins.storage.api.signed_urls import create_signer
from localdev.stand_ins.storage.service import StorageStandIn
from tests.unit.localdev.processes import start_stand_in

PATIENCE_S = 20.0
MEDIA = "/upload/storage/v1/b/lab-bucket/o?uploadType=media&name=a"


@contextmanager
def running(folder: Path, *options: str) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The stand-in as its supervisor starts it; killed at the end."""
    port = free_port()
    process = start_stand_in("localdev.stand_ins.storage", port, "--folder", folder, *options)
    try:
        yield f"http://127.0.0.1:{port}", process
    finally:
        process.kill()
        process.wait()


def put(url: str, name: str, content: bytes) -> dict[str, Any]:
    requests.post(f"{url}/storage/v1/b", json={"name": LOGS_BUCKET}, timeout=30)
    address = f"{url}/upload/storage/v1/b/{LOGS_BUCKET}/o?uploadType=media&name={name}"
    stored: dict[str, Any] = requests.post(address, data=content, timeout=30).json()
    return stored


def read(url: str, name: str) -> bytes:
    return requests.get(f"{url}/storage/v1/b/{LOGS_BUCKET}/o/{name}?alt=media", timeout=30).content


def files_in(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def test_objects_survive_a_kill(tmp_path: Path) -> None:
    with running(tmp_path) as (url, _):
        first = put(url, "a", b"old")
        second = put(url, "a", b"new")

    with running(tmp_path) as (url, _):
        third = put(url, "b", b"x")
        assert read(url, "a") == b"new"

    assert int(first["generation"]) < int(second["generation"]) < int(third["generation"])


def test_notices_survive_a_kill(tmp_path: Path) -> None:
    unused_address = f"http://127.0.0.1:{free_port()}/"
    with running(tmp_path, "--trigger-url", unused_address) as (url, _):
        generations = [put(url, "a", b"x")["generation"] for _ in range(3)]

    with closing(sqlite3.connect(tmp_path / "storage.db")) as database:
        kept = [json.loads(row[0]) for row in database.execute("select resource from notices")]
    assert sorted(resource["generation"] for resource in kept) == generations


def test_a_resumable_upload_can_continue_after_a_kill(tmp_path: Path) -> None:
    with running(tmp_path) as (url, _):
        put(url, "other", b"x")
        begin = f"{url}/upload/storage/v1/b/{LOGS_BUCKET}/o?uploadType=resumable&name=a"
        session = requests.post(begin, json={}, timeout=30).headers["location"].removeprefix(url)
        requests.put(url + session, data=b"abc", headers={"content-range": "bytes 0-2/*"}, timeout=30)

    with running(tmp_path) as (url, _):
        requests.put(url + session, data=b"def", headers={"content-range": "bytes 3-5/6"}, timeout=30)
        assert read(url, "a") == b"abcdef"


def test_files_left_by_a_kill_are_removed(tmp_path: Path) -> None:
    with running(tmp_path) as (url, _):
        put(url, "a", b"x")
    (tmp_path / "blobs" / "ffff").write_bytes(b"never committed")
    (tmp_path / "staged" / "half").write_bytes(b"never finished")

    with running(tmp_path) as (url, _):
        assert read(url, "a") == b"x"

    assert len(files_in(tmp_path / "blobs")) == 1
    assert files_in(tmp_path / "staged") == []


def test_replaced_and_deleted_objects_leave_no_files(tmp_path: Path) -> None:
    with running(tmp_path) as (url, _):
        for _ in range(3):
            put(url, "a", b"x")
        put(url, "b", b"x")
        requests.delete(f"{url}/storage/v1/b/{LOGS_BUCKET}/o/b", timeout=30)

        assert len(files_in(tmp_path / "blobs")) == 1


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_it_with_status_0(tmp_path: Path, stop: signal.Signals) -> None:
    with running(tmp_path) as (url, process), requests.Session() as session:
        session.get(url, timeout=30)

        process.send_signal(stop)

        assert process.wait(timeout=PATIENCE_S) == 0


def test_a_stopped_service_ends_open_connections(tmp_path: Path) -> None:
    service = StorageStandIn(0, tmp_path)
    service.start()
    with requests.Session() as session:
        session.get(service.url, timeout=30)
        service.stop()

        with pytest.raises(requests.ConnectionError):
            session.get(service.url, timeout=30)


def connect(service: StorageStandIn) -> socket.socket:
    return socket.create_connection((HOST, service.port), timeout=30)


def send_half_an_upload(connection: socket.socket, framing: str, start_of_body: bytes) -> None:
    connection.sendall(f"POST {MEDIA} HTTP/1.1\r\nHost: x\r\n{framing}\r\n\r\n".encode() + start_of_body)


def test_a_slow_client_does_not_delay_others(service: StorageStandIn, bucket: storage.Bucket) -> None:
    with connect(service) as slow:
        send_half_an_upload(slow, "Content-Length: 10", b"ab")

        assert bucket.blob("b").exists() is False


def test_an_incomplete_upload_stores_nothing(service: StorageStandIn, bucket: storage.Bucket) -> None:
    for framing, start_of_body in (
        ("Content-Length: 10", b"abc"),
        ("Transfer-Encoding: chunked", b"3\r\nabc\r\n5\r\nab"),
    ):
        with connect(service) as leaving:
            send_half_an_upload(leaving, framing, start_of_body)
            leaving.shutdown(socket.SHUT_WR)
            assert leaving.recv(1000) == b""

    assert not bucket.blob("a").exists()


def test_a_refused_upload_does_not_disturb_the_next_request(service: StorageStandIn, bucket: storage.Bucket) -> None:
    bucket.blob("a").upload_from_string("old")
    with requests.Session() as session:
        refused = session.post(f"{service.url}{MEDIA}&ifGenerationMatch=1", data=b"x" * 2_000_000, timeout=30)
        served = session.get(f"{service.url}/storage/v1/b/lab-bucket/o/a?alt=media", timeout=30)

    assert (refused.status_code, served.text) == (412, "old")


PAGES = "http://127.0.0.1:8080"


@pytest.fixture
def guarded(tmp_path: Path, keys: Path) -> Iterator[StorageStandIn]:
    service = StorageStandIn(0, tmp_path / "guarded", keys=keys, origins=[PAGES])
    service.require_login(("sluice", "secret"))
    service.start()
    address = f"{service.url}/storage/v1/b?project=p"
    requests.post(address, json={"name": "lab-bucket"}, auth=("sluice", "secret"), timeout=30).raise_for_status()
    yield service
    service.stop()


def test_only_the_pages_of_the_stack_may_read_from_another_origin(guarded: StorageStandIn) -> None:
    asked, address = {"access-control-request-method": "GET"}, f"{guarded.url}/{RUNS_BUCKET}/a"

    ours = requests.options(address, headers=asked | {"origin": PAGES}, timeout=30)
    others = [
        requests.options(address, headers=asked | {"origin": origin}, timeout=30)
        for origin in ("http://localhost:3000", "https://evil.example", "null")
    ]

    assert (ours.status_code, ours.headers["access-control-allow-origin"]) == (200, PAGES)
    assert ours.headers["access-control-allow-methods"] == "GET, HEAD"
    assert "Range" in ours.headers["access-control-allow-headers"]
    assert {(other.status_code, other.headers.get("access-control-allow-origin")) for other in others} == {(403, None)}


@pytest.mark.parametrize(("bucket", "method"), [(RUNS_BUCKET, "PUT"), (WORK_BUCKET, "GET"), ("lab-bucket", "GET")])
def test_pages_may_neither_write_nor_read_work_files(guarded: StorageStandIn, bucket: str, method: str) -> None:
    asked = {"access-control-request-method": method, "origin": PAGES}

    answer = requests.options(f"{guarded.url}/{bucket}/a", headers=asked, timeout=30)

    assert not [name for name in answer.headers if name.lower().startswith("access-control")]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", "/storage/v1/b/lab-bucket"),
        ("GET", "/storage/v1/b/lab-bucket/o?X-Goog-Signature=00"),
        ("GET", "/download/storage/v1/b/lab-bucket/o/a?alt=media&X-Goog-Signature=00"),
        ("POST", "/upload/storage/v1/b/lab-bucket/o?uploadType=media&name=a"),
        ("POST", "/upload/storage/v1/b/lab-bucket/o?uploadType=media&name=a&X-Goog-Signature=00"),
        ("DELETE", "/storage/v1/b/lab-bucket"),
        ("GET", "/lab-bucket/a"),
        ("GET", "/lab-bucket/a?X-Goog-Signature=00"),
        ("PUT", "/lab-bucket/a?X-Goog-Signature=00"),
        ("POST", "/batch/storage/v1"),
    ],
)
def test_without_the_secret_or_a_valid_signature_nothing_is_answered(
    guarded: StorageStandIn, method: str, path: str
) -> None:
    wrong = ("sluice", "wrong")
    answers = [requests.request(method, guarded.url + path, auth=auth, timeout=30) for auth in (None, wrong)]
    assert all(answer.status_code in {400, 401, 403, 404} for answer in answers)


def test_a_browser_needs_only_the_signature(
    guarded: StorageStandIn, keys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", guarded.url)
    signer = service_account.Credentials.from_service_account_file(create_signer(keys))
    address = f"{guarded.url}/upload/storage/v1/b/lab-bucket/o?uploadType=media&name=a"
    requests.post(address, data=b"abc", auth=("sluice", "secret"), timeout=30).raise_for_status()
    blob = storage.Client("p").bucket("lab-bucket").blob("a")
    url = blob.generate_signed_url(version="v4", expiration=60, method="GET", credentials=signer)

    link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    followed = requests.get(url, headers=link, timeout=30)
    embedded = requests.get(url, headers=link | {"Sec-Fetch-Dest": "iframe"}, timeout=30)
    rebound = requests.get(url, headers={"Host": "evil.example"}, timeout=30)

    assert (followed.status_code, followed.content) == (200, b"abc")
    assert (embedded.status_code, rebound.status_code) == (403, 403)


def test_requests_that_change_something_take_json_only(guarded: StorageStandIn) -> None:
    address, body = f"{guarded.url}/storage/v1/b?project=p", json.dumps({"name": "another"})
    headers = {"Content-Type": "text/plain"}
    answer = requests.post(address, data=body, headers=headers, auth=("sluice", "secret"), timeout=30)
    assert answer.status_code == 415


def test_concurrent_clients_read_what_they_wrote(client: storage.Client, bucket: storage.Bucket) -> None:
    def write_and_read(number: int) -> bytes:
        blob = bucket.blob(f"conc/{number}")
        blob.upload_from_string(f"v{number}")
        return bytes(blob.download_as_bytes())

    with ThreadPoolExecutor(8) as pool:
        read = list(pool.map(write_and_read, range(40)))

    assert read == [f"v{number}".encode() for number in range(40)]


def test_only_one_of_concurrent_creators_of_a_name_succeeds(service: StorageStandIn, bucket: storage.Bucket) -> None:
    def create(_number: int) -> int:
        return requests.post(f"{service.url}{MEDIA}&ifGenerationMatch=0", data=b"x", timeout=30).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(create, range(16)))

    assert statuses == [200] + [412] * 15


def test_an_error_has_the_envelope_of_cloud_storage(service: StorageStandIn) -> None:
    error = json.loads(requests.get(f"{service.url}/storage/v1/b/nowhere", timeout=30).content)["error"]

    assert (error["code"], error["errors"][0]["reason"]) == (404, "notFound")
