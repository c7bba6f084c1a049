"""The journal of a run: its entries, which are also the live events that viewers receive."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from common.domain.runs.progress import progress_data
from common.domain.runs.run import Run
from common.domain.runs.status import RunStatus


class EventKind(StrEnum):
    """The kinds of live events."""

    STATUS = "status"  # the run has a new status, a cancel was requested, or it became known that the run will fail
    PROGRESS = "progress"  # the counts of its tasks changed
    ACTION = "action"  # Sluice did something on its own
    CHANGE = "change"  # someone named, described or shared the run
    DONE = "done"  # the run is over; no event follows


@dataclass(frozen=True, slots=True)
class LiveEvent:
    """One row of the journal; `seq` counts from 1 within the run, without gaps."""

    run_id: str
    seq: int
    kind: EventKind
    data: Mapping[str, Any]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AutomaticAction:
    """Something that Sluice did to a run on its own: what, why, and the evidence (JSON values)."""

    name: str
    why: str
    evidence: Mapping[str, Any]

    def journal_entry(self, run_id: str, *, at: datetime) -> tuple[EventKind, dict[str, Any]]:
        """The kind and data of its entry in the journal."""
        data = {"run_id": run_id, "action": self.name, "why": self.why, "evidence": dict(self.evidence)}
        return EventKind.ACTION, data | {"at": at.isoformat()}


def change_entry(run_id: str, changes: Mapping[str, Any], *, by: str, at: datetime) -> tuple[EventKind, dict[str, Any]]:
    """The journal entry for a run whose owner, or an administrator, gave these fields other values."""
    return EventKind.CHANGE, {"run_id": run_id, "by": by, "changes": dict(changes), "at": at.isoformat()}


def opening_events(latest: Iterable[LiveEvent], *, up_to: int) -> list[LiveEvent]:
    """The first events for a viewer without a position: the status of the run, then the counts of its tasks if known.

    `latest` has the newest STATUS and PROGRESS among the events up to number `up_to`. The last event of the result has
    the number `up_to`, and a status before it has a lower one. So a client misses nothing wherever it resumes: after
    the status it gets the counts again, after the last event all later events.
    """
    by_kind = {event.kind: event for event in latest}
    status, progress = by_kind.get(EventKind.STATUS), by_kind.get(EventKind.PROGRESS)
    if status and progress:
        return [replace(status, seq=progress.seq - 1), replace(progress, seq=up_to)]
    return [replace(event, seq=up_to) for event in (status, progress) if event]


def status_entries(run: Run, *, at: datetime, by: str | None = None) -> list[tuple[EventKind, dict[str, Any]]]:
    """The journal entries for a run that changed at `at`: its status, and DONE once it is over.

    Before them the progress of a run that has completed.

    Two changes appear as a status event with the status unchanged: a cancel request (`cancel_requested_at` is set), and
    a failure after which Nextflow continues (`failing` is true, with the failure). `by` is who asked for it.
    """
    state: dict[str, Any] = {"run_id": run.run_id, "status": run.status.value, "at": at.isoformat()}
    if run.cancel_requested_at:
        state["cancel_requested_at"] = run.cancel_requested_at.isoformat()
    status = state | {"failing": run.failing} | ({"by": by} if by else {})
    failure: dict[str, Any] = {"error_message": run.error_message, "error_task": run.error_task}
    if run.diagnosis:
        failure["diagnosis"] = dict(run.diagnosis)
    if run.failing:
        return [(EventKind.STATUS, status | {"status_detail": run.status_detail} | failure)]
    if not run.is_over:
        return [(EventKind.STATUS, status)]
    entries = [(EventKind.STATUS, status), (EventKind.DONE, state | {"exit_code": run.exit_code} | failure)]
    if run.status == RunStatus.COMPLETED and run.metrics:  # whose progress is now 1
        entries.insert(0, (EventKind.PROGRESS, progress_data(run.run_id, run.metrics)))
    return entries
