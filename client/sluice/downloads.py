"""Files of a run onto this disk: several at a time, resumed where they broke off, checked, never over another file."""

import base64
import hashlib
import os
import re
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO, Final

from sluice.errors import (
    ConflictError,
    ConnectionLostError,
    InputError,
    Interrupted,
    NotFoundError,
    SluiceError,
    UnavailableError,
)
from sluice.run import RunFile
from sluice.transport import Stream, Transport

AT_ONCE: Final = 8
_ATTEMPTS: Final = 3
_PART: Final = ".part"
# Names that some file system gives a meaning: drives, streams, reserved characters, controls.
_UNSAFE: Final = re.compile(r'[\x00-\x1f\x7f\\:*?"<>|]')


def target_of(folder: Path, name: str) -> Path:
    """Where the file `name` of a run belongs below `folder`. Raises InputError if that would be outside it.

    Names come from what a pipeline wrote, so they may be hostile; links in `folder` that lead outside count too.
    """
    parts = PurePosixPath(name).parts
    if (
        not parts
        or name.startswith("/")
        or _UNSAFE.search(name)
        or any(part in {"..", "."} for part in name.split("/"))
    ):
        raise InputError(f"{name!r} is no safe name for a file; it was left out")
    target = folder.joinpath(*parts)
    if not target.parent.resolve().is_relative_to(folder.resolve()):
        raise InputError(f"{name!r} leads out of {folder} through a link; it was left out")
    return target


