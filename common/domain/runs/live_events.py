"""What the journal of a run says, and so what its viewers are told live (DESIGN 4, 8)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from common.domain.runs.run import Run


class EventKind(StrEnum):
    """The kinds of live events: the run moved, its tasks moved, Sluice did something by itself, nothing follows."""

    STATUS = "status"
    PROGRESS = "progress"
    ACTION = "action"
    DONE = "done"


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
    """What Sluice did to a run without being asked for just that, why, and on what evidence (JSON values)."""

    name: str
    why: str
    evidence: Mapping[str, Any]

    def journal_entry(self, run_id: str, *, at: datetime) -> tuple[EventKind, dict[str, Any]]:
        """What the journal is to say about it."""
        said = {"run_id": run_id, "action": self.name, "why": self.why, "evidence": dict(self.evidence)}
        return EventKind.ACTION, said | {"at": at.isoformat()}


def status_entries(run: Run, *, at: datetime) -> list[tuple[EventKind, dict[str, Any]]]:
    """What the journal is to say about a run that became what it is at that moment.

    A cancel that was asked for shows as a status event with the status unchanged and `cancel_requested_at` set.
    """
    status: dict[str, Any] = {"run_id": run.run_id, "status": run.status.value, "at": at.isoformat()}
    if run.cancel_requested_at:
        status["cancel_requested_at"] = run.cancel_requested_at.isoformat()
    if not run.is_over:
        return [(EventKind.STATUS, status)]
    end: dict[str, Any] = {"exit_code": run.exit_code, "error_message": run.error_message, "error_task": run.error_task}
    if run.diagnosis:
        end["diagnosis"] = dict(run.diagnosis)
    return [(EventKind.STATUS, status), (EventKind.DONE, status | end)]
