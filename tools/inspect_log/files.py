"""Recognizes the kind of a file and reads it piece by piece."""

from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

from common.domain.nextflow.trace.layout import TraceLayout

_PIECE = 1 << 20  # bytes
_TRACE_COLUMNS = frozenset(  # the common ones
    ("task_id", "hash", "native_id", "name", "status", "exit", "submit", "duration", "realtime", "%cpu", "workdir")
)
_ENOUGH_COLUMNS = 3


class NotReadableError(Exception):
    """This file cannot be inspected; the message says why."""


class Kind(StrEnum):
    """The kinds of files that can be inspected."""

    LOG = "log"
    TRACE = "trace"


def kind_of(path: Path) -> Kind:
    """The kind by the first line; a LOG may still be another program's. Raises NotReadableError for an empty file."""
    with path.open("rb") as file:
        first = file.readline(_PIECE)
    if not first:
        raise NotReadableError("the file is empty")
    columns = TraceLayout(first.decode("utf-8", "replace").rstrip("\r\n")).columns
    return Kind.TRACE if len(_TRACE_COLUMNS.intersection(columns)) >= _ENOUGH_COLUMNS else Kind.LOG


def pieces(path: Path) -> Iterator[bytes]:
    """The bytes of `path`, in order."""
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            yield piece
