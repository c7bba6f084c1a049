"""The HTTP server: one thread per connection, bodies and answers streamed."""

import gzip
import socket
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import cast

from localdev.stack.layout import HOST
from localdev.stand_ins.storage.api.messages import FileRange, Request, Response, Unpacked
from localdev.stand_ins.storage.api.request_body import body_of, drain

_BLOCK = 1 << 16


class StorageServer(ThreadingHTTPServer):
    """Serves `answer` on 127.0.0.1; answers nothing until `answer` is set."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, port: int) -> None:
        super().__init__((HOST, port), StorageHandler)
        self.answer: Callable[[Request], Response]
        self.connections: set[socket.socket] = set()

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def hang_up(self) -> None:
        """End the connections that clients keep open."""
        for connection in list(self.connections):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class StorageHandler(BaseHTTPRequestHandler):
    """Carries requests to the server's `answer`, and answers back."""

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
        """A client that leaves in the middle ends its own connection and is nobody's fault."""
        try:
            super().handle_one_request()
        except ConnectionError:
            self.close_connection = True

    def _serve(self) -> None:
        body = body_of(self.rfile, self.headers)
        request = Request.of(self.command, self.path, self.headers, body)
        response = _preflight(request) if self.command == "OPTIONS" else self._server.answer(request)
        drain(body)
        self._send(response)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _serve

    def log_request(self, code: object = "-", size: object = "-") -> None:
        """Say nothing: the callers' own telemetry tells enough."""

    @property
    def _server(self) -> StorageServer:
        return cast("StorageServer", self.server)

    def _send(self, response: Response) -> None:
        content = response.content
        self.send_response(response.status)
        headers = {"access-control-allow-origin": "*", "access-control-expose-headers": "*", **response.headers}
        if isinstance(content, bytes | FileRange):
            length = len(content) if isinstance(content, bytes) else content.length
            headers["content-length"] = str(length)
        else:
            headers["transfer-encoding"] = "chunked"
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self._send_content(content)
        self.wfile.flush()

    def _send_content(self, content: bytes | FileRange | Unpacked) -> None:
        wanted = self.command != "HEAD"
        if isinstance(content, bytes):
            self.wfile.write(content if wanted else b"")
            return
        with content.file:
            if isinstance(content, FileRange) and content.length and wanted:
                self.wfile.flush()
                self.connection.sendfile(content.file, content.start, content.length)
            elif isinstance(content, Unpacked) and wanted:
                self._send_chunks(content)

    def _send_chunks(self, content: Unpacked) -> None:
        with gzip.open(content.file) as stream:
            while block := stream.read(_BLOCK):
                self.wfile.write(b"%x\r\n%b\r\n" % (len(block), block))
        self.wfile.write(b"0\r\n\r\n")


def _preflight(request: Request) -> Response:
    headers = {
        "access-control-allow-methods": "GET, HEAD, PUT, POST, PATCH, DELETE",
        "access-control-allow-headers": request.headers.get("access-control-request-headers", "*"),
        "access-control-max-age": "3600",
    }
    return Response(200, headers)
