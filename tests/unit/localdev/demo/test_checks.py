"""The demo passes a run that is right and names each thing that is wrong."""

import pytest

from localdev.demo.checks import wrong_cancel, wrong_diagnosis, wrong_log, wrong_reuse, wrong_states, wrong_tasks
from localdev.demo.client import Json, StreamedEvent

RUN: Json = {"status": "completed", "error_message": None}
LOG = (
    b"Nov-23 10:00:00.000 [main] DEBUG nextflow.cli.Launcher - $> nextflow run\n"
    b"Nov-23 10:00:01.250 [main] WARN  nextflow.Session - two\n  lines - with a dash\n\n"
)
ENTRIES: list[Json] = [
    {"number": 0, "timestamp": "2026-11-23T10:00:00Z", "message": "$> nextflow run"},
    {"number": 1, "timestamp": "2026-11-23T10:00:01.250000+00:00", "message": "two\n  lines - with a dash\n"},
]
TRACE = (
    b"task_id\thash\tname\tstatus\texit\n1\tab/123456\tFASTQC (a)\tCOMPLETED\t0\n2\tcd/654321\tSTAR (a)\tABORTED\t-\n"
)
TASKS: list[Json] = [
    {"task_id": "cd-654321", "name": "STAR (a)", "status": "ABORTED", "exit_code": None},
    {"task_id": "ab-123456", "name": "FASTQC (a)", "status": "COMPLETED", "exit_code": 0},
]

FAILED: Json = {
    "error_task": "STAR (fail_oom)",
    "error_message": "Process `STAR (fail_oom)` terminated",
    "diagnosis": {"cause": "out_of_memory", "evidence": [{"source": "nextflow.log", "line": "exit status (137)"}]},
}
DIAGNOSED = [StreamedEvent("1", "done", {"diagnosis": FAILED["diagnosis"]})]


def _task(task_id: str, status: str) -> Json:
    return {"task_id": task_id, "status": status}


def _cancelled_journal() -> list[StreamedEvent]:
    told: list[tuple[str, Json]] = [
        ("status", {"status": "pending"}),
        ("status", {"status": "submitted"}),
        ("status", {"status": "running"}),
        ("status", {"status": "running", "cancel_requested_at": "2026-11-23T10:00:00Z"}),
        ("action", {"action": "jobs_stopped", "why": "cancelled", "evidence": {"found": 3, "stopped": 3}}),
        ("status", {"status": "cancelled", "cancel_requested_at": "2026-11-23T10:00:00Z"}),
        ("done", {"status": "cancelled"}),
    ]
    return [StreamedEvent(str(number), kind, data) for number, (kind, data) in enumerate(told, 1)]


def _events(*statuses: str) -> list[StreamedEvent]:
    told = [("status", {"status": status}) for status in statuses] + [("done", {"status": statuses[-1]})]
    return [StreamedEvent(str(number), kind, data) for number, (kind, data) in enumerate(told, 1)]


def test_a_run_that_is_right_has_no_faults() -> None:
    assert list(wrong_states(RUN, _events("pending", "submitted", "running", "completed"))) == []
    assert list(wrong_tasks(TASKS, TRACE)) == []
    assert list(wrong_log(ENTRIES, LOG, LOG)) == []


def test_a_failed_run_is_told_with_its_reason() -> None:
    failed = {"status": "failed", "error_message": "STAR ran out of memory"}
    faults = list(wrong_states(failed, _events("pending", "submitted", "running", "failed")))
    assert faults[0] == "the run is failed, not completed: STAR ran out of memory"
    assert len(faults) == 2


def test_a_state_that_was_missed_is_a_fault() -> None:
    assert "the journal's states are" in next(wrong_states(RUN, _events("pending", "submitted", "completed")))


def test_a_state_that_came_twice_is_a_fault() -> None:
    events = _events("pending", "submitted", "running", "running", "completed")
    assert list(wrong_states(RUN, events)) == ["a state is in the journal twice"]


def test_the_wish_to_cancel_is_no_state_that_came_twice() -> None:
    cancelled = {"status": "cancelled", "error_message": None}
    assert list(wrong_states(cancelled, _cancelled_journal(), end="cancelled")) == []


