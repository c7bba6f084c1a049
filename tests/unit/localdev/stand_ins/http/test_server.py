"""The HTTP server of the stand-ins: kept connections, bodies, broken clients, stopping."""

import io
import logging
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests
from werkzeug.wrappers import Response

from localdev.stack.layout import HOST
from localdev.stand_ins.http.messages import FileRange, Json, Request
from localdev.stand_ins.http.rest_service import RestService, Route

CONTENT = bytes(range(256)) * 1000


def _echo(request: Request) -> Json:
    return {"body": request.stream.read().decode()}


def _ignore_body(_request: Request) -> Json:
    return {}


def _blocks(_request: Request) -> Response:
    return Response(iter([b"one", b"", b"two"]))


class AnyBody(RestService):
    """Takes bodies of every type."""

    def body_types(self, _request: Request) -> None:
        return None


@pytest.fixture
def closed() -> threading.Event:
    """Set when the server has closed the file of a response."""
    return threading.Event()


@pytest.fixture
def service(tmp_path: Path, closed: threading.Event) -> Iterator[RestService]:
    (tmp_path / "file").write_bytes(CONTENT)

    def part(_request: Request) -> Response:
        content = FileRange((tmp_path / "file").open("rb"), 1, 1000)
        response = Response(content, headers={"content-length": "1000"}, direct_passthrough=True)
        response.call_on_close(closed.set)
        return response

    routes: list[Route] = [
        ("POST", "/echo", _echo),
        ("POST", "/ignore", _ignore_body),
        ("GET", "/blocks", _blocks),
        ("GET", "/part", part),
    ]
    service = AnyBody(0, routes)
    service.start()
    yield service
    service.stop()


def connect(service: RestService) -> socket.socket:
    return socket.create_connection((HOST, service.port), timeout=30)


def exchange(service: RestService, sent: bytes) -> bytes:
    """The bytes that the server answers to `sent`, until it closes the connection."""
    with connect(service) as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(1 << 16), b""))


def test_a_connection_serves_several_requests(service: RestService) -> None:
    one = b"POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\n"

    received = exchange(service, one + b"a" + one + b"b")

    assert received.count(b"HTTP/1.1 200 OK") == 2
    assert received.endswith(b'{"body": "b"}')


def test_chunks_with_extensions_and_trailers_do_not_disturb_the_next_request(service: RestService) -> None:
    head = b"POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunked = head + b"2;note=1\r\nab\r\n0\r\nTrailer: x\r\n\r\n"

    received = exchange(service, chunked + chunked)

    assert received.count(b'{"body": "ab"}') == 2


def test_an_unread_body_does_not_disturb_the_next_request(service: RestService) -> None:
    with requests.Session() as session:
        session.post(f"{service.url}/ignore", data=b"x" * 2_000_000, timeout=30)
        echoed = session.post(f"{service.url}/echo", data=b"next", timeout=30).json()

    assert echoed == {"body": "next"}


def test_a_client_that_expects_100_continue_gets_it_before_it_sends_its_body(service: RestService) -> None:
    with connect(service) as connection:
        connection.sendall(
            b"POST /echo HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n"
        )
        assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"a")
        assert connection.recv(1000).startswith(b"HTTP/1.1 200 OK")


@pytest.mark.parametrize("length", ["many", "-1"])
def test_a_bad_content_length_is_refused(service: RestService, length: str) -> None:
    received = exchange(service, f"POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n".encode())

    assert received.startswith(b"HTTP/1.1 400")


def test_a_bad_target_is_refused(service: RestService) -> None:
    assert exchange(service, b"GET http://[ HTTP/1.1\r\nHost: localhost\r\n\r\n").startswith(b"HTTP/1.1 400")


@pytest.mark.parametrize(
    ("framing", "start_of_body"),
    [
        ("Content-Length: 10", b"abc"),
        ("Transfer-Encoding: chunked", b"3\r\nabc\r\n5\r\nab"),
        ("Transfer-Encoding: chunked", b"not a size\r\n"),
    ],
)
def test_an_incomplete_body_ends_the_connection_without_a_response_or_a_log(
    service: RestService, framing: str, start_of_body: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    head = f"POST /echo HTTP/1.1\r\nHost: localhost\r\n{framing}\r\n\r\n".encode()

    assert exchange(service, head + start_of_body) == b""
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


def test_content_of_unknown_length_is_sent_in_chunks(service: RestService) -> None:
    response = requests.get(f"{service.url}/blocks", timeout=30)

    assert (response.headers["transfer-encoding"], response.content) == ("chunked", b"onetwo")


def test_a_range_of_a_file_is_sent_and_the_file_closed(service: RestService, closed: threading.Event) -> None:
    response = requests.get(f"{service.url}/part", timeout=30)

    assert response.content == CONTENT[1:1001]
    assert closed.wait(30)


def test_a_response_to_head_has_headers_only_and_its_file_is_closed(
    service: RestService, closed: threading.Event
) -> None:
    response = requests.head(f"{service.url}/part", timeout=30)

    assert (response.headers["content-length"], response.content) == ("1000", b"")
    assert closed.wait(30)


def test_a_file_range_can_be_read_without_the_server() -> None:
    content = FileRange(io.BytesIO(CONTENT), 10, 300)

    assert b"".join(content) == CONTENT[10:310]


def test_many_connections_are_served_at_once(service: RestService) -> None:
    all_connected = threading.Barrier(50)

    def post(number: int) -> object:
        with requests.Session() as session:
            session.get(service.url, timeout=30)
            all_connected.wait(20)
            return session.post(f"{service.url}/echo", data=str(number), timeout=30).json()["body"]

    with ThreadPoolExecutor(50) as pool:
        assert list(pool.map(post, range(50))) == [str(number) for number in range(50)]


def test_stopping_ends_kept_connections(service: RestService) -> None:
    other = RestService(0)
    other.start()
    with requests.Session() as session:
        session.get(other.url, timeout=30)
        other.stop()

        with pytest.raises(requests.ConnectionError):
            session.get(other.url, timeout=30)
