"""A folder in place of a bucket mounted by GCSFuse: filled at the start, its closed files become objects.

A file counts as closed when two looks in a row see the same size and time. Not modelled: seeing what others write to
the bucket later, deletions and renames (nothing in a head job deletes or renames there).
"""

import logging
import threading
import time
from pathlib import Path

import requests

from localdev.stand_ins.storage.client import ObjectClient, bucket_and_name

_LOOK_EVERY_S, _LAST_TRIES = 0.2, 5
_log = logging.getLogger(__name__)

Looks = dict[str, tuple[int, int]]  # a file's path below the folder → its size and time of change


class MountedBucket:
    """The objects below `remote_path` ("bucket" or "bucket/folder/") as files in `folder`."""

    def __init__(self, objects: ObjectClient, remote_path: str, folder: Path, *, read_only: bool) -> None:
        self._objects = objects
        self._bucket, name = bucket_and_name(remote_path)
        self._prefix = f"{name.rstrip('/')}/" if name else ""
        self._folder, self._read_only = folder, read_only
        self._uploaded: Looks = {}
        self._left = threading.Event()
        self._watcher = threading.Thread(target=self._watch, daemon=True)

    def mount(self) -> None:
        """Fill the folder and watch it from then on. Raises requests.RequestException."""
        self._folder.mkdir(parents=True, exist_ok=True)
        for name in self._objects.names(self._bucket, self._prefix):
            if not name.endswith("/"):
                self._download(name)
        self._uploaded = self._look()
        if not self._read_only:
            self._watcher.start()

    def unmount(self, *, lost: bool = False) -> None:
        """Upload what is not uploaded yet; only then everything written here can be read by others.

        When the machine is `lost`, so is what was not uploaded.
        """
        self._left.set()
        if lost or self._read_only:
            return
        self._watcher.join()
        for _ in range(_LAST_TRIES):
            if self._upload_changed(self._look()):
                return
            time.sleep(1)

    def _watch(self) -> None:
        before: Looks = {}
        while not self._left.wait(_LOOK_EVERY_S):
            now = self._look()
            self._upload_changed({path: look for path, look in now.items() if before.get(path) == look})
            before = now

    def _look(self) -> Looks:
        looks: Looks = {}
        for file in self._folder.rglob("*"):
            try:
                if file.is_file():
                    seen = file.stat()
                    looks[file.relative_to(self._folder).as_posix()] = seen.st_size, seen.st_mtime_ns
            except FileNotFoundError:
                continue  # gone since it was listed
        return looks

    def _upload_changed(self, closed: Looks) -> bool:
        """In the order in which they were written, up to the first that fails; False when one did."""
        for path, look in sorted(closed.items(), key=lambda item: item[1][1]):
            if self._uploaded.get(path) == look:
                continue
            try:
                data = (self._folder / path).read_bytes()
                if len(data) == look[0]:  # else somebody is writing it again; the next look sees
                    self._objects.write(self._bucket, self._prefix + path, data, _content_type(path))
                    self._uploaded[path] = look
            except (requests.RequestException, OSError) as error:
                _log.warning("could not upload %s, will try again: %s", path, error)
                return False
        return True

    def _download(self, name: str) -> None:
        file = self._folder / name.removeprefix(self._prefix)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(self._objects.read(self._bucket, name))


def _content_type(path: str) -> str:
    known = {".html": "text/html", ".log": "text/plain", ".txt": "text/plain"}
    return known.get(Path(path).suffix, "application/octet-stream")
