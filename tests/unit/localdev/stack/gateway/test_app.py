"""The gateway identifies the caller and forwards requests and responses unchanged and without delay."""

import asyncio
import gzip
import json
import queue
import socket
from collections.abc import Iterator
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from mailbox import Maildir
from pathlib import Path
from threading import Event, Thread
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from aiohttp import web
from google.auth import jwt

from common.domain.notifications.mail import mail
from localdev.stack.gateway.app import Gateway
from localdev.stack.gateway.iap import ASSERTION_HEADER, IapSigner
from localdev.stack.layout import DEFAULT_USER, HOST, USERS
from localdev.stack.ports import Ports, free_ports
from tests.support.notifications.notifications import notification


class _Function(BaseHTTPRequestHandler):
    """A fake function: echoes the request, or streams words."""

    protocol_version = "HTTP/1.1"
    words: queue.Queue[str]
    caller_has_left: Event

    def do_POST(self) -> None:
        self._stream() if self.path.endswith("/events") else self._echo()

    do_GET = do_POST

    def _echo(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        seen = {"path": self.path, "headers": dict(self.headers.items()), "body": body.decode("latin-1")}
        answer = json.dumps(seen).encode()
        self.send_response(302)
        self.send_header("Location", "http://elsewhere.example/")
        self.send_header("Set-Cookie", "a=1")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def _stream(self) -> None:
        self.close_connection = True
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        while word := self.words.get():
            self.wfile.write(f"{len(word):x}\r\n{word}\r\n".encode())
        self.connection.settimeout(10)
        if self.connection.recv(1) == b"":
            self.caller_has_left.set()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Print nothing."""


@pytest.fixture
def function() -> type[_Function]:
    return type("Function", (_Function,), {"words": queue.Queue(), "caller_has_left": Event()})


@pytest.fixture
def ports(function: type[_Function]) -> Iterator[Ports]:
    """The ports of a stack in which only some functions run."""
    found = free_ports()
    servers = [
        ThreadingHTTPServer((HOST, found.function(name)), function) for name in ("runs", "events", "users", "console")
    ]
    for server in servers:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield found
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def gateway(ports: Ports, tmp_path: Path) -> Iterator[str]:
    """The address of the gateway."""
    loop = asyncio.new_event_loop()
    page = tmp_path / "index.html"
    page.touch()
    runner = web.AppRunner(
        Gateway(ports, IapSigner(tmp_path), page, mails=tmp_path / "mail").application(),
        handler_cancellation=True,
        shutdown_timeout=0.1,
    )
    loop.run_until_complete(runner.setup())
    loop.run_until_complete(web.TCPSite(runner, HOST, ports.gateway).start())
    thread = Thread(target=loop.run_forever)
    thread.start()
    yield f"http://{HOST}:{ports.gateway}"
    asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def _seen(url: str, **options: object) -> dict[str, Any]:
    answer = requests.request("POST", url, allow_redirects=False, timeout=10, **options)  # type: ignore[arg-type]
    seen: dict[str, Any] = answer.json()
    return seen


def _caller(seen: dict[str, Any]) -> str:
    headers = {name.lower(): value for name, value in seen["headers"].items()}
    return str(jwt.decode(headers["x-goog-iap-jwt-assertion"], verify=False)["email"])


def test_the_function_receives_address_and_body_unchanged(gateway: str) -> None:
    seen = _seen(f"{gateway}/api/runs/a%2Fb?search=%25&x=1", data="é".encode())
    assert (seen["path"], seen["body"].encode("latin-1").decode()) == ("/api/runs/a%2Fb?search=%25&x=1", "é")


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd"])
@pytest.mark.parametrize("body", [gzip.compress(b"{}" * 999), b"not compressed"], ids=["valid", "invalid"])
def test_a_compressed_body_is_forwarded_unchanged_even_if_it_is_invalid(
    gateway: str, encoding: str, body: bytes
) -> None:
    seen = _seen(f"{gateway}/api/runs", data=body, headers={"Content-Encoding": encoding})
    assert seen["body"].encode("latin-1") == body
    assert (seen["headers"]["Content-Encoding"], seen["headers"]["Content-Length"]) == (encoding, str(len(body)))


def test_no_header_is_added_except_the_assertion(gateway: str) -> None:
    address = urlsplit(gateway)
    connection = HTTPConnection(address.netloc, timeout=10)
    connection.putrequest("POST", "/api/runs", skip_accept_encoding=True)
    connection.putheader("Content-Length", "2")
    connection.endheaders(b"{}")
    with connection.getresponse() as answer:
        seen = json.loads(answer.read())
    connection.close()
    assert {name.lower() for name in seen["headers"]} == {"host", "content-length", ASSERTION_HEADER}


def test_the_caller_receives_status_headers_and_redirects_unchanged(gateway: str) -> None:
    answer = requests.get(f"{gateway}/api/runs", allow_redirects=False, timeout=10)
    assert answer.status_code == 302
    assert (answer.headers["Location"], answer.headers["Set-Cookie"]) == ("http://elsewhere.example/", "a=1")


def test_the_caller_is_the_default_user_unless_x_dev_user_names_another(gateway: str) -> None:
    assert _caller(_seen(f"{gateway}/api/runs")) == DEFAULT_USER
    assert _caller(_seen(f"{gateway}/api/runs", headers={"X-Dev-User": "bo@lab.example"})) == "bo@lab.example"


def test_identity_headers_of_the_caller_are_dropped(gateway: str) -> None:
    forged = {"X-Goog-IAP-JWT-Assertion": "forged", "x-goog-authenticated-user-email": "accounts.google.com:root@x.y"}
    seen = _seen(f"{gateway}/api/runs", headers=forged)
    names = [name.lower() for name in seen["headers"]]
    assert _caller(seen) == DEFAULT_USER
    assert [name for name in names if name.startswith("x-goog-")] == ["x-goog-iap-jwt-assertion"]


def test_an_x_dev_user_that_is_not_an_email_address_is_refused(gateway: str) -> None:
    answer = requests.get(f"{gateway}/api/runs", headers={"X-Dev-User": "root"}, timeout=10)
    assert answer.status_code == 400
    assert "X-Dev-User" in answer.json()["detail"]


def test_a_stream_is_forwarded_word_by_word(gateway: str, function: type[_Function]) -> None:
    with requests.get(f"{gateway}/api/runs/run-1a2b3c4d/events", stream=True, timeout=10) as answer:
        pieces = answer.iter_content(None)
        for word in ("first", "second"):
            function.words.put(word)
            assert next(pieces) == word.encode()
        function.words.put("")


def test_a_disconnect_of_the_caller_ends_the_request_to_the_function(gateway: str, function: type[_Function]) -> None:
    with requests.get(f"{gateway}/api/runs/run-1a2b3c4d/events", stream=True, timeout=10) as answer:
        function.words.put("first")
        next(answer.iter_content(None))
        function.words.put("")
    assert function.caller_has_left.wait(60)


def test_a_truncated_response_is_an_error_for_the_caller(ports: Ports, gateway: str) -> None:
    def half_an_answer(listening: socket.socket) -> None:
        connection = listening.accept()[0]
        with connection:
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n")

    with socket.create_server((HOST, ports.function("logs"))) as listening:
        Thread(target=half_an_answer, args=[listening], daemon=True).start()
        with pytest.raises(requests.RequestException):
            _ = requests.get(f"{gateway}/api/runs/run-1a2b3c4d/logs", timeout=10).content


def test_a_function_that_is_down_gives_503_in_the_usual_error_shape(gateway: str) -> None:
    answer = requests.get(f"{gateway}/api/pipelines", timeout=10)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "1"
    assert {"error", "detail", "code"} <= set(answer.json())


def test_errors_of_the_gateway_carry_the_request_id(gateway: str) -> None:
    answer = requests.get(f"{gateway}/api/nowhere", headers={"X-Request-Id": "mine-to-look-for"}, timeout=10)
    assert answer.headers["X-Request-Id"] == answer.json()["request_id"] == "mine-to-look-for"
    fresh = requests.get(f"{gateway}/api/nowhere", timeout=10)
    assert fresh.headers["X-Request-Id"] == fresh.json()["request_id"]


def test_a_response_that_is_not_http_gives_503_in_the_usual_error_shape(ports: Ports, gateway: str) -> None:
    def nonsense(listening: socket.socket) -> None:
        connection = listening.accept()[0]
        with connection:
            connection.recv(65536)
            connection.sendall(b"what?\r\n\r\n")

    with socket.create_server((HOST, ports.function("logs"))) as listening:
        Thread(target=nonsense, args=[listening], daemon=True).start()
        answer = requests.get(f"{gateway}/api/runs/run-1a2b3c4d/logs", timeout=10)
    assert (answer.status_code, answer.json()["code"]) == (503, "UNAVAILABLE")


@pytest.mark.parametrize("path", ["/api/nothing", "/api", "/api%0a", "/no%0awhere", "/api/runs/run-1a2b3c4d%0a"])
def test_an_unknown_address_gives_404_in_the_usual_error_shape(gateway: str, path: str) -> None:
    answer = requests.post(gateway + path, timeout=10)
    assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")


def test_health_and_readiness_of_each_function_are_reachable(gateway: str) -> None:
    assert (
        requests.get(f"{gateway}/_functions/runs/ready", allow_redirects=False, timeout=10).json()["path"] == "/ready"
    )
    assert requests.get(f"{gateway}/_functions/nobody/ready", timeout=10).status_code == 404
    assert requests.get(f"{gateway}/_functions/queue_worker/work/launch", timeout=10).status_code == 404


def test_the_iap_keys_are_published(gateway: str, tmp_path: Path) -> None:
    assert requests.get(f"{gateway}/_iap/keys", timeout=10).json() == IapSigner(tmp_path).keys


def test_programs_are_told_that_no_sign_in_is_needed(gateway: str) -> None:
    found = requests.get(f"{gateway}/.well-known/sluice.json", timeout=10).json()
    assert found["client_id"] is None
    assert "X-Dev-User" in found["detail"]


def test_the_developers_page_is_text_for_terminals_and_html_for_browsers(gateway: str) -> None:
    plain = requests.get(f"{gateway}/dev", timeout=10)
    page = requests.get(f"{gateway}/dev", headers={"Accept": "text/html,*/*"}, timeout=10)
    assert plain.headers["Content-Type"].startswith("text/plain")
    assert page.headers["Content-Type"].startswith("text/html")
    assert f"curl {gateway}/_functions/runs/ready" in plain.text
    assert f"curl {gateway}/_functions/runs/ready" in page.text


def test_the_mails_that_were_sent_can_be_read(gateway: str, tmp_path: Path) -> None:
    assert requests.get(f"{gateway}/dev/mails", timeout=10).json() == []

    Maildir(tmp_path / "mail").add(mail(notification(), to="ana@lab.example", sender="sluice@lab.example"))

    (shown,) = requests.get(f"{gateway}/dev/mails", timeout=10).json()
    assert (shown["To"], shown["Subject"]) == ("ana@lab.example", "Sluice: Donor 1 failed")
    assert "Cause: out of memory" in shown["Text"]


def test_the_page_is_at_the_root_and_at_its_own_addresses(gateway: str) -> None:
    for path in ("/", "/runs/run-1a2b3c4d?tab=log", "/assets/index-1a2b.js", "/work/launch"):
        assert _seen_by_get(gateway + path)["path"] == path


def test_the_developers_page_stands_in_for_a_page_that_was_not_built(gateway: str, tmp_path: Path) -> None:
    (tmp_path / "index.html").unlink()
    assert f"curl {gateway}/_functions/runs/ready" in requests.get(gateway, timeout=10).text


def test_the_page_may_act_as_another_user_by_a_cookie_and_programs_by_a_header(gateway: str) -> None:
    cookies = {"dev_user": "ben%40lab.example"}
    assert _caller(_seen(f"{gateway}/api/runs", cookies=cookies)) == "ben@lab.example"
    named = {"X-Dev-User": "cleo@lab.example"}
    assert _caller(_seen(f"{gateway}/api/runs", cookies=cookies, headers=named)) == "cleo@lab.example"


def test_the_page_is_told_which_users_there_are(gateway: str) -> None:
    answer = requests.get(f"{gateway}/api/users/me", allow_redirects=False, timeout=10)
    assert answer.headers["X-Dev-Users"] == ", ".join(USERS)
    assert "X-Dev-Users" not in requests.get(f"{gateway}/api/runs", allow_redirects=False, timeout=10).headers


def test_signing_out_and_in_again_is_what_identity_aware_proxy_does(gateway: str) -> None:
    browser, script = requests.Session(), {"X-Requested-With": "XMLHttpRequest"}
    browser.get(f"{gateway}/dev/sign-out", timeout=10)
    refused = browser.get(f"{gateway}/api/runs", headers=script, timeout=10)
    assert (refused.status_code, refused.headers["x-goog-iap-generated-response"]) == (401, "true")
    moved = browser.get(f"{gateway}/runs", allow_redirects=False, timeout=10)
    assert (moved.status_code, moved.headers["Location"]) == (302, "/?gcp-iap-mode=DO_SESSION_REFRESH")
    assert "signed in" in browser.get(gateway + moved.headers["Location"], timeout=10).text
    assert browser.get(f"{gateway}/api/runs", headers=script, allow_redirects=False, timeout=10).status_code == 302


def _seen_by_get(url: str) -> dict[str, Any]:
    seen: dict[str, Any] = requests.get(url, allow_redirects=False, timeout=10).json()
    return seen
