"""The demo's checks accept a correct run and name each fault."""

from typing import Any

import pytest

from localdev.demo.checks import wrong_cancel, wrong_diagnosis, wrong_log, wrong_reuse, wrong_states, wrong_tasks
from sluice.sse import StreamEvent

Json = dict[str, Any]

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
    b"task_id\thash\tname\tstatus\texit\tworkdir\n"
    b"1\tab/123456\tFASTQC (a)\tCOMPLETED\t0\tgs://work/ab/123456aa\n"
    b"2\tcd/654321\tSTAR (a)\tABORTED\t-\tgs://work/cd/654321cc\n"
)
TASKS: list[Json] = [
    {
        "task_id": "cd-654321",
        "name": "STAR (a)",
        "status": "ABORTED",
        "exit_code": None,
        "work_dir": "gs://work/cd/654321cc",
    },
    {
        "task_id": "ab-123456",
        "name": "FASTQC (a)",
        "status": "COMPLETED",
        "exit_code": 0,
        "work_dir": "gs://work/ab/123456aa",
    },
]

FAILED: Json = {
    "error_task": "STAR (fail_oom)",
    "error_message": "Process `STAR (fail_oom)` terminated",
    "diagnosis": {"cause": "out_of_memory", "evidence": [{"source": "nextflow.log", "line": "exit status (137)"}]},
}
DIAGNOSED = [StreamEvent("done", {"diagnosis": FAILED["diagnosis"]}, "1")]


def _task(task_id: str, status: str) -> Json:
    return {"task_id": task_id, "status": status, "work_dir": f"gs://work/{task_id}"}


def _cancelled_journal() -> list[StreamEvent]:
    events: list[tuple[str, Json]] = [
        ("status", {"status": "pending"}),
        ("status", {"status": "submitted"}),
        ("status", {"status": "running"}),
        ("status", {"status": "running", "cancel_requested_at": "2026-11-23T10:00:00Z"}),
        ("action", {"action": "jobs_stopped", "why": "cancelled", "evidence": {"found": 3, "stopped": 3}}),
        ("status", {"status": "cancelled", "cancel_requested_at": "2026-11-23T10:00:00Z"}),
        ("done", {"status": "cancelled"}),
    ]
    return [StreamEvent(kind, data, str(number)) for number, (kind, data) in enumerate(events, 1)]


def test_a_failing_run_repeats_its_status_once() -> None:
    failing = StreamEvent("status", {"status": "running", "failing": True}, "9")
    *before, status, done = _events("pending", "submitted", "running", "failed")
    run = RUN | {"status": "failed", "error_message": "x"}
    assert list(wrong_states(run, [*before, failing, status, done], "failed")) == []


def _events(*statuses: str) -> list[StreamEvent]:
    events = [("status", {"status": status}) for status in statuses] + [("done", {"status": statuses[-1]})]
    return [StreamEvent(kind, data, str(number)) for number, (kind, data) in enumerate(events, 1)]


def test_a_correct_run_has_no_faults() -> None:
    assert list(wrong_states(RUN, _events("pending", "submitted", "running", "completed"))) == []
    assert list(wrong_tasks(TASKS, TRACE)) == []
    assert list(wrong_log(ENTRIES, LOG, LOG)) == []


def test_a_failed_run_is_reported_with_its_error_message() -> None:
    failed = {"status": "failed", "error_message": "STAR ran out of memory"}
    faults = list(wrong_states(failed, _events("pending", "submitted", "running", "failed")))
    assert faults[0] == "the run is failed, not completed: STAR ran out of memory"
    assert len(faults) == 2


def test_a_missing_state_is_a_fault() -> None:
    assert "the journal's states are" in next(wrong_states(RUN, _events("pending", "submitted", "completed")))


def test_a_repeated_state_is_a_fault() -> None:
    events = _events("pending", "submitted", "running", "running", "completed")
    assert list(wrong_states(RUN, events)) == ["the journal contains a state twice"]


def test_a_cancel_request_does_not_count_as_a_repeated_state() -> None:
    cancelled = {"status": "cancelled", "error_message": None}
    assert list(wrong_states(cancelled, _cancelled_journal(), end="cancelled")) == []


