"""The audit accepts correct runs and counts each fault."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from chaos.audit import Finding, audit, compare_log, is_settled
from chaos.evidence import EntryRecord, HeadJobFiles, Job, RunRecord
from chaos.workload import RunRequest, Scenario, ScenarioResult

LOG = b"Nov-23 10:00:00.000 [main] DEBUG a.B - one\nNov-23 10:00:01.000 [main] INFO  a.B - \x1b[1mtwo\x1b[0m\nmore\n"
FIRST = LOG.index(b"\n") + 1
ENTRIES = [EntryRecord(0, FIRST, "one"), EntryRecord(FIRST, len(LOG), "two\nmore")]
FIRST_DIR, OTHER_DIR, FAILED_DIR = (f"gs://work/{name}" for name in ("ab/123456aaaa", "ab/123456bbbb", "cd/654321cccc"))
TRACE = (
    "task_id\thash\tname\tstatus\tworkdir\n"
    f"1\tab/123456\tSTAR (a)\tCOMPLETED\t{FIRST_DIR}\n"
    f"2\tcd/654321\tMULTIQC\tFAILED\t{FAILED_DIR}\n"
).encode()
TASKS = {FIRST_DIR: "COMPLETED", FAILED_DIR: "FAILED"}


def journal(*states: str) -> list[tuple[str, dict[str, str]]]:
    return [*(("status", {"status": state}) for state in states), ("done", {"status": states[-1]})]


COMPLETED = RunRecord(
    status="completed",
    cause=None,
    cancel_requested=False,
    is_archived=True,
    events=journal("pending", "submitted", "running", "completed"),
    entries=ENTRIES,
    tasks=TASKS,
)
FAILED = replace(
    COMPLETED,
    status="failed",
    cause="out_of_memory",
    events=journal("pending", "submitted", "running", "failed"),
)
CANCELLED = replace(COMPLETED, status="cancelled", cancel_requested=True, events=journal("pending", "cancelled"))
FILE = HeadJobFiles(log=LOG, trace=TRACE, exit_code=0)
HEAD = Job("jobs/run-1", "run-1", is_head=True, has_ended=True)


TOLD = {"run-1-run-completed": 1}


def told_of(records: Mapping[str, RunRecord]) -> dict[str, int]:
    """What a receiver got if the end of each run was told once."""
    return {f"{run_id}-run-{record.status}": 1 for run_id, record in records.items()}


def result(scenario: Scenario, *run_ids: str, was_cancelled: bool = False) -> ScenarioResult:
    return ScenarioResult(RunRequest(scenario, "ana@lab.example", "k1", "k2"), list(run_ids), was_cancelled)


def counts(
    record: RunRecord, file: HeadJobFiles = FILE, *, scenario: Scenario = Scenario.SUCCESS
) -> dict[Finding, int]:
    results = [result(scenario, "run-1", was_cancelled=record.cancel_requested)]
    records = {"run-1": record}
    return dict(audit(results, records, {"run-1": file}, [HEAD], told_of(records)).counts)


def test_correct_runs_have_no_findings() -> None:
    assert counts(COMPLETED) == {}
    assert counts(FAILED, replace(FILE, exit_code=1), scenario=Scenario.FAILURE) == {}
    assert counts(CANCELLED, replace(FILE, exit_code=None), scenario=Scenario.CANCEL) == {}


def test_a_run_may_complete_before_its_cancel() -> None:
    assert counts(replace(COMPLETED, cancel_requested=True), scenario=Scenario.CANCEL) == {}


@pytest.mark.parametrize(
    ("record", "file"),
    [
        (COMPLETED, replace(FILE, exit_code=1)),
        (replace(COMPLETED, events=journal("pending", "running", "completed")), FILE),
        (replace(COMPLETED, events=COMPLETED.events[:-1]), FILE),
        (replace(COMPLETED, events=[*COMPLETED.events, COMPLETED.events[-1]]), FILE),
    ],
)
def test_a_status_that_contradicts_the_exit_code_or_the_journal_is_wrong(record: RunRecord, file: HeadJobFiles) -> None:
    assert counts(record, file) == {Finding.WRONG_END_STATES: 1}


def test_an_unexpected_end_state_is_wrong() -> None:
    assert counts(FAILED, replace(FILE, exit_code=1)) == {Finding.WRONG_END_STATES: 1}
    assert Finding.WRONG_END_STATES in counts(replace(CANCELLED, cancel_requested=False))


def test_a_failure_with_the_wrong_cause_is_wrong() -> None:
    record = replace(FAILED, cause="command_failed")
    assert counts(record, replace(FILE, exit_code=1), scenario=Scenario.FAILURE) == {Finding.WRONG_END_STATES: 1}


def test_bytes_between_entries_and_after_them_are_lost() -> None:
    assert compare_log(ENTRIES, LOG) == (0, 0)
    assert compare_log(ENTRIES[1:], LOG) == (FIRST, 0)
    assert compare_log(ENTRIES[:1], LOG) == (len(LOG) - FIRST, 0)
    assert compare_log([ENTRIES[0], replace(ENTRIES[1], message="three")], LOG) == (len(LOG) - FIRST, 0)


def test_bytes_in_two_entries_or_beyond_the_file_are_doubled() -> None:
    assert compare_log([ENTRIES[0], *ENTRIES], LOG) == (0, FIRST)
    assert compare_log(ENTRIES, LOG[:-5]) == (0, 5)


def test_a_trace_row_without_its_task_is_lost() -> None:
    row = len(TRACE.splitlines()[1])
    assert counts(replace(COMPLETED, tasks={FAILED_DIR: "FAILED"})) == {Finding.LOST_BYTES: row}
    assert counts(replace(COMPLETED, tasks={**TASKS, FIRST_DIR: "RUNNING"})) == {Finding.LOST_BYTES: row}


def test_tasks_with_the_same_eight_digits_are_two_tasks() -> None:
    row = f"3\tab/123456\tSTAR (b)\tCOMPLETED\t{OTHER_DIR}"
    both = replace(FILE, trace=TRACE + f"{row}\n".encode())
    assert counts(replace(COMPLETED, tasks={**TASKS, OTHER_DIR: "COMPLETED"}), both) == {}
    assert counts(COMPLETED, both) == {Finding.LOST_BYTES: len(row)}


def test_a_task_that_only_shares_digits_with_a_finished_one_is_not_reused() -> None:
    files = {"run-1": replace(FILE, exit_code=1), "run-2": replace(FILE, trace=b"")}
    records = {"run-1": FAILED, "run-2": replace(COMPLETED, tasks={OTHER_DIR: "CACHED"})}
    found = audit([result(Scenario.RECOVER, "run-1", "run-2")], records, files, [], told_of(records))
    assert dict(found.counts) == {Finding.DOUBLED_JOBS: 1}


def test_a_run_that_does_not_end_or_is_not_archived_is_stuck() -> None:
    unarchived = replace(COMPLETED, is_archived=False)
    assert counts(unarchived) == {Finding.STUCK_RUNS: 1}
    assert not is_settled({"run-1": unarchived})
    assert is_settled({"run-1": COMPLETED, "run-2": replace(CANCELLED, is_archived=False)})  # it never had a head job


def test_a_second_head_job_or_a_run_without_a_request_is_doubled() -> None:
    twice = [HEAD, replace(HEAD, name="jobs/run-1-2")]
    files = {"run-1": FILE, "run-2": FILE}
    records = {"run-1": COMPLETED, "run-2": COMPLETED}
    found = audit([result(Scenario.SUCCESS, "run-1")], records, files, twice, told_of(records))
    assert dict(found.counts) == {Finding.DOUBLED_JOBS: 2}


def test_a_finished_task_that_the_recovery_ran_again_is_doubled() -> None:
    files = {"run-1": replace(FILE, exit_code=1), "run-2": replace(FILE, trace=b"")}
    records = {"run-1": FAILED, "run-2": COMPLETED}
    found = audit([result(Scenario.RECOVER, "run-1", "run-2")], records, files, [], told_of(records))
    assert dict(found.counts) == {Finding.DOUBLED_JOBS: 1}


def test_a_missing_recovery_is_wrong() -> None:
    files = {"run-1": replace(FILE, exit_code=1)}
    found = audit([result(Scenario.RECOVER, "run-1")], {"run-1": FAILED}, files, [], {"run-1-run-failed": 1})
    assert dict(found.counts) == {Finding.WRONG_END_STATES: 1}


def test_a_job_that_has_not_ended_is_an_orphan() -> None:
    child = Job("jobs/nf-1", "run-1", is_head=False, has_ended=False)
    found = audit([result(Scenario.SUCCESS, "run-1")], {"run-1": COMPLETED}, {"run-1": FILE}, [HEAD, child], TOLD)
    assert dict(found.counts) == {Finding.ORPHANS: 1}
    assert found.sentences == ["orphans: jobs/nf-1 of run-1 has not ended"]


def test_a_trial_waits_until_all_jobs_have_ended() -> None:
    assert is_settled({"run-1": COMPLETED}, [HEAD])
    assert not is_settled({"run-1": COMPLETED}, [HEAD, replace(HEAD, is_head=False, has_ended=False)])


@pytest.mark.parametrize(
    ("told", "lost"),
    [
        ({"run-1-run-completed": 3}, 0),  # a repeat has the same id
        ({}, 1),
        ({"run-1-run-completed": 1, "run-1-run-failed": 1}, 1),
    ],
)
def test_the_end_of_a_run_that_is_not_told_is_lost(told: dict[str, int], lost: int) -> None:
    found = audit([result(Scenario.SUCCESS, "run-1")], {"run-1": COMPLETED}, {"run-1": FILE}, [HEAD], told)
    assert found.counts[Finding.LOST_NOTIFICATIONS] == found.counts.total() == lost


def test_a_trial_waits_until_all_notifications_are_delivered() -> None:
    assert not is_settled({"run-1": replace(COMPLETED, untold=1)}, [HEAD])
