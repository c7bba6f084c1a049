import socket
import ssl
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import pytest

from common.errors import UnavailableError
from common.services.notifications.outside import AddressRefusedError, Answer, Outside, SocketAddress, connect, resolve
from localdev.stand_ins.certificate import make_certificate
from tests.support.notifications.receiver import Receiver, status
from tests.support.rows import each_row

PUBLIC = ("93.184.215.14", 443)
URL = "https://hooks.example.org/in?room=7"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_certificate(tmp_path_factory.mktemp("keys"), "hooks.example.org")


class Internet:
    """A network where a name has the `answers` in turn, and every address but `dead` ones leads to `receiver`."""

    def __init__(
        self, receiver: SocketAddress, *answers: Sequence[SocketAddress], dead: Sequence[SocketAddress] = ()
    ) -> None:
        self._receiver, self._answers, self._dead = receiver, list(answers), dead
        self.looked_up: list[str] = []
        self.connected: list[SocketAddress] = []

    def resolve(self, host: str, _port: int) -> Sequence[SocketAddress]:
        self.looked_up.append(host)
        return self._answers.pop(0)

    def connect(self, address: SocketAddress, limit_s: float) -> socket.socket:
        self.connected.append(address)
        if address in self._dead:
            raise ConnectionRefusedError
        return connect(self._receiver, limit_s)

    def outside(self, certificate: Path, *, limit_s: float = 10) -> Outside:
        def make_tls() -> ssl.SSLContext:
            return ssl.create_default_context(cafile=certificate)

        return Outside(resolve=self.resolve, connect=self.connect, make_tls=make_tls, limit_s=limit_s)


def post_to(receiver: Receiver, *, limit_s: float = 10) -> Answer:
    """Send to a receiver without TLS, at the exempt origin."""
    return Outside(exempt=receiver.origin, limit_s=limit_s).post(f"{receiver.origin}/in", {}, b"{}")


def test_a_request_arrives_at_the_checked_address_under_the_name_of_the_host(certificate: Path) -> None:
    with Receiver(status("200 OK"), certificate=certificate) as receiver:
        internet = Internet(receiver.address, [PUBLIC])
        answer = internet.outside(certificate).post(URL, {"webhook-id": "n-1"}, b'{"a": 1}')

    assert answer == Answer(200)
    assert internet.connected == [PUBLIC]
    (received,) = receiver.received
    assert (received.path, received.body, received.name) == ("/in?room=7", b'{"a": 1}', "hooks.example.org")
    assert (received.headers["Host"], received.headers["webhook-id"]) == ("hooks.example.org", "n-1")
    assert received.headers["Connection"] == "close"


def test_a_name_that_changes_its_address_after_the_check_gains_nothing(certificate: Path) -> None:
    with Receiver(certificate=certificate) as receiver:
        internet = Internet(receiver.address, [PUBLIC], [("169.254.169.254", 443)])
        internet.outside(certificate).post(URL, {}, b"")

    assert internet.looked_up == ["hooks.example.org"]
    assert internet.connected == [PUBLIC]


@each_row("private", of=["169.254.169.254", "127.0.0.1", "10.64.0.3", "::1", "::ffff:10.0.0.1", "fe80::1%eth0"])
def test_a_name_with_one_private_address_is_not_connected_to(private: str, certificate: Path) -> None:
    with Receiver(certificate=certificate) as receiver:
        internet = Internet(receiver.address, [PUBLIC, (private, 443)])
        with pytest.raises(AddressRefusedError, match=r"not public: hooks\.example\.org"):
            internet.outside(certificate).post(URL, {}, b"")

    assert internet.connected == []


@each_row("url", of=["https://169.254.169.254/computeMetadata/v1", "http://hooks.example.org/in", "https://localhost/"])
def test_an_address_that_no_receiver_may_have_is_not_even_looked_up(url: str, certificate: Path) -> None:
    with Receiver() as receiver, pytest.raises(AddressRefusedError, match="the address "):
        Internet(receiver.address).outside(certificate).post(url, {}, b"")


