"""What people are told about a run, and what can become of telling them."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from common.domain.runs.status import RunStatus


class NotificationEvent(StrEnum):
    """What people can be told; each happens at most once in the life of a run, but TEST and TARGET_DISABLED."""

    COMPLETED = "run.completed"
    FAILED = "run.failed"
    CANCELLED = "run.cancelled"
    TASK_FAILED = "run.task_failed"  # the first attempt of a task that failed; the run may still succeed
    STUCK = "run.stuck"  # submitted for longer than SUBMITTED_TOO_LONG
    EXPIRING = "run.expiring"  # its work directory expires within EXPIRES_SOON
    COST_EXCEEDED = "run.cost_exceeded"
    TARGET_DISABLED = "target.disabled"  # `cause` says which target and why; sent by mail
    TEST = "test"  # its owner has asked for it; the run is made up


# Those that people choose from. The others answer something that they did.
RUN_EVENTS = tuple(event for event in NotificationEvent if event.value.startswith("run."))

SUBMITTED_TOO_LONG = timedelta(minutes=30)
EXPIRES_SOON = timedelta(days=3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """One event of one run, as it is sent to each target. No field holds a name of a sample.

    `id` is the same whenever the event is sent again; it holds letters, digits and `-` only. `cause` is the class of a
    failure in words, or why a target was disabled; `evidence` is one line. `cost` is in nano-dollars, None if not
    known. `url` is the page of the run.
    """

    id: str
    event: NotificationEvent
    run_id: str
    run_name: str | None
    pipeline: str
    pipeline_version: str
    status: RunStatus
    at: datetime  # when it happened, UTC
    cause: str | None = None
    evidence: str | None = None
    duration: timedelta | None = None
    cost: int | None = None
    url: str


def notification_id(run_id: str, event: NotificationEvent) -> str:
    """The id of an event that happens once to a run; receivers recognize a repeated delivery by it."""
    return f"{run_id}-{event.value.replace('.', '-').replace('_', '-')}"


@dataclass(frozen=True, slots=True)
class Delivered:
    """The target has taken the notification."""


@dataclass(frozen=True, slots=True)
class TryAgain:
    """It could not be delivered now; `after` is how long the target asked to wait, if it did.

    `blames_target` is false if Sluice or its mail server is at fault, for which no target is disabled.
    """

    reason: str
    after: timedelta | None = None
    blames_target: bool = field(default=True, kw_only=True)


@dataclass(frozen=True, slots=True)
class Refused:
    """It will not be delivered, however often it is sent; `blames_target` as for TryAgain."""

    reason: str
    blames_target: bool = field(default=True, kw_only=True)


Outcome = Delivered | TryAgain | Refused
