"""Cloud Storage behind signed links, as the client sees it: ranges, checksums, and connections that break."""

import base64
import hashlib
from collections.abc import Mapping

from tests.support.client.service import Asked, Told


def stored(content: bytes, *, breaks: int = 0, has_md5: bool = True, piece: int = 0) -> "StoredObject":
    """An object; the first `breaks` answers break after `piece` bytes."""
    return StoredObject(content, breaks, has_md5, piece)


class StoredObject:
    """Answers GET for one object."""

    def __init__(self, content: bytes, breaks: int, has_md5: bool, piece: int) -> None:
        self.content, self.breaks, self.has_md5, self.piece = content, breaks, has_md5, piece
        self.ranges: list[str | None] = []

    def __call__(self, asked: Asked) -> Told:
        selected = asked.headers.get("range")
        self.ranges.append(selected)
        start, status = 0, 200
        content = self.content
        if selected:
            first, _, last = selected.removeprefix("bytes=").partition("-")
            start, status = int(first), 206
            content = content[start : int(last) + 1] if last else content[start:]
            if start >= len(self.content):
                return Told(416, b"")
        if self.breaks:
            self.breaks -= 1
            return Told(status, content, self._headers(), cut_after=min(self.piece, max(len(content) - 1, 0)))
        return Told(status, content, self._headers())

    def _headers(self) -> Mapping[str, str]:
        md5 = base64.b64encode(hashlib.md5(self.content, usedforsecurity=False).digest()).decode()
        return {"x-goog-hash": f"crc32c=AAAAAA==,md5={md5}" if self.has_md5 else "crc32c=AAAAAA=="}


def file_json(name: str, link: str | None, size: int) -> dict[str, object]:
    """A file as the API lists it."""
    at = "2026-12-01T12:00:00Z"
    return {"name": name, "size": size, "updated_at": at, "gcs_uri": f"gs://sluice-runs/{name}", "download_url": link}


def files_page(**groups: list[dict[str, object]]) -> dict[str, object]:
    """A page of files by group."""
    files = {name: groups.get(name, []) for name in ("inputs", "results", "logs")}
    return {"files": files, "total": 1, "page": 1, "page_size": 50, "next_cursor": None}
