"""Lists of a run's files: groups, pages and keyset cursors over what Cloud Storage can do.

It lists names in order from any name on, up to 1,000 a call, and cannot count. So a page behind a cursor costs one
call, and one more for each group that it reaches into. A page by number costs one for each group and for each further
1,000 files, as they are counted too; a cursor brings that total along.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple

from common.domain.runs.files import FileGroup
from common.services.paging import COUNTED_AT_MOST, CursorCodec, Total, invalid_cursor

if TYPE_CHECKING:
    from google.cloud.storage import Blob

LONGEST_CURSOR: Final = 1_500  # characters; of a name with as many bytes as an object's can have

_LONGEST_NAME_BYTES: Final = 1_024
_NEVER_IN_NAMES: Final = frozenset("\r\n")
_LARGEST_CALL: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFilter:
    """Which files, and which page of them. `group` None means all; `cursor` takes precedence over `page`."""

    group: FileGroup | None = None
    page: int = 1
    page_size: int = 25
    cursor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFile:
    """One file: its name within the group, its size in bytes, and a link that is good for a limited time."""

    group: FileGroup
    name: str
    size: int
    updated_at: datetime
    gcs_uri: str
    download_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePage:
    """One page, in the order of groups and names; `total` was counted with the page that the cursor began at."""

    files: Sequence[RunFile]
    total: Total
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class FoundFile:
    """An object, and its name within its group."""

    group: FileGroup
    name: str
    blob: "Blob"


class FilePosition(NamedTuple):
    """The first file of a page; `counted` files were counted for the total, at most COUNTED_AT_MOST + 1."""

    counted: int
    group: str
    name: str


_CURSORS: Final = CursorCodec(FilePosition)

# the objects of a group by name, from the name given on, so many of them with each call
ListGroup = Callable[[FileGroup, str, int], Iterator[FoundFile]]


def list_page(list_group: ListGroup, wanted: FileFilter) -> tuple[Sequence[FoundFile], Total, str | None]:
    """The files of a page, the total, and the cursor of the page that follows, if one does.

    Raises ValidationError for a cursor that is not ours.
    """
    groups = [wanted.group] if wanted.group else list(FileGroup)
    if wanted.cursor is None:
        found = list(islice(_files(list_group, groups, "", _LARGEST_CALL), COUNTED_AT_MOST + 1))
        return _page(found[(wanted.page - 1) * wanted.page_size :], wanted.page_size, counted=len(found))
    start = _CURSORS.decode(wanted.cursor)
    if not _is_in(groups, start):
        raise invalid_cursor()
    groups, at_once = groups[groups.index(FileGroup(start.group)) :], wanted.page_size + 1
    found = list(islice(_files(list_group, groups, start.name, at_once), at_once))
    return _page(found, wanted.page_size, counted=start.counted)


def _files(list_group: ListGroup, groups: Sequence[FileGroup], start: str, at_once: int) -> Iterator[FoundFile]:
    for group in groups:
        for file in list_group(group, start, at_once):
            if not file.blob.name.endswith("/"):  # a placeholder, with which tools show an empty folder
                yield file
        start = ""


def _page(found: Sequence[FoundFile], size: int, *, counted: int) -> tuple[Sequence[FoundFile], Total, str | None]:
    """The first `size` of what was found; one more file tells where the next page begins."""
    following = [_CURSORS.encode(FilePosition(counted, str(file.group), file.name)) for file in found[size : size + 1]]
    return found[:size], Total.capped(counted), following[0] if following else None


def _is_in(groups: Sequence[FileGroup], position: FilePosition) -> bool:
    """Whether a list of these groups can have a page that begins at `position`."""
    is_name = len(position.name.encode()) <= _LONGEST_NAME_BYTES and _NEVER_IN_NAMES.isdisjoint(position.name)
    return position.group in groups and 0 < position.counted <= COUNTED_AT_MOST + 1 and is_name
