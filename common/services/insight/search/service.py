"""SearchService: finds lines of many runs by their words, the newest month first, and in a month the newest line first.

A line belongs to the month in which its run was created. Its words are indexed as those of its owner, too, so that the
search of an owner reads nobody else's lines; the owner is a condition of the query as well.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import Engine, Row

from common.domain.insight.search import DIAGNOSIS, snippet
from common.models.log_entries import LEVELS
from common.services.insight.search.reading import LineFilter, LinePosition, rows_of_page
from common.services.paging import CursorCodec
from common.services.postgres.engine import read

_CURSORS: Final = CursorCodec(LinePosition)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundLine:
    """A line, and what is known of its run. `entry` is its number in the log; `task` has a line's task.

    A line without both is the diagnosis of the run.
    """

    run_id: str
    name: str | None
    pipeline: str
    status: str
    cause: str | None
    at: datetime
    level: str | None
    entry: int | None
    task: str | None
    snippet: str


class FoundPage(NamedTuple):
    """A page of lines."""

    lines: list[FoundLine]
    next_cursor: str | None


class SearchService:
    """Searches the lines of runs. Raises UnavailableError, also when the search takes too long."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def find(self, wanted: LineFilter, *, page_size: int, cursor: str | None = None) -> FoundPage:
        """A page of the lines that match. Raises ValidationError for an invalid cursor."""
        after = _CURSORS.decode(cursor, of=wanted.name) if cursor else None
        if not wanted.words:
            return FoundPage([], None)
        rows = read(self._engine, lambda connection: rows_of_page(connection, wanted, after, at_most=page_size + 1))
        shown = rows[:page_size]
        next_cursor = _CURSORS.encode(_position(shown[-1]), of=wanted.name) if len(rows) > page_size else None
        return FoundPage([_found(row, wanted.words) for row in shown], next_cursor)


def _position(row: Row[Any]) -> LinePosition:
    return LinePosition(row.month.isoformat(), row.at, row.run_number, row.task, row.number)


def _found(row: Row[Any], words: Sequence[str]) -> FoundLine:
    return FoundLine(
        run_id=row.run_id,
        name=row.name,
        pipeline=row.pipeline,
        status=row.status,
        cause=row.cause,
        at=row.at,
        level=None if row.level is None else LEVELS[row.level],
        entry=row.number if not row.task and row.number != DIAGNOSIS else None,
        task=row.task or None,
        snippet=snippet(row.text, words),
    )