def test_a_complete_diagnosis_has_no_faults() -> None:
    assert list(wrong_diagnosis(FAILED, DIAGNOSED, cause="out_of_memory", sample="fail_oom")) == []


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"diagnosis": None}, "the cause is None, not out_of_memory"),
        ({"error_task": "STAR (other)"}, "the failed task is STAR (other), not a task of fail_oom"),
        ({"error_message": None}, "the run has no error message or no evidence for it"),
    ],
)
def test_an_incomplete_diagnosis_is_a_fault(changed: Json, fault: str) -> None:
    assert fault in list(wrong_diagnosis({**FAILED, **changed}, DIAGNOSED, cause="out_of_memory", sample="fail_oom"))


def test_the_last_event_must_have_the_diagnosis_of_the_run() -> None:
    other = [StreamEvent("done", {"diagnosis": None}, "1")]
    assert list(wrong_diagnosis(FAILED, other, cause="out_of_memory", sample="fail_oom")) == [
        "the diagnosis in the last live event differs from the run's"
    ]


def test_a_cancel_that_stopped_all_jobs_has_no_faults() -> None:
    assert list(wrong_cancel(_cancelled_journal(), [])) == []


def test_a_cancel_without_journal_events_or_with_a_live_job_is_a_fault() -> None:
    faults = list(wrong_cancel(_events("pending", "running", "cancelled"), ["jobs/nf-1", "jobs/nf-2"]))
    assert faults == [
        "the journal has 0 `jobs_stopped` events, not 1",
        "the journal does not record the cancel request",
        "2 jobs of the run have not ended, such as jobs/nf-1",
    ]


def test_reusing_every_finished_task_has_no_faults() -> None:
    before = [_task("aa-1", "COMPLETED"), _task("bb-2", "FAILED")]
    assert list(wrong_reuse(before, [_task("aa-1", "CACHED"), _task("cc-3", "COMPLETED")])) == []


def test_a_finished_task_that_ran_again_is_a_fault() -> None:
    before = [_task("aa-1", "COMPLETED"), _task("bb-2", "CACHED")]
    faults = list(wrong_reuse(before, [_task("aa-1", "CACHED"), _task("bb-2", "COMPLETED")]))
    assert faults == [
        "the first run finished 2 tasks, but 1 were reused",
        "1 finished tasks ran again, such as gs://work/bb-2",
    ]


def test_a_recovery_with_nothing_to_reuse_is_a_fault() -> None:
    assert list(wrong_reuse([_task("bb-2", "FAILED")], [])) == [
        "the first run finished no task, so nothing could be reused"
    ]


def test_a_repeated_event_is_a_fault() -> None:
    events = _events("pending", "submitted", "running", "completed")
    assert list(wrong_states(RUN, [events[0], *events])) != []


def test_a_journal_without_done_is_a_fault() -> None:
    events = _events("pending", "submitted", "running", "completed")[:-1]
    assert list(wrong_states(RUN, events)) == ["the journal does not end with exactly one `done` event"]


def test_a_missing_or_different_task_is_a_fault() -> None:
    assert next(wrong_tasks(TASKS[:1], TRACE)) == "there are 1 tasks and 2 rows in trace.txt"
    other = [{**TASKS[0], "exit_code": 1}, TASKS[1]]
    faults = list(wrong_tasks(other, TRACE))
    assert len(faults) == 2
    assert "gs://work/cd/654321cc" in faults[0]


def test_a_task_that_only_shares_its_eight_digits_with_a_row_is_a_fault() -> None:
    other = [TASKS[0], {**TASKS[1], "work_dir": "gs://work/ab/123456bb"}]
    assert len(list(wrong_tasks(other, TRACE))) == 2
    reused = [{**_task("ab-123456", "CACHED"), "work_dir": "gs://work/ab/123456bb"}]
    assert len(list(wrong_reuse([TASKS[1]], reused))) == 1


def test_terminal_colours_are_not_compared() -> None:
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
def test_a_missing_or_different_log_entry_is_a_fault(entries: list[Json]) -> None:
    assert len(list(wrong_log(entries, LOG, LOG))) == 1


def test_a_truncated_log_is_a_fault() -> None:
    assert "is not the file in the bucket" in next(wrong_log(ENTRIES, LOG[:-1], LOG))
