"""The server itself: threads, broken connections, kept connections, other origins."""

import json
import socket
from concurrent.futures import ThreadPoolExecutor

import requests
from google.cloud import storage

from localdev.stack.layout import HOST
from localdev.stand_ins.storage.service import StorageStandIn

MEDIA = "/upload/storage/v1/b/lab-bucket/o?uploadType=media&name=a"


def connect(service: StorageStandIn) -> socket.socket:
    return socket.create_connection((HOST, service.port), timeout=5)


def send_half_an_upload(connection: socket.socket, framing: str, start_of_body: bytes) -> None:
    connection.sendall(f"POST {MEDIA} HTTP/1.1\r\nHost: x\r\n{framing}\r\n\r\n".encode() + start_of_body)


def test_it_says_that_it_is_up(service: StorageStandIn) -> None:
    assert requests.get(service.url, timeout=5).json() == {"ok": True}


def test_a_slow_client_does_not_hold_up_others(service: StorageStandIn, bucket: storage.Bucket) -> None:
    with connect(service) as slow:
        send_half_an_upload(slow, "Content-Length: 10", b"ab")

        assert bucket.blob("b").exists() is False


def test_half_an_upload_stores_nothing(service: StorageStandIn, bucket: storage.Bucket) -> None:
    for framing, start_of_body in (
        ("Content-Length: 10", b"abc"),
        ("Transfer-Encoding: chunked", b"3\r\nabc\r\n5\r\nab"),
    ):
        with connect(service) as leaving:
            send_half_an_upload(leaving, framing, start_of_body)
            leaving.shutdown(socket.SHUT_WR)
            assert leaving.recv(1000) == b""

    assert not bucket.blob("a").exists()


def test_a_refused_upload_does_not_confuse_the_next_request(service: StorageStandIn, bucket: storage.Bucket) -> None:
    bucket.blob("a").upload_from_string("old")
    with requests.Session() as session:
        refused = session.post(f"{service.url}{MEDIA}&ifGenerationMatch=1", data=b"x" * 2_000_000, timeout=5)
        served = session.get(f"{service.url}/storage/v1/b/lab-bucket/o/a?alt=media", timeout=5)

    assert (refused.status_code, served.text) == (412, "old")


def test_a_browser_of_another_origin_may_upload_and_read(service: StorageStandIn) -> None:
    asked = {
        "origin": "http://localhost:3000",
        "access-control-request-method": "PUT",
        "access-control-request-headers": "x-goog-meta-run",
    }

    answer = requests.options(f"{service.url}/lab-bucket/a", headers=asked, timeout=5)

    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "PUT" in answer.headers["access-control-allow-methods"]
    assert answer.headers["access-control-allow-headers"] == "x-goog-meta-run"


def test_many_clients_at_once_each_get_their_own(client: storage.Client, bucket: storage.Bucket) -> None:
    def write_and_read(number: int) -> bytes:
        blob = bucket.blob(f"conc/{number}")
        blob.upload_from_string(f"v{number}")
        return bytes(blob.download_as_bytes())

    with ThreadPoolExecutor(8) as pool:
        read = list(pool.map(write_and_read, range(40)))

    assert read == [f"v{number}".encode() for number in range(40)]


def test_concurrent_creators_of_one_name_have_one_winner(service: StorageStandIn, bucket: storage.Bucket) -> None:
    def create(_number: int) -> int:
        return requests.post(f"{service.url}{MEDIA}&ifGenerationMatch=0", data=b"x", timeout=5).status_code

    with ThreadPoolExecutor(8) as pool:
        answers = sorted(pool.map(create, range(16)))

    assert answers == [200] + [412] * 15


def test_an_error_has_the_envelope_that_clients_read(service: StorageStandIn) -> None:
    error = json.loads(requests.get(f"{service.url}/storage/v1/b/nowhere", timeout=5).content)["error"]

    assert (error["code"], error["errors"][0]["reason"]) == (404, "notFound")
