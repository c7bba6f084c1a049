"""One page of a listing: objects and common prefixes."""

import base64
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from localdev.stand_ins.storage.errors import StorageError, read_number
from localdev.stand_ins.storage.objects.stored_object import StoredObject

MAX_RESULTS = 1000
_WILDCARDS = {"**": ".*", "*": "[^/]*", "?": "[^/]"}
# yields the objects of the bucket by name, from the given name on
ReadFrom = Callable[[str], Iterator[StoredObject]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListQuery:
    """The names to list: from `start` to before `end`, with `prefix`, grouped at `delimiter`."""

    prefix: str = ""
    delimiter: str = ""
    start: str = ""
    end: str | None = None
    glob: re.Pattern[str] | None = None
    max_results: int = MAX_RESULTS

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> "ListQuery":
        """From the parameters of objects.list. Raises StorageError 400."""
        prefix = query.get("prefix", "")
        size = read_number(query.get("maxResults"), "maxResults") or MAX_RESULTS
        return cls(
            prefix=prefix,
            delimiter=query.get("delimiter", ""),
            start=max(prefix, query.get("startOffset", ""), _position(query.get("pageToken", ""))),
            end=query.get("endOffset"),
            glob=glob_pattern(query["matchGlob"]) if "matchGlob" in query else None,
            max_results=min(size, MAX_RESULTS),
        )

    def covers(self, name: str) -> bool:
        return name.startswith(self.prefix) and (self.end is None or name < self.end)

    def common_prefix(self, name: str) -> str | None:
        """The prefix that stands for `name` in the listing; None when `name` is listed itself."""
        cut = name.find(self.delimiter, len(self.prefix)) if self.delimiter else -1
        return None if cut < 0 else name[: cut + len(self.delimiter)]


@dataclass(frozen=True, slots=True)
class ListingPage:
    """One page; `next_token` is None on the last page."""

    objects: list[StoredObject]
    prefixes: list[str]
    next_token: str | None


@dataclass(frozen=True, slots=True)
class _Entry:
    item: StoredObject | str  # an object or a common prefix
    next_position: str


def page_of(query: ListQuery, read_from: ReadFrom) -> ListingPage:
    """The page of `query`; reads one object more than the page has, and one object per common prefix."""
    entries = list(islice(_entries(query, read_from), query.max_results + 1))
    shown = entries[: query.max_results]
    return ListingPage(
        objects=[entry.item for entry in shown if isinstance(entry.item, StoredObject)],
        prefixes=[entry.item for entry in shown if isinstance(entry.item, str)],
        next_token=_token(shown[-1].next_position) if len(entries) > len(shown) else None,
    )


def glob_pattern(glob: str) -> re.Pattern[str]:
    """A matchGlob as a regular expression: * and ? do not match a slash, ** does.

    Raises StorageError 501 for sets and choices ([ab], {a,b}), which this stand-in leaves out.
    """
    if set(glob) & set("[]{}"):
        raise StorageError(501, "notImplemented", f"matchGlob {glob!r}: this stand-in supports only *, ** and ?")
    tokens = re.findall(r"\*\*|.", glob, re.DOTALL)
    return re.compile("".join(_WILDCARDS.get(token) or re.escape(token) for token in tokens), re.DOTALL)


def _entries(query: ListQuery, read_from: ReadFrom) -> Iterator[_Entry]:
    position = query.start
    while True:
        for stored in read_from(position):
            if not query.covers(stored.name):
                return
            position = stored.name + "\0"
            if query.glob and not query.glob.fullmatch(stored.name):
                continue
            group = query.common_prefix(stored.name)
            if group is None:
                yield _Entry(stored, position)
                continue
            position = _end_of(group)
            yield _Entry(group, position)
            break  # continue after the names of the group
        else:
            return


def _end_of(prefix: str) -> str:
    """The first position after all names with `prefix`."""
    return prefix[:-1] + chr(ord(prefix[-1]) + 1)


def _token(position: str) -> str:
    return base64.urlsafe_b64encode(position.encode()).decode()


def _position(token: str) -> str:
    try:
        return base64.urlsafe_b64decode(token).decode()
    except ValueError as error:
        raise StorageError(400, "invalid", "Invalid value for pageToken") from error
