"""The built files of the page, which `make run` and the packer make in console/dist."""

import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

_TYPES: Final = {
    "css": "text/css; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}


@dataclass(frozen=True)
class BuiltFile:
    """A file of the page."""

    content: bytes
    content_type: str

    @cached_property
    def compressed(self) -> bytes:
        """The content as gzip; the load balancer compresses nothing without its CDN, which IAP does not allow."""
        return gzip.compress(self.content, mtime=0)


def built_files() -> Mapping[str, BuiltFile]:
    """The files by path, such as `assets/index-1a2b3c4d.js`; none when the page was not built."""
    return _files_in(files("console") / "dist")


def _files_in(folder: Traversable, prefix: str = "") -> dict[str, BuiltFile]:
    found = dict[str, BuiltFile]()
    for entry in folder.iterdir() if folder.is_dir() else ():
        ending = entry.name.rpartition(".")[2]
        if entry.is_dir():
            found |= _files_in(entry, f"{prefix}{entry.name}/")
        elif ending in _TYPES:
            found[prefix + entry.name] = BuiltFile(entry.read_bytes(), _TYPES[ending])
    return found
