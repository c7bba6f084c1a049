"""The bytes of objects, one file per generation, and the files that are still being received."""

import base64
import hashlib
import uuid
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import google_crc32c

_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """A received file with its size and checksums (base64); a composite object has no MD5."""

    file: Path
    size: int
    crc32c: str
    md5: str | None


def measure(file: Path, *, composite: bool = False) -> Content:
    """The size and checksums of `file`, read in blocks; a composite object has no MD5."""
    crc32c, md5, size = 0, hashlib.md5(usedforsecurity=False), 0
    with file.open("rb") as stream:
        while block := stream.read(_BLOCK):
            crc32c = google_crc32c.extend(crc32c, block)
            md5.update(block)
            size += len(block)
    md5_text = None if composite else _base64(md5.digest())
    return Content(file=file, size=size, crc32c=_base64(crc32c.to_bytes(4, "big")), md5=md5_text)


class BlobFolder:
    """The folders `blobs` and `staged`; a file in `blobs` never changes."""

    def __init__(self, folder: Path) -> None:
        self._blobs, self._staged = folder / "blobs", folder / "staged"
        self._blobs.mkdir(parents=True, exist_ok=True)
        self._staged.mkdir(exist_ok=True)

    def blob(self, generation: int) -> Path:
        return self._blobs / f"{generation:x}"

    def staged(self, name: str) -> Path:
        """The file for the bytes that the upload `name` has received."""
        return self._staged / name

    @contextmanager
    def receiving(self) -> Iterator[Path]:
        """A new file to receive into; it is removed after the block."""
        file = self.staged(uuid.uuid4().hex)
        try:
            yield file
        finally:
            file.unlink(missing_ok=True)

    def keep(self, file: Path, generation: int) -> None:
        """Link the received `file` as the bytes of `generation`; `file` stays in case of a rollback."""
        self.remove(generation)  # a rolled back transaction may have left one
        self.blob(generation).hardlink_to(file)

    def remove(self, generation: int) -> None:
        self.blob(generation).unlink(missing_ok=True)

    def sweep(self, *, generations: Collection[int], uploads: Collection[str]) -> None:
        """Remove files that a killed process left: those of no live generation and no open upload."""
        live = {self.blob(generation).name for generation in generations}
        for file in self._blobs.iterdir():
            if file.name not in live:
                file.unlink()
        for file in self._staged.iterdir():
            if file.name not in uploads:
                file.unlink()


def _base64(digest: bytes) -> str:
    return base64.b64encode(digest).decode()
