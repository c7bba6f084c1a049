"""Runs in Postgres: which changes apply, and what the journal records."""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import Engine, text

from common.domain.runs.live_events import AutomaticAction
from common.domain.runs.run import Run
from common.domain.runs.status import FINAL_STATUSES, LIVE_STATUSES, NEXT_STATUSES, RunStatus
from common.errors import NotFoundError
from common.services.runs.store import RunStoreService
from tests.support.database import events_of, journal_of
from tests.support.runs import NOON, OWNER, make_run
from tests.support.threads import all_at_once

LATER = NOON + timedelta(minutes=5)
JOB = "projects/p/locations/l/jobs/sluice-run-1a2b3c4d"
RUN_ID = make_run().run_id
MOVES = [(now, then) for now, following in NEXT_STATUSES.items() for then in following]
OTHERS = [(now, then) for now in RunStatus for then in RunStatus if then not in NEXT_STATUSES[now]]
TIMESTAMPS = {
    RunStatus.SUBMITTED: "submitted_at",
    RunStatus.RUNNING: "started_at",
    RunStatus.COMPLETED: "completed_at",
    RunStatus.FAILED: "failed_at",
    RunStatus.CANCELLED: "cancelled_at",
}


@pytest.fixture
def pending(runs: RunStoreService) -> Run:
    runs.create_run(make_run())
    return make_run()


def stored_as(status: RunStatus, runs: RunStoreService) -> Run:
    """A run that reached `status` by allowed changes."""
    runs.create_run(make_run())
    ways = {
        RunStatus.PENDING: (),
        RunStatus.SUBMITTED: (RunStatus.SUBMITTED,),
        RunStatus.RUNNING: (RunStatus.SUBMITTED, RunStatus.RUNNING),
        RunStatus.COMPLETED: (RunStatus.SUBMITTED, RunStatus.RUNNING, RunStatus.COMPLETED),
        RunStatus.FAILED: (RunStatus.FAILED,),
        RunStatus.CANCELLED: (RunStatus.CANCELLED,),
    }
    for step in ways[status]:
        runs.update_run_status(RUN_ID, step, at=NOON)
    return runs.get_run(RUN_ID)


def test_get_run_returns_the_stored_run(runs: RunStoreService) -> None:
    run = make_run(
        source_ngs_runs=("NGS-1", "NGS, 2"),
        source_project='a "project"\\',
        parent_run_id="run-00000000",
        is_recovery=True,
        recovery_notes="line\nline",
        reused_work_dir="gs://sluice-work/runs/run-00000000/work",
        params={"aligner": "alevin", "deep": [1, 2.5, None, True, "é\n'"]},
    )

    assert runs.create_run(run)

    assert runs.get_run(RUN_ID) == replace(run, event_seq=1)


def test_unknown_facts_are_null_in_the_row(runs: RunStoreService, engine: Engine) -> None:
    runs.create_run(make_run())

    with engine.connect() as connection:
        unknown = connection.execute(text("SELECT run_id FROM runs WHERE metrics IS NULL AND diagnosis IS NULL"))
        assert unknown.scalars().all() == [RUN_ID]


def test_a_new_run_is_the_first_entry_in_its_journal(runs: RunStoreService, engine: Engine) -> None:
    runs.create_run(make_run())

    (row,) = journal_of(engine, RUN_ID)
    assert (row.seq, row.event, row.at) == (1, "status", NOON)
    assert row.data == {"run_id": RUN_ID, "status": "pending", "at": NOON.isoformat(), "failing": False}


def test_a_taken_id_is_refused_and_the_first_run_is_kept(runs: RunStoreService, engine: Engine, pending: Run) -> None:
    assert not runs.create_run(make_run(user_email="bob@lab.example"))

    assert runs.get_run(RUN_ID).user_email == OWNER
    assert events_of(engine, RUN_ID) == [(1, "status", "pending")]


def test_concurrent_creates_of_one_id_store_one_run(runs: RunStoreService, engine: Engine) -> None:
    created = all_at_once([partial(runs.create_run, make_run())] * 2)

    assert sorted(created) == [False, True]
    assert events_of(engine, RUN_ID) == [(1, "status", "pending")]


def test_get_run_raises_not_found_for_an_unknown_run(runs: RunStoreService) -> None:
    with pytest.raises(NotFoundError, match="run-00000000"):
        runs.get_run("run-00000000")


