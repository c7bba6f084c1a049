"""A folder that stands for a bucket mounted by GCSFuse: filled at the start; closed files become objects.

A file counts as closed when its size and time stay the same for one interval. A copy may be cut off, see torn_copies.
Left out: objects that others write
later, deletions and renames (a head job does neither there).
"""

import logging
import threading
import time
from pathlib import Path

import requests

from localdev.stand_ins.batch.torn_copies import TornCopies
from localdev.stand_ins.storage.client import ObjectClient, bucket_and_name

_INTERVAL_S, _FINAL_TRIES = 0.2, 5
_REPEATED_AFTER_S = 1.0  # a bucket allows one write per object and second
_log = logging.getLogger(__name__)

Snapshot = dict[str, tuple[int, int]]  # path of a file below the folder → its size and time of change (ns)


class MountedBucket:
    """The objects below `remote_path` ("bucket" or "bucket/folder/") as files in `folder`."""

    def __init__(
        self, objects: ObjectClient, remote_path: str, folder: Path, *, read_only: bool, torn: TornCopies | None = None
    ) -> None:
        self._objects, self._torn = objects, torn
        self._bucket, name = bucket_and_name(remote_path)
        self._prefix = f"{name.rstrip('/')}/" if name else ""
        self._folder, self._read_only = folder, read_only
        self._uploaded: Snapshot = {}
        self._unmounted = threading.Event()
        self._watcher = threading.Thread(target=self._watch, daemon=True)

    def mount(self) -> None:
        """Fill the folder, then watch it. Raises requests.RequestException."""
        self._folder.mkdir(parents=True, exist_ok=True)
        for name in self._objects.names(self._bucket, self._prefix):
            if not name.endswith("/"):
                self._download(name)
        self._uploaded = self._snapshot()
        if not self._read_only:
            self._watcher.start()

    def unmount(self, *, lost: bool = False) -> None:
        """Upload the files that changed, except when the machine was `lost`."""
        self._unmounted.set()
        if lost or self._read_only:
            return
        self._watcher.join()
        for _ in range(_FINAL_TRIES):
            if self._upload_changed(self._snapshot()):
                return
            time.sleep(1)

    def _watch(self) -> None:
        before: Snapshot = {}
        while not self._unmounted.wait(_INTERVAL_S):
            now = self._snapshot()
            self._upload_changed({path: state for path, state in now.items() if before.get(path) == state})
            before = now

    def _snapshot(self) -> Snapshot:
        files: Snapshot = {}
        for file in self._folder.rglob("*"):
            try:
                if file.is_file():
                    status = file.stat()
                    files[file.relative_to(self._folder).as_posix()] = status.st_size, status.st_mtime_ns
            except FileNotFoundError:
                continue  # deleted since it was listed
        return files

    def _upload_changed(self, closed: Snapshot) -> bool:
        """Upload changed files in the order of their last write, up to the first failure; False after a failure."""
        for path, state in sorted(closed.items(), key=lambda item: item[1][1]):
            if self._uploaded.get(path) == state:
                continue
            try:
                data = (self._folder / path).read_bytes()
                if len(data) == state[0]:  # otherwise it is being written again and is uploaded later
                    self._upload(path, data)
                    self._uploaded[path] = state
            except (requests.RequestException, OSError) as error:
                _log.warning("could not upload %s, trying again: %s", path, error)
                return False
        return True

    def _upload(self, path: str, data: bytes) -> None:
        name, content_type = self._prefix + path, _content_type(path)
        part = self._torn.part_of(name, data) if self._torn else None
        if part is not None:
            self._objects.write(self._bucket, name, part, content_type)
            time.sleep(_REPEATED_AFTER_S)
        self._objects.write(self._bucket, name, data, content_type)

    def _download(self, name: str) -> None:
        file = self._folder / name.removeprefix(self._prefix)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(self._objects.read(self._bucket, name))


def _content_type(path: str) -> str:
    known = {".html": "text/html", ".log": "text/plain", ".txt": "text/plain"}
    return known.get(Path(path).suffix, "application/octet-stream")
