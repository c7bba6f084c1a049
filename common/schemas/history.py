"""Answers about the history of a run."""

from datetime import datetime

from pydantic import BaseModel

from common.domain.runs.live_events import EventKind
from common.schemas.paging import Page
from common.schemas.texts import ShownValues


class HistoryEntry(BaseModel):
    """Something that happened to a run; `number` is the id of the same event in the stream, and `data` its data.

    `status`: the run had a new state, was to be cancelled, or began to fail. `change`: someone named, described or
    shared it. `action`: Sluice did something on its own, or Cloud Batch ended the head job; `why` and `evidence` are in
    `data`. `done`: it was over. `by` is who did it; null for Sluice itself.
    """

    number: int
    at: datetime
    event: EventKind
    by: str | None = None
    data: ShownValues


class HistoryPage(Page):
    """A page of a run's history, oldest first. Only the first page has a number."""

    entries: list[HistoryEntry]
