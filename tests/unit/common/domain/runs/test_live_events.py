from datetime import timedelta

import pytest

from common.domain.runs.live_events import AutomaticAction, EventKind, LiveEvent, opening_events, status_entries
from common.domain.runs.status import FINAL_STATUSES, LIVE_STATUSES, RunStatus
from tests.support.runs import NOON, make_run


@pytest.mark.parametrize("status", LIVE_STATUSES)
def test_the_entry_for_a_live_run_is_its_status(status: RunStatus) -> None:
    assert status_entries(make_run(status=status), at=NOON) == [
        (
            EventKind.STATUS,
            {"run_id": "run-1a2b3c4d", "status": status.value, "at": NOON.isoformat(), "failing": False},
        )
    ]


@pytest.mark.parametrize("status", FINAL_STATUSES)
def test_the_entries_for_an_ended_run_are_status_and_done(status: RunStatus) -> None:
    assert [kind for kind, _ in status_entries(make_run(status=status), at=NOON)] == [EventKind.STATUS, EventKind.DONE]


def test_the_done_entry_has_exit_code_error_message_and_error_task() -> None:
    run = make_run(status=RunStatus.FAILED, exit_code=137, error_message="killed", error_task="FASTQC (a)")
    _, (_, data) = status_entries(run, at=NOON)
    assert (data["exit_code"], data["error_message"], data["error_task"]) == (137, "killed", "FASTQC (a)")


def test_the_done_entry_of_a_failed_run_has_the_diagnosis() -> None:
    diagnosis = {"cause": "out_of_memory", "evidence": [{"line": "Killed", "offset": 7, "source": "nextflow.log"}]}
    _, (_, data) = status_entries(make_run(status=RunStatus.FAILED, diagnosis=diagnosis), at=NOON)
    assert data["diagnosis"] == diagnosis


def test_the_done_entry_of_a_completed_run_has_no_diagnosis() -> None:
    _, (_, data) = status_entries(make_run(status=RunStatus.COMPLETED), at=NOON)
    assert "diagnosis" not in data


def test_a_cancel_request_is_a_status_entry_with_the_status_unchanged() -> None:
    asked = NOON + timedelta(minutes=1)
    ((kind, data),) = status_entries(make_run(status=RunStatus.RUNNING, cancel_requested_at=asked), at=NOON)
    assert kind == EventKind.STATUS
    assert data["status"] == "running"
    assert data["cancel_requested_at"] == asked.isoformat()


def test_a_live_run_with_a_diagnosis_is_failing() -> None:
    run = make_run(
        status=RunStatus.RUNNING, diagnosis={"cause": "quota"}, error_message="m", error_task="t", status_detail="d"
    )
    ((kind, data),) = status_entries(run, at=NOON)
    assert (kind, data["status"], data["failing"]) == (EventKind.STATUS, "running", True)
    assert (data["diagnosis"], data["error_message"], data["error_task"]) == ({"cause": "quota"}, "m", "t")
    assert data["status_detail"] == "d"


@pytest.mark.parametrize("status", FINAL_STATUSES)
def test_a_run_that_is_over_is_not_failing(status: RunStatus) -> None:
    (_, data), _ = status_entries(make_run(status=status, diagnosis={"cause": "quota"}), at=NOON)
    assert data["failing"] is False


def test_the_entry_for_an_automatic_action_has_its_evidence() -> None:
    action = AutomaticAction(name="sync_died", why="nobody looked", evidence={"silent_s": 95})
    assert action.journal_entry("run-1a2b3c4d", at=NOON) == (
        EventKind.ACTION,
        {
            "run_id": "run-1a2b3c4d",
            "action": "sync_died",
            "why": "nobody looked",
            "evidence": {"silent_s": 95},
            "at": NOON.isoformat(),
        },
    )


def _event(kind: EventKind, seq: int) -> LiveEvent:
    return LiveEvent("run-1a2b3c4d", seq, kind, {}, NOON)


@pytest.mark.parametrize(
    ("latest", "expected"),
    [
        ({EventKind.STATUS: 3, EventKind.PROGRESS: 8}, [(EventKind.STATUS, 7), (EventKind.PROGRESS, 9)]),
        ({EventKind.STATUS: 9, EventKind.PROGRESS: 4}, [(EventKind.STATUS, 3), (EventKind.PROGRESS, 9)]),
        ({EventKind.STATUS: 2}, [(EventKind.STATUS, 9)]),
        ({EventKind.PROGRESS: 2}, [(EventKind.PROGRESS, 9)]),
        ({}, []),
    ],
)
def test_a_viewer_first_gets_the_status_and_can_resume_after_any_event(
    latest: dict[EventKind, int], expected: list[tuple[EventKind, int]]
) -> None:
    opening = opening_events([_event(kind, seq) for kind, seq in latest.items()], up_to=9)
    assert [(event.kind, event.seq) for event in opening] == expected
