"""Answers a request for an object's bytes: whole, a range, or decompressed."""

import re
from email.utils import formatdate

from localdev.stand_ins.storage.api.messages import FileRange, Request, Response, Unpacked
from localdev.stand_ins.storage.objects.object_store import CopySource, ObjectStore
from localdev.stand_ins.storage.objects.stored_object import StoredObject


def media_response(store: ObjectStore, source: CopySource, request: Request) -> Response:
    """The bytes that `request` asks for: 200, 206 for a range, 416 for one that begins at or behind the end."""
    stored, file = store.open(source)
    headers = _headers(stored, request)
    if stored.fields.get("contentEncoding") == "gzip" and "gzip" not in request.headers.get("accept-encoding", ""):
        return Response(200, headers, Unpacked(file))
    if "contentEncoding" in stored.fields:
        headers["content-encoding"] = stored.fields["contentEncoding"]
    wanted = byte_range(request.headers.get("range", ""), stored.size)
    if wanted is None:
        return Response(200, headers, FileRange(file, 0, stored.size))
    if not wanted:
        file.close()
        return Response(416, {"content-range": f"bytes */{stored.size}"}, b"The requested range cannot be satisfied.")
    headers["content-range"] = f"bytes {wanted.start}-{wanted.stop - 1}/{stored.size}"
    return Response(206, headers, FileRange(file, wanted.start, len(wanted)))


def byte_range(header: str, size: int) -> range | None:
    """The bytes that a Range header asks for, empty when there are none; None when it asks for no range."""
    match = re.fullmatch(r"bytes=(\d*)-(\d*)", header)
    if not match or not any(match.groups()):
        return None
    first, last = match.groups()
    if not first:
        return range(max(0, size - int(last)), size)
    if last and int(last) < int(first):
        return None
    return range(int(first), min(int(last) + 1, size) if last else size)


def _headers(stored: StoredObject, request: Request) -> dict[str, str]:
    fields = stored.fields
    md5 = f",md5={fields['md5Hash']}" if "md5Hash" in fields else ""
    headers = {
        "accept-ranges": "bytes",
        "content-type": request.query.get("response-content-type") or fields["contentType"],
        "etag": f'"{stored.etag}"',
        "last-modified": formatdate(stored.generation / 1e6, usegmt=True),
        "x-goog-generation": str(stored.generation),
        "x-goog-metageneration": str(stored.metageneration),
        "x-goog-hash": f"crc32c={fields['crc32c']}{md5}",
        "x-goog-storage-class": fields["storageClass"],
        "x-goog-stored-content-encoding": fields.get("contentEncoding", "identity"),
        "x-goog-stored-content-length": str(stored.size),
    }
    disposition = request.query.get("response-content-disposition") or fields.get("contentDisposition")
    optional = {"content-disposition": disposition, "cache-control": fields.get("cacheControl")}
    return headers | {name: value for name, value in optional.items() if value}