@dataclass(slots=True)
class Download:
    """Fetches files with `transport`; `fresh_link` looks a file up again, None if it is gone."""

    transport: Transport
    fresh_link: Callable[[str], RunFile | None]
    overwrite: bool = False
    stop: threading.Event = field(default_factory=threading.Event)

    def fetch(self, file: RunFile, target: Path) -> bool:
        """Bring the file to `target`; False if it is there already, with the same content.

        Raises ConflictError if another file is there, NotFoundError if the file was deleted, UnavailableError if the
        connection does not come back or the content is damaged, InputError if the disk does not take the file.
        """
        try:
            return self._fetch(file, target)
        except OSError as error:
            raise InputError(f"{target} cannot be written: {error.strerror}") from error

    def _fetch(self, file: RunFile, target: Path) -> bool:
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.is_symlink() or (target.exists() and not target.is_file()):
            raise ConflictError(f"{target} is there already and is no file")
        if target.exists() and not self.overwrite:
            if self._is_same(file, target):
                return False
            raise ConflictError(f"{target} is there already with other content; --overwrite replaces it")
        part = target.with_name(f".{target.name}{_PART}")
        for _ in range(_ATTEMPTS):
            fetched, md5 = self._fetch_part(file, part)
            if part.stat().st_size == fetched.size and md5 in {None, md5_of(part)}:
                self._place(part, target)
                return True
            part.unlink()  # it was replaced in the bucket while it was read, or the part was of an earlier one
            file = self._looked_up(file)
        raise UnavailableError(f"{file.path} is damaged whenever it arrives")

    def _fetch_part(self, file: RunFile, part: Path) -> tuple[RunFile, str | None]:
        """Fetch what `part` lacks; the file as it was last looked up, and the MD5 that Storage says it has."""
        patience, renewals = self.transport.patience(), 0
        while True:
            before = _size_of(part)
            try:
                return file, self._fetch_rest(file, part)
            except ConnectionLostError as lost:
                patience = self.transport.patience() if _size_of(part) > before else patience
                if not patience.pause(lost.retry_after_s):
                    raise
            except NotFoundError:
                renewals += 1
                if renewals > _ATTEMPTS:
                    raise
                file = self._looked_up(file)

    def _fetch_rest(self, file: RunFile, part: Path) -> str | None:
        """Append what `part` lacks; the MD5 of the whole file, which Storage sends with any range of it."""
        start = min(_size_of(part), max(file.size - 1, 0))  # the last byte once more if all is there
        with self.transport.download(_link_of(file), {"Range": f"bytes={start}-"} if start else {}) as stream:
            self._write(stream, part, start)
            return _md5_in(stream)

    def _write(self, stream: Stream, part: Path, start: int) -> None:
        with _opened(part) as out:
            out.truncate(start if stream.status == 206 else 0)
            out.seek(0, os.SEEK_END)
            if stream.status == 416:
                return  # what is there is longer than the file: its size will be found wrong
            for piece in stream.pieces:
                if self.stop.is_set():
                    raise Interrupted("stopped")
                out.write(piece)

    def _is_same(self, file: RunFile, target: Path) -> bool:
        if target.stat().st_size != file.size:
            return False
        return self._md5_of_stored(file) in {None, md5_of(target)}

    def _md5_of_stored(self, file: RunFile) -> str | None:
        """What Storage says, with the first byte of the file."""
        patience = self.transport.patience()
        while True:
            try:
                with self.transport.download(_link_of(file), {"Range": "bytes=0-0"} if file.size else {}) as stream:
                    return _md5_in(stream)
            except ConnectionLostError as lost:
                if not patience.pause(lost.retry_after_s):
                    raise

    def _looked_up(self, file: RunFile) -> RunFile:
        found = self.fresh_link(file.path)
        if found is None:
            raise NotFoundError(f"{file.path} is not there any more")
        return found

    def _place(self, part: Path, target: Path) -> None:
        if self.overwrite:
            part.replace(target)
            return
        try:
            os.link(part, target)  # unlike a rename, it fails if somebody else made the file meanwhile
        except FileExistsError as error:
            raise ConflictError(f"{target} is there already with other content; --overwrite replaces it") from error
        part.unlink()

    def fetch_all(self, files: Iterable[tuple[RunFile, Path]]) -> Iterator[tuple[Path, bool | SluiceError]]:
        """Fetch files, `AT_ONCE` at a time, and look only as far ahead as that: links expire.

        Yields each path as it is done, with the answer of `fetch` or its error.
        """
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="download") as threads:
            try:
                yield from self._all_in(threads, files)
            finally:
                self.stop.set()  # at ctrl-C the threads end with their next piece

    def _all_in(
        self, threads: Executor, files: Iterable[tuple[RunFile, Path]]
    ) -> Iterator[tuple[Path, bool | SluiceError]]:
        waiting: dict[Future[bool], Path] = {}
        for file, target in files:
            if len(waiting) >= AT_ONCE:
                yield from _done_of(waiting)
            waiting[threads.submit(self.fetch, file, target)] = target
        while waiting:
            yield from _done_of(waiting)


def _done_of(waiting: dict[Future[bool], Path]) -> Iterator[tuple[Path, bool | SluiceError]]:
    """Wait until one of these is done, and take out those that are. Raises what is no SluiceError."""
    for future in wait(waiting, return_when=FIRST_COMPLETED).done:
        error = future.exception()
        if error is not None and not isinstance(error, SluiceError):
            raise error
        yield waiting.pop(future), error if isinstance(error, SluiceError) else future.result()


def md5_of(file: Path) -> str:
    """The MD5 of a file, in base64 as Storage writes it."""
    with file.open("rb") as opened:
        return base64.b64encode(hashlib.file_digest(opened, _md5).digest()).decode()


def _md5() -> "hashlib._Hash":
    return hashlib.md5(usedforsecurity=False)


def _size_of(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0


def _md5_in(stream: Stream) -> str | None:
    """The MD5 of the whole file; None for an object that was composed of others, which has only a CRC32C."""
    hashes = dict(part.strip().partition("=")[::2] for part in stream.headers.get("x-goog-hash", "").split(","))
    return hashes.get("md5")


def _opened(part: Path) -> IO[bytes]:
    flags = os.O_WRONLY | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    return os.fdopen(os.open(part, flags, 0o666), "wb")


def _link_of(file: RunFile) -> str:
    if file.download_url is None:
        raise NotFoundError(f"{file.path} has no link; ask the operator of the service")
    return file.download_url