@pytest.mark.parametrize(("now", "then"), MOVES)
def test_an_allowed_status_change_is_stored_with_its_time_and_journaled(
    runs: RunStoreService, engine: Engine, now: RunStatus, then: RunStatus
) -> None:
    before = stored_as(now, runs)

    after = runs.update_run_status(RUN_ID, then, at=LATER)

    assert (after.status, after.updated_at, getattr(after, TIMESTAMPS[then])) == (then, LATER, LATER)
    assert runs.get_run(RUN_ID) == after
    entries = journal_of(engine, RUN_ID)[before.event_seq :]
    assert [row.event for row in entries] == (["status", "done"] if then in FINAL_STATUSES else ["status"])
    assert [row.seq for row in entries] == list(range(before.event_seq + 1, after.event_seq + 1))
    assert {(row.data["status"], row.data["at"], row.at) for row in entries} == {(then.value, LATER.isoformat(), LATER)}


@pytest.mark.parametrize(("now", "then"), OTHERS)
def test_any_other_status_change_is_ignored(
    runs: RunStoreService, engine: Engine, now: RunStatus, then: RunStatus
) -> None:
    before, journal = stored_as(now, runs), events_of(engine, RUN_ID)

    after = runs.update_run_status(RUN_ID, then, at=LATER, facts={"exit_code": 1})

    assert after == before == runs.get_run(RUN_ID)
    assert events_of(engine, RUN_ID) == journal


def test_changing_the_status_of_an_unknown_run_raises_not_found(runs: RunStoreService) -> None:
    with pytest.raises(NotFoundError):
        runs.update_run_status("run-00000000", RunStatus.FAILED, at=NOON)


def test_the_facts_of_a_failure_are_stored_and_journaled(runs: RunStoreService, engine: Engine) -> None:
    stored_as(RunStatus.RUNNING, runs)
    facts = {"exit_code": 137, "error_message": "out of memory", "error_task": "STAR (s1)", "status_detail": None}

    after = runs.update_run_status(RUN_ID, RunStatus.FAILED, at=LATER, facts=facts)

    assert (after.exit_code, after.error_message, after.error_task) == (137, "out of memory", "STAR (s1)")
    done = journal_of(engine, RUN_ID)[-1]
    assert done.event == "done"
    assert done.data == {
        "run_id": RUN_ID,
        "status": "failed",
        "at": LATER.isoformat(),
        "exit_code": 137,
        "error_message": "out of memory",
        "error_task": "STAR (s1)",
    }


def test_the_journal_of_a_whole_run_has_no_gaps(runs: RunStoreService, engine: Engine) -> None:
    stored_as(RunStatus.COMPLETED, runs)

    assert events_of(engine, RUN_ID) == [
        (1, "status", "pending"),
        (2, "status", "submitted"),
        (3, "status", "running"),
        (4, "status", "completed"),
        (5, "done", "completed"),
    ]


def test_concurrent_equal_updates_are_journaled_once(runs: RunStoreService, engine: Engine, pending: Run) -> None:
    update = partial(runs.update_run_status, RUN_ID, RunStatus.SUBMITTED, at=LATER)

    answers = [run for _ in range(20) for run in all_at_once([update] * 5)]

    assert {run.status for run in answers} == {RunStatus.SUBMITTED}
    assert events_of(engine, RUN_ID) == [(1, "status", "pending"), (2, "status", "submitted")]


def test_one_of_two_concurrent_ends_wins_and_both_callers_get_it(runs: RunStoreService, engine: Engine) -> None:
    stored_as(RunStatus.RUNNING, runs)
    ends = [partial(runs.update_run_status, RUN_ID, end, at=LATER) for end in (RunStatus.COMPLETED, RunStatus.FAILED)]

    one, other = all_at_once(ends)

    assert one == other
    assert [kind for _, kind, _ in events_of(engine, RUN_ID)][-2:] == ["status", "done"]
    assert len(events_of(engine, RUN_ID)) == 5


def test_cancel_unlaunched_cancels_a_pending_run(runs: RunStoreService, engine: Engine, pending: Run) -> None:
    run = runs.cancel_unlaunched(RUN_ID, at=LATER)

    assert (run.status, run.cancelled_at, run.cancel_requested_at) == (RunStatus.CANCELLED, LATER, LATER)
    assert events_of(engine, RUN_ID)[1:] == [(2, "status", "cancelled"), (3, "done", "cancelled")]