def test_a_certificate_for_another_name_is_not_accepted(certificate: Path) -> None:
    with Receiver(certificate=certificate) as receiver:
        internet = Internet(receiver.address, [PUBLIC])
        with pytest.raises(UnavailableError, match=r"certificate of evil\.example\.org is not"):
            internet.outside(certificate).post("https://evil.example.org/", {}, b"")

    assert receiver.received == []


def test_the_next_address_is_tried_when_one_does_not_answer(certificate: Path) -> None:
    dead = ("2606:4700::1111", 443, 0, 0)
    with Receiver(certificate=certificate) as receiver:
        internet = Internet(receiver.address, [dead, PUBLIC], dead=[dead])
        internet.outside(certificate).post(URL, {}, b"")

    assert internet.connected == [dead, PUBLIC]


def test_a_host_without_an_address_is_away(certificate: Path) -> None:
    with Receiver() as receiver, pytest.raises(UnavailableError, match=r"hooks\.example\.org cannot be reached"):
        Internet(receiver.address, []).outside(certificate).post(URL, {}, b"")


def test_a_name_that_nobody_knows_is_away() -> None:
    def unknown(_host: str, _port: int) -> Sequence[SocketAddress]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    with pytest.raises(UnavailableError, match=r"the name hooks\.example\.org is not known"):
        Outside(resolve=unknown).post(URL, {}, b"")


def test_a_redirect_is_an_answer_and_not_followed() -> None:
    with Receiver() as elsewhere, Receiver(status("302 Found", f"Location: {elsewhere.origin}/")) as receiver:
        assert post_to(receiver).status == 302

    assert elsewhere.received == []


def test_the_answer_says_when_to_come_back() -> None:
    with Receiver(status("503 Service Unavailable", "Retry-After: 120")) as receiver:
        assert post_to(receiver) == Answer(503, "120")


def test_the_body_of_an_answer_is_not_read() -> None:
    sent: list[int] = []

    def much(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10000000\r\n\r\n")
        with suppress(OSError):
            sent.extend(connection.send(bytes(1000)) for _ in range(10_000))

    with Receiver(much) as receiver:
        assert post_to(receiver) == Answer(200)

    assert sum(sent) < 10_000_000  # the rest was sent to nobody


def test_an_answer_in_drops_takes_no_longer_than_the_limit() -> None:
    def drip(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        for _ in range(500):
            connection.sendall(b"x: y\r\n")
            time.sleep(0.02)

    began = time.monotonic()
    with Receiver(drip) as receiver:
        with pytest.raises(UnavailableError, match=r"did not answer within 0\.2 s"):
            post_to(receiver, limit_s=0.2)
        took = time.monotonic() - began

    assert took < 2  # 500 drops would take 10 s


def test_a_receiver_that_says_nothing_is_away(certificate: Path) -> None:
    silent = socket.create_server(("127.0.0.1", 0))  # its backlog takes the connection, and nobody answers
    internet, began = Internet(silent.getsockname(), [PUBLIC]), time.monotonic()
    with silent, pytest.raises(UnavailableError, match="did not answer"):
        internet.outside(certificate, limit_s=0.1).post(URL, {}, b"")
    assert time.monotonic() - began < 2


@each_row("garbage", of=[b"", b"SSH-2.0-OpenSSH_9.6\r\n", b"HTTP/1.1 200 OK\r\n" + b"x" * 70_000])
def test_an_answer_that_is_not_http_is_an_error_and_no_delivery(garbage: bytes) -> None:
    receiver = Receiver(lambda connection: connection.sendall(garbage))
    with receiver, pytest.raises(UnavailableError, match=r"127\.0\.0\.1 cannot be reached"):
        post_to(receiver)


def test_a_host_in_digits_is_its_own_address() -> None:
    assert [address[0] for address in resolve("127.0.0.1", 443)] == ["127.0.0.1"]
