"""Answers about the timeline of a run's tasks."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from common.domain.tasks.task import TaskStatus
from common.schemas.texts import ShownText


class TimelineLane(BaseModel):
    """The tasks of one process: from bin `bins[n]` on, up to the next one, `queued[n]` waited and `running[n]` ran.

    A task counts in each bin in which it waited or ran, however shortly.
    """

    model_config = ConfigDict(from_attributes=True)  # a ProcessLane

    process: ShownText
    bins: list[int]
    queued: list[int]
    running: list[int]


class TaskSpan(BaseModel):
    """One task: it waited from `submit_time` to `start_time` and ran until `end_time`."""

    task_id: str
    name: ShownText
    process: ShownText
    status: TaskStatus
    submit_time: datetime | None = None
    start_time: datetime | None = None
    end_time: datetime | None = None


class TimelineResponse(BaseModel):
    """When the tasks of a run waited and ran; bin 0 begins at `start`, and each has `bin_ms` milliseconds.

    `start` and `end` are null before any task has times. `lanes` are in the order in which the processes began.
    `tasks` has the tasks one by one if they are fewer than 2,000, else none; `total` counts them. Cached tasks are left
    out, because their times belong to an earlier run.
    """

    total: int
    start: datetime | None = None
    end: datetime | None = None
    bin_ms: int
    lanes: list[TimelineLane]
    tasks: list[TaskSpan]