def test_a_diagnosis_that_proves_the_cause_has_no_faults() -> None:
    assert list(wrong_diagnosis(FAILED, DIAGNOSED, cause="out_of_memory", sample="fail_oom")) == []


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"diagnosis": None}, "the cause is None, not out_of_memory"),
        ({"error_task": "STAR (other)"}, "the task that failed is STAR (other), and not one of fail_oom"),
        ({"error_message": None}, "the run does not say why it failed, or without evidence"),
    ],
)
def test_a_diagnosis_that_lacks_something_is_a_fault(changed: Json, fault: str) -> None:
    assert fault in list(wrong_diagnosis({**FAILED, **changed}, DIAGNOSED, cause="out_of_memory", sample="fail_oom"))


def test_the_last_event_must_bring_the_same_diagnosis() -> None:
    other = [StreamedEvent("1", "done", {"diagnosis": None})]
    assert list(wrong_diagnosis(FAILED, other, cause="out_of_memory", sample="fail_oom")) == [
        "the last live event has another diagnosis than the run"
    ]


def test_a_cancel_with_its_proof_and_nothing_left_has_no_faults() -> None:
    assert list(wrong_cancel(_cancelled_journal(), [])) == []


def test_a_cancel_without_proof_or_with_a_job_left_is_a_fault() -> None:
    faults = list(wrong_cancel(_events("pending", "running", "cancelled"), ["jobs/nf-1", "jobs/nf-2"]))
    assert faults == [
        "the journal holds 0 proofs of what was stopped",
        "the journal does not say that the cancel was asked for",
        "2 jobs of the run go on, such as jobs/nf-1",
    ]


def test_reuse_of_all_that_had_finished_has_no_faults() -> None:
    before = [_task("aa-1", "COMPLETED"), _task("bb-2", "FAILED")]
    assert list(wrong_reuse(before, [_task("aa-1", "CACHED"), _task("cc-3", "COMPLETED")])) == []


def test_a_finished_task_that_ran_again_is_a_fault() -> None:
    before = [_task("aa-1", "COMPLETED"), _task("bb-2", "CACHED")]
    faults = list(wrong_reuse(before, [_task("aa-1", "CACHED"), _task("bb-2", "COMPLETED")]))
    assert faults == ["2 tasks had finished and 1 were reused", "1 tasks that had finished ran again, such as bb-2"]


def test_a_recovery_with_nothing_to_reuse_proves_nothing() -> None:
    assert list(wrong_reuse([_task("bb-2", "FAILED")], [])) == ["nothing had finished that could be reused"]


def test_an_event_that_came_twice_is_a_fault() -> None:
    events = _events("pending", "submitted", "running", "completed")
    assert list(wrong_states(RUN, [events[0], *events])) != []


def test_a_stream_without_its_end_is_a_fault() -> None:
    events = _events("pending", "submitted", "running", "completed")[:-1]
    assert list(wrong_states(RUN, events)) == ["the journal does not end with exactly one done"]


def test_a_task_that_is_missing_or_differs_is_named() -> None:
    assert next(wrong_tasks(TASKS[:1], TRACE)) == "there are 1 tasks and 2 rows in trace.txt"
    other = [{**TASKS[0], "exit_code": 1}, TASKS[1]]
    faults = list(wrong_tasks(other, TRACE))
    assert len(faults) == 2
    assert "cd-654321" in faults[0]


def test_terminal_colours_are_no_part_of_a_message() -> None:
    log = b"Nov-23 10:00:00.000 [main] INFO  nextflow.Session - \x1b[0;32mnf-core\x1b[0m\n"
    assert list(wrong_log([{**ENTRIES[0], "message": "nf-core"}], log, log)) == []


def test_an_empty_trace_is_a_fault() -> None:
    assert list(wrong_tasks([], TRACE.splitlines(keepends=True)[0])) == ["trace.txt has no rows"]


@pytest.mark.parametrize(
    "entries",
    [
        ENTRIES[:1],
        [ENTRIES[0], {**ENTRIES[1], "message": "two"}],
        [ENTRIES[0], {**ENTRIES[1], "timestamp": "2026-11-23T10:00:02Z"}],
        [ENTRIES[0], {**ENTRIES[1], "number": 2}],
    ],
)
def test_a_log_entry_that_is_missing_or_differs_is_a_fault(entries: list[Json]) -> None:
    assert len(list(wrong_log(entries, LOG, LOG))) == 1


def test_a_log_that_is_served_short_is_a_fault() -> None:
    assert "is not the one in the bucket" in next(wrong_log(ENTRIES, LOG[:-1], LOG))
