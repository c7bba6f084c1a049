"""The proxy forwards requests and adds the faults it was given."""

import random
from collections.abc import Callable, Iterator
from contextlib import closing
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import ClassVar

import pytest

from chaos import fault_proxy as module
from chaos.fault_proxy import NO_FAULTS, FaultProbabilities, FaultProxy, NetworkFault
from localdev.stack.layout import HOST


class _Backend(BaseHTTPRequestHandler):
    seen: ClassVar[list[tuple[str, str, bytes]]]
    twice: ClassVar[Event]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.seen.append((self.path, self.headers["X-Name"], body))
        if len(self.seen) == 2:
            self.twice.set()
        self.send_response(201)
        self.send_header("X-Answer", "yes")
        self.end_headers()
        self.wfile.write(b"made")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Print nothing."""


MakeProxy = Callable[[FaultProbabilities], FaultProxy]


@pytest.fixture
def backend() -> type[_Backend]:
    return type("Backend", (_Backend,), {"seen": [], "twice": Event()})


@pytest.fixture
def proxy_with(backend: type[_Backend], monkeypatch: pytest.MonkeyPatch) -> Iterator[MakeProxy]:
    monkeypatch.setattr(module, "_DELAY_S", (0, 0))
    monkeypatch.setattr(module, "_HANGS_FOR_S", 0)
    proxies = []
    with ThreadingHTTPServer((HOST, 0), backend) as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

        def make(probabilities: FaultProbabilities) -> FaultProxy:
            proxies.append(FaultProxy(server.server_port, probabilities, random.Random(1)))
            proxies[-1].start()
            return proxies[-1]

        yield make
        for proxy in proxies:
            proxy.stop()
        server.shutdown()


def _post(proxy: FaultProxy) -> tuple[int, str | None, bytes]:
    with closing(HTTPConnection(HOST, proxy.port, timeout=10)) as connection:
        connection.request("POST", "/v1/jobs?job_id=a%2Fb", b"body", {"X-Name": "ana"})
        answer = connection.getresponse()
        return answer.status, answer.getheader("X-Answer"), answer.read()


@pytest.mark.parametrize("probabilities", [NO_FAULTS, FaultProbabilities({NetworkFault.LATE: 1})])
def test_a_request_and_its_answer_are_forwarded(
    proxy_with: MakeProxy, backend: type[_Backend], probabilities: FaultProbabilities
) -> None:
    assert _post(proxy_with(probabilities)) == (201, "yes", b"made")
    assert backend.seen == [("/v1/jobs?job_id=a%2Fb", "ana", b"body")]


def test_a_refused_request_is_not_forwarded(proxy_with: MakeProxy, backend: type[_Backend]) -> None:
    assert _post(proxy_with(FaultProbabilities({NetworkFault.REFUSED: 1})))[0] == 503
    assert backend.seen == []


def test_a_hung_request_gets_no_answer_and_is_not_forwarded(proxy_with: MakeProxy, backend: type[_Backend]) -> None:
    with pytest.raises((HTTPException, OSError)):
        _post(proxy_with(FaultProbabilities({NetworkFault.HUNG: 1})))
    assert backend.seen == []


def test_a_request_whose_answer_is_lost_is_forwarded(proxy_with: MakeProxy, backend: type[_Backend]) -> None:
    with pytest.raises((HTTPException, OSError)):
        _post(proxy_with(FaultProbabilities({NetworkFault.ANSWER_LOST: 1})))
    assert len(backend.seen) == 1


def test_a_repeated_request_is_forwarded_twice_and_answered_once(
    proxy_with: MakeProxy, backend: type[_Backend]
) -> None:
    assert _post(proxy_with(FaultProbabilities({NetworkFault.TWICE: 1})))[0] == 201
    assert backend.twice.wait(60)


def test_after_stop_faults_every_request_is_forwarded(proxy_with: MakeProxy) -> None:
    proxy = proxy_with(FaultProbabilities({NetworkFault.REFUSED: 1}))
    proxy.stop_faults()
    assert _post(proxy)[0] == 201
    assert (proxy.request_count, proxy.counts[NetworkFault.REFUSED]) == (1, 0)


def test_a_part_that_is_away_refuses_every_request_until_it_comes_back(
    proxy_with: MakeProxy, backend: type[_Backend]
) -> None:
    proxy = proxy_with(NO_FAULTS)
    proxy.go_away()
    assert [_post(proxy)[0], _post(proxy)[0]] == [503, 503]
    assert (proxy.refused_writes, backend.seen) == (2, [])
    proxy.come_back()
    assert _post(proxy)[0] == 201
    proxy.go_away()
    proxy.stop_faults()
    assert _post(proxy)[0] == 201


def test_a_dead_backend_gives_no_answer() -> None:
    proxy = FaultProxy(9, NO_FAULTS, random.Random(1))
    proxy.start()
    try:
        with pytest.raises((HTTPException, OSError)):
            _post(proxy)
    finally:
        proxy.stop()


def test_faults_are_drawn_with_their_probabilities() -> None:
    rng, probabilities = random.Random(1), FaultProbabilities({NetworkFault.REFUSED: 0.2, NetworkFault.LATE: 0.3})
    drawn = [probabilities.draw(rng) for _ in range(10_000)]
    assert 1900 < drawn.count(NetworkFault.REFUSED) < 2100
    assert 2900 < drawn.count(NetworkFault.LATE) < 3100
