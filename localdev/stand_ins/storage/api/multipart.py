"""Reads multipart uploads: metadata, then bytes, which are never held in memory."""

import io
import json
import shutil
from email.message import Message
from email.parser import BytesParser
from pathlib import Path
from typing import IO

from localdev.stand_ins.http.messages import Json, Request
from localdev.stand_ins.storage.errors import StorageError

_BLOCK = 1 << 20
_MAX_LINE = 1 << 20


def receive_multipart(request: Request, file: Path) -> tuple[Json, str | None]:
    """Write the bytes of the second part to `file`.

    Returns: The JSON object of the first part and the content type of the second.
    Raises: StorageError 400 when the body does not have two parts or the first is not a JSON object.
    """
    boundary = request.mimetype_params.get("boundary")
    if not boundary:
        raise StorageError(400, "badContent", "Missing boundary in multipart body.")
    stream = request.stream
    delimiter = f"--{boundary}".encode()
    _read_until(stream, delimiter)
    _part_headers(stream)
    fields = _json_object(_read_until(stream, delimiter))
    content_type = _part_headers(stream).get("content-type")
    with file.open("w+b") as out:
        shutil.copyfileobj(stream, out, _BLOCK)
        _cut_closing_delimiter(out, b"\r\n" + delimiter + b"--")
    return fields, content_type


def _read_until(stream: IO[bytes], delimiter: bytes) -> bytes:
    lines: list[bytes] = []
    while line := stream.readline(_MAX_LINE):
        if line.rstrip() == delimiter:
            return b"".join(lines)
        lines.append(line)
    raise StorageError(400, "badContent", "Malformed multipart body.")


def _part_headers(stream: IO[bytes]) -> Message:
    lines: list[bytes] = []
    while (line := stream.readline(_MAX_LINE)).strip():
        lines.append(line)
    return BytesParser().parsebytes(b"".join(lines), headersonly=True)


def _json_object(text: bytes) -> Json:
    try:
        fields = json.loads(text)
    except ValueError as error:
        raise StorageError(400, "parseError", f"Parse Error: {error}") from error
    if not isinstance(fields, dict):
        raise StorageError(400, "parseError", "Parse Error: not a JSON object")
    return fields


def _cut_closing_delimiter(out: io.BufferedRandom, closing: bytes) -> None:
    start = max(0, out.seek(0, io.SEEK_END) - len(closing) - 4)
    out.seek(start)
    found = out.read().rfind(closing)
    if found < 0:
        raise StorageError(400, "badContent", "Malformed multipart body.")
    out.truncate(start + found)
