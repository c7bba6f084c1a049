"""The statuses of a run and the allowed changes between them."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class RunStatus(StrEnum):
    """The status of a run."""

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
    """The statuses from which a run may change to `status`; empty for pending, where every run begins."""
    return frozenset(origin for origin, following in NEXT_STATUSES.items() if status in following)


def status_path(current: RunStatus, target: RunStatus, *, has_started: bool) -> tuple[RunStatus, ...]:
    """The statuses to set, in order, to get from `current` to `target`; empty when the run is there or past it.

    A short run may have ended before it was seen submitted or running. It still passes through both if it must have
    been running: when it completed, or when `has_started` says that Nextflow has started.
    """
    if current == target or current in FINAL_STATUSES:
        return ()
    ran = target == RunStatus.COMPLETED or has_started
    order = (RunStatus.PENDING, RunStatus.SUBMITTED, RunStatus.RUNNING)
    if target in order:
        return order[order.index(current) + 1 : order.index(target) + 1]
    before = order[order.index(current) + 1 :] if ran else ()
    return (*before, target)
