"""Lists of a run's files: groups, pages and cursors on top of the listings of Cloud Storage.

Cloud Storage lists up to 1,000 names per call, in order from any name, and cannot count. A page behind a cursor takes
one call for each group that it reaches. A page by number also counts the files, with a call for each group and for
each further 1,000 files; its cursor carries the total to the following pages.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple

from common.domain.runs.files import FileGroup, group_folder
from common.services.paging import COUNTED_AT_MOST, CursorCodec, Total, invalid_cursor

if TYPE_CHECKING:
    from google.cloud.storage import Blob

LONGEST_CURSOR: Final = 1_500  # characters; enough for the longest name that an object can have

_LONGEST_KEY_BYTES: Final = 1_024
_NEVER_IN_NAMES: Final = frozenset("\r\n")
_LARGEST_CALL: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFilter:
    """Group and page of a list of files. `group` None means all groups; `cursor` takes precedence over `page`.

    `prefix` is what the names in their groups begin with.
    """

    group: FileGroup | None = None
    prefix: str = ""
    page: int = 1
    page_size: int = 25
    cursor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFile:
    """A file: its name within the group, its size in bytes, and links that expire.

    `preview_url` is None if browsers cannot show the file.
    """

    group: FileGroup
    name: str
    size: int
    updated_at: datetime
    gcs_uri: str
    download_url: str
    preview_url: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePage:
    """A page of files, ordered by group and name. Behind a cursor, `total` is that of the page without one."""

    files: Sequence[RunFile]
    total: Total
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class FoundFile:
    """An object and its name within its group."""

    group: FileGroup
    name: str
    blob: "Blob"


class FilePosition(NamedTuple):
    """The first file of a page; `counted` files were counted for the total, at most COUNTED_AT_MOST + 1."""

    counted: int
    group: str
    name: str


_CURSORS: Final = CursorCodec(FilePosition)

# lists the objects of a group by name: from the given name on, with the given page size
ListGroup = Callable[[FileGroup, str, int], Iterator[FoundFile]]


def list_page(run_id: str, list_group: ListGroup, filters: FileFilter) -> tuple[Sequence[FoundFile], Total, str | None]:
    """The files of a page of a run's files, the total, and the cursor of the next page; None on the last page.

    `list_group` lists the files with the prefix only. Raises ValidationError for an invalid cursor; a cursor of another
    run, or another choice of files, is invalid.
    """
    of = f"{run_id}/{filters.group or 'files'}" + (f"/{filters.prefix}" if filters.prefix else "")
    groups = [filters.group] if filters.group else list(FileGroup)
    if filters.cursor is None:
        found = list(islice(_files(list_group, groups, "", _LARGEST_CALL), COUNTED_AT_MOST + 1))
        return _page(of, found[(filters.page - 1) * filters.page_size :], filters.page_size, counted=len(found))
    start = _CURSORS.decode(filters.cursor, of=of)
    if not _is_in(run_id, groups, start):
        raise invalid_cursor()
    groups, at_once = groups[groups.index(FileGroup(start.group)) :], filters.page_size + 1
    found = list(islice(_files(list_group, groups, start.name, at_once), at_once))
    return _page(of, found, filters.page_size, counted=start.counted)


def _files(list_group: ListGroup, groups: Sequence[FileGroup], start: str, at_once: int) -> Iterator[FoundFile]:
    for group in groups:
        for file in list_group(group, start, at_once):
            if not file.blob.name.endswith("/"):  # a placeholder that tools create for an empty folder
                yield file
        start = ""


def _page(
    of: str, found: Sequence[FoundFile], size: int, *, counted: int
) -> tuple[Sequence[FoundFile], Total, str | None]:
    """The first `size` files; the next page begins at the file after them."""
    positions = [FilePosition(counted, str(file.group), file.name) for file in found[size : size + 1]]
    return found[:size], Total.capped(counted), _CURSORS.encode(positions[0], of=of) if positions else None


def _is_in(run_id: str, groups: Sequence[FileGroup], position: FilePosition) -> bool:
    """Whether a page in a list of these groups of a run can begin at `position`."""
    if position.group not in groups:
        return False
    key = group_folder(run_id, FileGroup(position.group)) + position.name
    is_key = len(key.encode()) <= _LONGEST_KEY_BYTES and _NEVER_IN_NAMES.isdisjoint(key)
    return 0 < position.counted <= COUNTED_AT_MOST + 1 and is_key
