"""Answers of the search over the logs of many runs."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel

from common.schemas.texts import ShownText


class SearchHit(BaseModel):
    """A line that was found, and its run.

    `source` tells what the line is: an entry of the log with the number `entry`, a line that the task `task_id` printed
    before it failed, or the reason why the run failed. `snippet` is the part of the line around the first word.
    """

    run_id: str
    name: ShownText | None
    pipeline: str
    status: str
    cause: str | None
    source: Literal["log", "task", "diagnosis"]
    entry: int | None
    task_id: str | None
    at: datetime
    level: str | None
    snippet: ShownText


class SearchPage(BaseModel):
    """A page of lines, the newest month of runs first; `next_cursor` is null on the last page. Nothing is counted.

    `words` are those that were looked for, none if the search had no letter or digit.
    """

    words: list[str]
    hits: list[SearchHit]
    page_size: int
    next_cursor: str | None
