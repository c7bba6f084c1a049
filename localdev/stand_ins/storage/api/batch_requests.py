"""The batch address: many small requests in one multipart body; the responses have the same order."""

import io
from collections.abc import Callable
from email.message import Message
from email.parser import BytesParser

from werkzeug.wrappers import Response

from localdev.stand_ins.http.messages import Request
from localdev.stand_ins.http.rest_service import Route
from localdev.stand_ins.storage.errors import StorageError

_MAX_PARTS = 1000


class BatchApi:
    """Passes each part to `respond`, which serves the requests that a batch may contain."""

    def __init__(self, respond: Callable[[Request], Response]) -> None:
        self._respond = respond
        self.routes: list[Route] = [("POST", "/batch/storage/v1", self.run)]

    def run(self, request: Request) -> Response:
        boundary = request.mimetype_params.get("boundary", "")
        parts = _parts(request) if boundary else []
        if not 1 <= len(parts) <= _MAX_PARTS:
            raise StorageError(400, "badContent", f"A batch must contain 1 to {_MAX_PARTS} requests, not {len(parts)}.")
        responses = b"".join(f"--{boundary}\r\n".encode() + self._part(part) for part in parts)
        kind = f'multipart/mixed; boundary="{boundary}"'
        return Response(responses + f"--{boundary}--\r\n".encode(), content_type=kind)

    def _part(self, part: Message) -> bytes:
        response = self._respond(_inner_request(part))
        content = response.get_data()
        content_id = part.get("content-id", "").strip("<>")
        lines = [
            "Content-Type: application/http",
            f"Content-ID: <response-{content_id}>",
            "",
            f"HTTP/1.1 {response.status}",
            *(f"{name}: {value}" for name, value in response.headers if name.lower() != "content-length"),
            f"content-length: {len(content)}",
            "\r\n",
        ]
        return "\r\n".join(lines).encode() + content + b"\r\n"


def _parts(request: Request) -> list[Message]:
    head = f"content-type: {request.headers['content-type']}\r\n\r\n".encode()
    message = BytesParser().parsebytes(head + request.stream.read())
    parts = message.get_payload()
    return [part for part in parts if isinstance(part, Message)] if isinstance(parts, list) else []


def _inner_request(part: Message) -> Request:
    text = part.get_payload(decode=True)
    first, _, rest = (text if isinstance(text, bytes) else b"").lstrip().partition(b"\n")
    method, target = [*first.decode("latin-1").split(), "", ""][:2]
    headers = BytesParser().parsebytes(rest)
    body = headers.get_payload(decode=True)
    return Request.read(method, target, headers, io.BytesIO(body if isinstance(body, bytes) else b""))
