"""The bytes of an object as a response: all, a range, or decompressed."""

import gzip
import re
from collections.abc import Iterator
from typing import BinaryIO

from werkzeug.http import http_date
from werkzeug.wrappers import Response

from localdev.stand_ins.http.messages import FileRange, Request
from localdev.stand_ins.storage.objects.object_store import CopySource, ObjectStore
from localdev.stand_ins.storage.objects.stored_object import StoredObject

_BLOCK = 1 << 16


def media_response(store: ObjectStore, source: CopySource, request: Request) -> Response:
    """The bytes that `request` asks for: status 200, 206 for a range, 416 for a range that begins after the end."""
    stored, file = store.open(source)
    headers = _headers(stored, request)
    if stored.fields.get("contentEncoding") == "gzip" and "gzip" not in request.headers.get("accept-encoding", ""):
        return _unpacked(file, headers)
    if "contentEncoding" in stored.fields:
        headers["content-encoding"] = stored.fields["contentEncoding"]
    selected = byte_range(request.headers.get("range", ""), stored.size)
    if selected is None:
        return _part(file, range(stored.size), 200, headers)
    if not selected:
        file.close()
        return Response("The requested range cannot be satisfied.", 416, {"content-range": f"bytes */{stored.size}"})
    headers["content-range"] = f"bytes {selected.start}-{selected.stop - 1}/{stored.size}"
    return _part(file, selected, 206, headers)


def byte_range(header: str, size: int) -> range | None:
    """The bytes that a Range header selects, possibly none; None for a header without one valid range."""
    match = re.fullmatch(r"bytes=(\d*)-(\d*)", header)
    if not match or not any(match.groups()):
        return None
    first, last = match.groups()
    if not first:
        return range(max(0, size - int(last)), size)
    if last and int(last) < int(first):
        return None
    return range(int(first), min(int(last) + 1, size) if last else size)


def _part(file: BinaryIO, selected: range, status: int, headers: dict[str, str]) -> Response:
    headers["content-length"] = str(len(selected))
    return Response(FileRange(file, selected.start, len(selected)), status, headers, direct_passthrough=True)


def _unpacked(file: BinaryIO, headers: dict[str, str]) -> Response:
    def blocks() -> Iterator[bytes]:
        with gzip.open(file) as stream:
            while block := stream.read(_BLOCK):
                yield block

    response = Response(blocks(), headers=headers)
    response.call_on_close(file.close)
    return response


def _headers(stored: StoredObject, request: Request) -> dict[str, str]:
    fields = stored.fields
    md5 = f",md5={fields['md5Hash']}" if "md5Hash" in fields else ""
    headers = {
        "accept-ranges": "bytes",
        "content-type": request.args.get("response-content-type") or fields["contentType"],
        "etag": f'"{stored.etag}"',
        "last-modified": http_date(stored.generation / 1e6),
        "x-goog-generation": str(stored.generation),
        "x-goog-metageneration": str(stored.metageneration),
        "x-goog-hash": f"crc32c={fields['crc32c']}{md5}",
        "x-goog-storage-class": fields["storageClass"],
        "x-goog-stored-content-encoding": fields.get("contentEncoding", "identity"),
        "x-goog-stored-content-length": str(stored.size),
    }
    disposition = request.args.get("response-content-disposition") or fields.get("contentDisposition")
    optional = {"content-disposition": disposition, "cache-control": fields.get("cacheControl")}
    return headers | {name: value for name, value in optional.items() if value}
