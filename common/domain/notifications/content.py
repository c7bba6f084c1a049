"""What a notification says of a run: no more than people outside may read, so no names of samples."""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final

from common.domain.notifications.notification import Notification, NotificationEvent
from common.domain.runs.run import Run
from common.domain.runs.status import RunStatus
from common.domain.text.secrets import hide_in_text

_MOST_EVIDENCE: Final = 500  # characters
_LEFT_OUT: Final = "(…)"
_TAG = re.compile(r"(?<=[A-Za-z0-9_]) \([^()\n]{1,500}+\)")  # of a task: PROCESS (sample_1)
_FAILURES: Final = frozenset({NotificationEvent.FAILED, NotificationEvent.CANCELLED, NotificationEvent.TASK_FAILED})


def notification_of(
    run: Run | None,
    event: NotificationEvent,
    *,
    notification_id: str,
    at: datetime,
    site: str,
    cause: str | None = None,
    cost: int | None = None,
) -> Notification:
    """The notification of an event, which happened `at`, as the run is now; a test has no run.

    `site` is the origin of the console. `cause` is what is stored with the event; the cause of a failure is the run's.
    """
    if run is None:
        return Notification(
            id=notification_id,
            event=event,
            run_id="run-00000000",
            run_name="An example",
            pipeline="nf-core/scrnaseq",
            pipeline_version="2.7.1",
            status=RunStatus.COMPLETED,
            at=at,
            cause=cause,
            url=f"{site}/preferences",
        )
    is_failure = event in _FAILURES and bool(run.diagnosis)
    return Notification(
        id=notification_id,
        event=event,
        run_id=run.run_id,
        run_name=run.name and hide_in_text(run.name),
        pipeline=run.pipeline,
        pipeline_version=run.pipeline_version,
        status=run.status,
        at=at,
        cause=_cause_of(run) if is_failure else cause,
        evidence=_evidence_of(run) if is_failure else None,
        duration=_duration_of(run, at),
        cost=cost,
        url=f"{site}/runs/{run.run_id}",
    )


def _cause_of(run: Run) -> str:
    """The class of the cause in words, such as `out of memory`."""
    return str((run.diagnosis or {}).get("cause", "unknown")).replace("_", " ")


def _evidence_of(run: Run) -> str | None:
    """The line that proves the cause, the last one of the evidence; None for runs whose samples are not known."""
    lines: list[Any] = (run.diagnosis or {}).get("evidence") or []
    if not lines or run.samples is None:
        return None
    first = str(lines[-1].get("line", "")).strip().partition("\n")[0][:_MOST_EVIDENCE]
    return hide_in_text(without_samples(first, run.samples.splitlines())) or None


def without_samples(text: str, samples: Iterable[str]) -> str:
    """`text` without the tags of tasks, which often name a sample, and without each sample's name."""
    text = _TAG.sub(f" {_LEFT_OUT}", text)
    for name in sorted({name for name in samples if name and name in text}, key=len, reverse=True):
        text = _without_word(text, name)
    return text


def _without_word(text: str, word: str) -> str:
    """`text` without `word` where no letter or digit touches it."""
    shown, *rest = text.split(word)
    for part in rest:
        is_inside = shown[-1:].isalnum() or part[:1].isalnum()
        shown += (word if is_inside else _LEFT_OUT) + part
    return shown


def _duration_of(run: Run, at: datetime) -> timedelta | None:
    """How long the run took, or has taken until `at`; None before it has started."""
    if run.started_at is None:
        return None
    end = run.completed_at or run.failed_at or run.cancelled_at or at
    return max(end - run.started_at, timedelta(0))
