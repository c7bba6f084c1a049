"""The states of a run and how it may move between them (DESIGN 4)."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class RunStatus(StrEnum):
    """Where a run stands."""

    PENDING = "pending"
    SUBMITTED = "submitted"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


NEXT_STATUSES: Mapping[RunStatus, frozenset[RunStatus]] = MappingProxyType(
    {
        RunStatus.PENDING: frozenset({RunStatus.SUBMITTED, RunStatus.CANCELLED, RunStatus.FAILED}),
        RunStatus.SUBMITTED: frozenset({RunStatus.RUNNING, RunStatus.CANCELLED, RunStatus.FAILED}),
        RunStatus.RUNNING: frozenset({RunStatus.COMPLETED, RunStatus.FAILED, RunStatus.CANCELLED}),
        RunStatus.COMPLETED: frozenset(),
        RunStatus.FAILED: frozenset(),
        RunStatus.CANCELLED: frozenset(),
    }
)

FINAL_STATUSES = frozenset(status for status, following in NEXT_STATUSES.items() if not following)
LIVE_STATUSES = frozenset(NEXT_STATUSES) - FINAL_STATUSES


def origins_of(status: RunStatus) -> frozenset[RunStatus]:
    """The states that a run may leave for `status`; empty for pending, where every run begins."""
    return frozenset(origin for origin, following in NEXT_STATUSES.items() if status in following)


def status_path(now: RunStatus, then: RunStatus, *, has_started: bool) -> tuple[RunStatus, ...]:
    """The states to pass through on the way from `now` to `then`; empty when the news is old or cannot be true.

    A short run may be seen finished before anybody saw it launched or running. It passes through what it must have
    been: completed only after running, and `has_started` says whether there is evidence that Nextflow itself ran.
    """
    if now == then or now in FINAL_STATUSES:
        return ()
    ran = then == RunStatus.COMPLETED or has_started
    order = (RunStatus.PENDING, RunStatus.SUBMITTED, RunStatus.RUNNING)
    if then in order:
        return order[order.index(now) + 1 : order.index(then) + 1]
    before = order[order.index(now) + 1 :] if ran else ()
    return (*before, then)