def test_cancel_unlaunched_ignores_a_claimed_run(runs: RunStoreService, engine: Engine, pending: Run) -> None:
    runs.claim_launch(RUN_ID, JOB)

    run = runs.cancel_unlaunched(RUN_ID, at=LATER)

    assert (run.status, run.batch_job_name) == (RunStatus.PENDING, JOB)
    assert events_of(engine, RUN_ID) == [(1, "status", "pending")]


@pytest.mark.parametrize("status", sorted(RunStatus))
def test_claim_launch_claims_pending_runs_only(runs: RunStoreService, status: RunStatus) -> None:
    stored_as(status, runs)

    run = runs.claim_launch(RUN_ID, JOB)

    claimed = status == RunStatus.PENDING
    assert (run.batch_job_name, run.launch_attempt) == ((JOB, 1) if claimed else (None, 0))


def test_claim_launch_ignores_a_run_that_is_being_cancelled(runs: RunStoreService, pending: Run) -> None:
    runs.request_cancel(RUN_ID, at=LATER)

    assert runs.claim_launch(RUN_ID, JOB).batch_job_name is None


@pytest.mark.parametrize("number", range(5))
def test_only_one_of_a_concurrent_claim_and_cancel_wins(runs: RunStoreService, pending: Run, number: int) -> None:
    all_at_once([partial(runs.claim_launch, RUN_ID, JOB), partial(runs.cancel_unlaunched, RUN_ID, at=LATER)])

    run = runs.get_run(RUN_ID)
    assert (run.status, run.batch_job_name) in {(RunStatus.PENDING, JOB), (RunStatus.CANCELLED, None)}


@pytest.mark.parametrize("status", sorted(LIVE_STATUSES))
def test_request_cancel_is_recorded_once(runs: RunStoreService, engine: Engine, status: RunStatus) -> None:
    before = stored_as(status, runs)

    all_at_once([partial(runs.request_cancel, RUN_ID, at=LATER)] * 3)
    run = runs.request_cancel(RUN_ID, at=LATER + timedelta(hours=1))

    assert (run.status, run.cancel_requested_at, run.status_detail) == (status, LATER, "cancelling")
    (row,) = journal_of(engine, RUN_ID)[before.event_seq :]
    assert (row.event, row.data["status"]) == ("status", status.value)
    assert row.data["cancel_requested_at"] == LATER.isoformat()


@pytest.mark.parametrize("status", sorted(FINAL_STATUSES))
def test_request_cancel_ignores_a_finished_run(runs: RunStoreService, engine: Engine, status: RunStatus) -> None:
    before, journal = stored_as(status, runs), events_of(engine, RUN_ID)

    assert runs.request_cancel(RUN_ID, at=LATER) == before
    assert events_of(engine, RUN_ID) == journal


def test_note_sync_is_not_journaled(runs: RunStoreService, engine: Engine, pending: Run) -> None:
    runs.note_sync(RUN_ID, at=LATER, status_detail="waiting for a machine")

    run = runs.get_run(RUN_ID)
    assert (run.synced_at, run.status_detail, run.updated_at) == (LATER, "waiting for a machine", NOON)
    assert len(journal_of(engine, RUN_ID)) == 1


def test_note_sync_ignores_a_finished_run(runs: RunStoreService) -> None:
    before = stored_as(RunStatus.COMPLETED, runs)

    runs.note_sync(RUN_ID, at=LATER, status_detail="waiting for a machine")

    assert runs.get_run(RUN_ID) == before


@pytest.mark.parametrize(
    ("updated_at", "synced_at", "is_silent"),
    [
        (NOON, None, True),
        (LATER, None, False),
        (NOON, NOON, True),
        (NOON, LATER, False),
        (LATER, NOON, True),  # updated, but not synced with Batch
    ],
)
def test_a_live_run_is_silent_without_a_recent_launch_or_sync(
    runs: RunStoreService, updated_at: datetime, synced_at: datetime | None, is_silent: bool
) -> None:
    runs.create_run(make_run(updated_at=updated_at, synced_at=synced_at))

    assert [run.run_id for run in runs.silent_runs(since=LATER)] == ([RUN_ID] if is_silent else [])


@pytest.mark.parametrize("status", sorted(RunStatus))
def test_silent_runs_are_live_runs(runs: RunStoreService, status: RunStatus) -> None:
    stored_as(status, runs)

    assert bool(runs.silent_runs(since=LATER)) == (status in LIVE_STATUSES)


