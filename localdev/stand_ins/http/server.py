"""The HTTP server of all stand-ins: one thread per connection, kept open between requests; bodies are streamed.

werkzeug's own server closes the connection after each response, which made small requests three times as expensive.
"""

import socket
import time
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import cast

from werkzeug.http import http_date
from werkzeug.wrappers import Response

from localdev.stack.layout import HOST
from localdev.stand_ins.http.messages import FileRange, Request
from localdev.stand_ins.http.request_body import body_of, drain

_BODILESS = frozenset({204, 304})

Respond = Callable[[Request], Response]


@lru_cache(maxsize=1)
def _date(second: int) -> str:
    return http_date(second)


class HttpServer(ThreadingHTTPServer):
    """Answers each request on 127.0.0.1:`port` (0 for a free one) with what `respond` returns."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, port: int, respond: Respond) -> None:
        super().__init__((HOST, port), _Connection)
        self.respond = respond
        self.connections: set[socket.socket] = set()

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def hang_up(self) -> None:
        """End the connections that clients keep open."""
        for connection in list(self.connections):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class _Connection(BaseHTTPRequestHandler):
    """The requests of one connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 1 << 16

    def setup(self) -> None:
        super().setup()
        self._server.connections.add(self.connection)

    def finish(self) -> None:
        self._server.connections.discard(self.connection)
        super().finish()

    def handle_one_request(self) -> None:
        """A client that leaves in the middle ends its own connection only, and nothing is logged."""
        try:
            super().handle_one_request()
        except ConnectionError:
            self.close_connection = True

    def handle_expect_100(self) -> bool:
        """Flushed at once: curl waits up to a second for it before it sends a large body."""
        proceed = super().handle_expect_100()
        self.wfile.flush()
        return proceed

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The Date header, formatted once a second."""
        return _date(int(time.time() if timestamp is None else timestamp))

    def log_message(self, *_args: object) -> None:
        """Log nothing: the callers log their requests."""

    def _serve(self) -> None:
        try:
            body = body_of(self.rfile, self.headers)
            request = Request.read(self.command, self.path, self.headers, body)
        except ValueError as error:
            self.close_connection = True
            self.send_error(400, str(error))
            return
        response = self._server.respond(request)
        drain(body)
        self._send(request, response)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _serve

    @property
    def _server(self) -> HttpServer:
        return cast("HttpServer", self.server)

    def _send(self, request: Request, response: Response) -> None:
        chunked = response.is_streamed and "content-length" not in response.headers
        with response:
            self.send_response(response.status_code)
            for name, value in response.headers:
                self.send_header(name, value)
            if chunked:
                self.send_header("transfer-encoding", "chunked")
            elif not response.response and response.status_code not in _BODILESS:
                self.send_header("content-length", "0")
            self.end_headers()
            if request.method != "HEAD":
                self._send_content(response, chunked=chunked)
            self.wfile.flush()

    def _send_content(self, response: Response, *, chunked: bool) -> None:
        content = response.response
        if isinstance(content, FileRange) and content.length:
            self.wfile.flush()
            self.connection.sendfile(content.file, content.start, content.length)
            return
        for block in response.iter_encoded():
            self.wfile.write(b"%x\r\n%b\r\n" % (len(block), block) if chunked and block else block)
        if chunked:
            self.wfile.write(b"0\r\n\r\n")
