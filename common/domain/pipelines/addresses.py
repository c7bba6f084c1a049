"""Where the files of a request are: on one's own computer, on other sites, or in Cloud Storage."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from common.domain.pipelines.pipeline import PipelineVersion
from common.domain.pipelines.request_texts import FieldLocation, LocatedText
from common.domain.text.wording import shortened
from common.errors import Fault

MOST_OWN_PATHS: Final = 200

# A path as Linux, macOS and Windows write it; //host/share is a folder in an office's network.
_OWN: Final = re.compile(r"/[^\s/]|//|~|\.\.?[/\\]|[A-Za-z]:[\\/]|\\\\|file:", re.IGNORECASE)
_OTHER_SITE: Final = re.compile(r"(s3|https?|ftp|az)://", re.IGNORECASE)
_PATH_FORMATS: Final = frozenset({"file-path", "directory-path", "path", "file-path-pattern"})
# Nextflow stages a file of another file system itself: it copies the file to the work directory (its documentation,
# "Working with files", remote files; in a log "Copying foreign file").
_WHAT_HAPPENS: Final = {
    "s3": "Nextflow copies it from Amazon S3 to the work directory before a task can start, and can read it without"
    " credentials only if it is public",
    "az": "it is in Azure, for which this Nextflow has no credentials",
}
_DOWNLOADED: Final = "Nextflow downloads it to the work directory before a task can start, in every new session"


def own_paths(version: PipelineVersion, params: Mapping[str, object], cells: Iterable[LocatedText]) -> list[Fault]:
    """A fault for each path of one's own computer, the first MOST_OWN_PATHS of them; no machine in a cloud can read it.

    Of the parameters those that name files by their format, and of the cells those of columns that the pipeline reads.
    """
    found: list[Fault] = []
    for location, text in _paths(version, params, cells):
        if not _OWN.match(text):
            continue
        if len(found) == MOST_OWN_PATHS:
            return [*found, Fault(field=location.field, message="and more like these")]
        message = "is a path of your own computer, which the machines of a run cannot read"
        found.append(location.fault(f"{shortened(text, 80)} {message}; upload it and give its gs:// address"))
    return found


def other_sites(version: PipelineVersion, params: Mapping[str, object], cells: Iterable[LocatedText]) -> list[Fault]:
    """A note for each kind of other site, at the first place that names it: what happens with such a file."""
    first: dict[str, tuple[FieldLocation, str]] = {}
    counts: dict[str, int] = {}
    for location, text in _paths(version, params, cells):
        if site := _OTHER_SITE.match(text):
            kind = site[1].lower()
            first.setdefault(kind, (location, text))
            counts[kind] = counts.get(kind, 0) + 1
    return [location.fault(_note(kind, text, counts[kind])) for kind, (location, text) in first.items()]


def _note(kind: str, text: str, count: int) -> str:
    others = f", and so are {count - 1:,} others" if count > 1 else ""
    happens = _WHAT_HAPPENS.get(kind, _DOWNLOADED)
    return f"{shortened(text, 80)} is not in Cloud Storage{others}: {happens}; a copy at a gs:// address is faster"


def _paths(
    version: PipelineVersion, params: Mapping[str, object], cells: Iterable[LocatedText]
) -> Iterator[LocatedText]:
    for param in version.params:
        value = params.get(param.name)
        if param.format in _PATH_FORMATS and isinstance(value, str) and value != param.default:
            yield FieldLocation(f"params.{param.name}"), value.strip()
    known = {column.name for column in version.columns}
    for location, text in cells:
        if version.passes_sheet_on or location.column in known:
            yield location, text.strip()