def test_the_oldest_silent_runs_come_first(runs: RunStoreService) -> None:
    for number in range(4):
        runs.create_run(make_run(run_id=f"run-0000000{number}", created_at=NOON - timedelta(hours=number)))

    silent = runs.silent_runs(since=LATER, limit=3)

    assert [run.run_id[-1] for run in silent] == ["3", "2", "1"]


def test_a_finished_launched_run_is_unarchived_until_it_is_archived(runs: RunStoreService) -> None:
    runs.create_run(make_run(batch_job_name="j"))
    assert runs.unarchived_runs(since=LATER) == []
    runs.update_run_status(RUN_ID, RunStatus.FAILED, at=NOON)
    assert [run.run_id for run in runs.unarchived_runs(since=LATER)] == [RUN_ID]
    assert runs.unarchived_runs(since=NOON) == []
    runs.note_archived(RUN_ID, at=LATER)
    assert runs.unarchived_runs(since=LATER) == []


def test_runs_are_found_by_their_ids(runs: RunStoreService) -> None:
    runs.create_run(make_run())
    runs.create_run(make_run(run_id="run-00000001"))
    assert list(runs.find_runs({RUN_ID, "run-ffffffff", ""})) == [RUN_ID]
    assert runs.find_runs(()) == {}


def test_the_newest_unarchived_runs_come_first(runs: RunStoreService) -> None:
    for number in range(4):
        run = make_run(run_id=f"run-0000000{number}", created_at=NOON + timedelta(hours=number), batch_job_name="j")
        runs.create_run(run)
        runs.update_run_status(run.run_id, RunStatus.FAILED, at=NOON)

    unarchived = runs.unarchived_runs(since=NOON + timedelta(days=1), limit=3)

    assert [run.run_id[-1] for run in unarchived] == ["3", "2", "1"]


def test_a_run_that_was_never_launched_is_not_unarchived(runs: RunStoreService) -> None:
    runs.create_run(make_run())
    runs.cancel_unlaunched(RUN_ID, at=NOON)
    assert runs.unarchived_runs(since=LATER) == []


def test_note_archived_ignores_a_live_run(runs: RunStoreService) -> None:
    runs.create_run(make_run(batch_job_name="j"))
    runs.note_archived(RUN_ID, at=NOON)
    runs.update_run_status(RUN_ID, RunStatus.FAILED, at=NOON)
    assert [run.run_id for run in runs.unarchived_runs(since=LATER)] == [RUN_ID]


STOPPED = AutomaticAction(name="jobs_stopped", why="nothing is left", evidence={"jobs_found": 2})


def test_the_action_that_led_to_a_status_is_journaled_before_it(runs: RunStoreService, engine: Engine) -> None:
    runs.create_run(make_run())
    for _ in range(2):
        runs.update_run_status(RUN_ID, RunStatus.CANCELLED, at=LATER, after=STOPPED)
    assert events_of(engine, RUN_ID) == [
        (1, "status", "pending"),
        (2, "action", None),
        (3, "status", "cancelled"),
        (4, "done", "cancelled"),
    ]


def test_note_action_journals_the_action_and_does_not_change_the_run(runs: RunStoreService, engine: Engine) -> None:
    runs.create_run(make_run())
    runs.note_action(RUN_ID, STOPPED, at=LATER)
    assert journal_of(engine, RUN_ID)[-1].data["evidence"] == {"jobs_found": 2}
    assert runs.get_run(RUN_ID) == replace(make_run(), event_seq=2)


def test_a_row_with_null_in_optional_columns_can_be_read(runs: RunStoreService, engine: Engine) -> None:
    runs.create_run(make_run())
    with engine.begin() as connection:
        connection.execute(text("UPDATE runs SET source_ngs_runs = NULL, is_recovery = NULL"))

    run = runs.get_run(RUN_ID)

    assert (run.source_ngs_runs, run.is_recovery) == ((), False)


def test_updated_at_does_not_move_back_after_a_late_change(runs: RunStoreService) -> None:
    runs.create_run(make_run())
    runs.update_run_status(RUN_ID, RunStatus.SUBMITTED, at=NOON + timedelta(minutes=5))
    run = runs.update_run_status(RUN_ID, RunStatus.RUNNING, at=NOON + timedelta(minutes=1))
    assert (run.started_at, run.updated_at) == (NOON + timedelta(minutes=1), NOON + timedelta(minutes=5))
