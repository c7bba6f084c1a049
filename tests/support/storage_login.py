"""The part of the stand-in for Storage by which a running stack is recognised: it takes only its own secret."""

from http.server import BaseHTTPRequestHandler, HTTPServer

from urllib3.util import make_headers

from localdev.stack.layout import HOST
from localdev.stack.secret import StackSecret


def storage_that_takes(secret: StackSecret) -> HTTPServer:
    """A server at a free port that answers 200 to the login of `secret` and 401 to any other."""
    expected = make_headers(basic_auth=":".join(secret.login))["authorization"]

    class Storage(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.headers["Authorization"] == expected else 401)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Print nothing."""

    return HTTPServer((HOST, 0), Storage)
