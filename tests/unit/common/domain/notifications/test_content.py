from datetime import timedelta
from typing import Any

from common.domain.notifications.content import notification_of, without_samples
from common.domain.notifications.notification import Notification, NotificationEvent
from common.domain.runs.run import Run
from common.domain.runs.status import RunStatus
from tests.support.rows import each_row
from tests.support.runs import NOON, make_run

DIAGNOSIS = {
    "cause": "out_of_memory",
    "evidence": [
        {"line": "Error executing process > 'ALIGN (donor-7)'"},
        {"line": "Process `ALIGN (donor-7)` of donor-7 exceeded its memory\nmore", "source": "nextflow.log"},
    ],
}


def failed(**changes: Any) -> Run:  # noqa: ANN401 fields of a run
    times = {"started_at": NOON, "failed_at": NOON + timedelta(hours=2)}
    return make_run(status=RunStatus.FAILED, **{"samples": "donor-7\nx", "diagnosis": DIAGNOSIS} | times | changes)


def told(run: Run | None, event: NotificationEvent = NotificationEvent.FAILED, **more: Any) -> Notification:  # noqa: ANN401
    at = NOON + timedelta(hours=3)
    return notification_of(run, event, notification_id="n-1", at=at, site="https://sluice.lab.example", **more)


def test_a_failure_is_told_with_its_cause_and_the_line_that_proves_it() -> None:
    found = told(failed(name="Trial 1"), cost=5)

    assert (found.cause, found.evidence) == ("out of memory", "Process `ALIGN (…)` of (…) exceeded its memory")
    assert (found.duration, found.cost, found.run_name) == (timedelta(hours=2), 5, "Trial 1")
    assert found.url == "https://sluice.lab.example/runs/run-1a2b3c4d"


def test_nothing_of_the_log_is_told_when_the_samples_are_not_known() -> None:
    assert told(failed(samples=None)).evidence is None


def test_secrets_are_hidden() -> None:
    line = {"line": "curl: password=hunter22 was refused"}
    found = told(failed(diagnosis={"cause": "permission", "evidence": [line]}, name="token=abcdefgh"))

    assert found.evidence == "curl: password=••• was refused"
    assert found.run_name == "token=•••"


@each_row("event", of=[NotificationEvent.STUCK, NotificationEvent.TARGET_DISABLED])
def test_other_events_tell_the_cause_that_is_stored_with_them(event: NotificationEvent) -> None:
    found = told(failed(), event, cause="no machines are left")

    assert (found.cause, found.evidence) == ("no machines are left", None)


@each_row(
    "changes",
    "duration",
    of=[
        ({"started_at": None, "failed_at": None}, None),
        ({"failed_at": None}, timedelta(hours=3)),
        ({"failed_at": NOON - timedelta(seconds=1)}, timedelta(0)),
    ],
)
def test_the_duration_goes_from_the_start_to_the_end_or_the_event(
    changes: dict[str, Any], duration: timedelta | None
) -> None:
    assert told(failed(**changes)).duration == duration


def test_a_test_is_about_an_example() -> None:
    found = told(None, NotificationEvent.TEST)

    assert (found.run_id, found.url) == ("run-00000000", "https://sluice.lab.example/preferences")


@each_row(
    "text",
    "shown",
    of=[
        ("FASTQ of S1 and S10 and S1_T1", "FASTQ of (…) and S10 and (…)_T1"),
        ("NFCORE:ALIGN (x y) failed", "NFCORE:ALIGN (…) failed"),
        ("a(b) [c]", "a(b) [c]"),
        ("S1.S1", "(…).(…)"),
        ("a.b and aXb", "(…) and aXb"),
    ],
)
def test_names_of_samples_are_left_out(text: str, shown: str) -> None:
    assert without_samples(text, ["S1", "", "a.b"]) == shown
