"""Which notifications are stored: those of the journal in its transaction, and what reconcile finds."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text

from common.domain.runs.live_events import EventKind
from common.domain.runs.status import RunStatus
from common.services.notifications.filling import fill_found, fill_test
from common.services.runs.journal import append_to_journal
from common.services.runs.store import RunStoreService
from common.services.users.service import UserService
from tests.support.database import sent_statements
from tests.support.runs import NOON, OWNER, make_run

RUN_ID = "run-0000000a"
ALL_TARGETS = {"notify_slack_url": "https://hooks.slack.com/x", "notify_webhook_url": "https://example.org/x"}


@pytest.fixture
def users(engine: Engine) -> UserService:
    return UserService(engine)


def prefer(users: UserService, **preferences: object) -> None:
    users.get_or_create_user(OWNER, at=NOON)
    users.update_preferences(OWNER, preferences)


def fail(runs: RunStoreService, **changes: Any) -> None:  # noqa: ANN401 fields of a run
    runs.create_run(make_run(run_id=RUN_ID, **changes))
    runs.update_run_status(RUN_ID, RunStatus.FAILED, at=NOON)


def stored(engine: Engine) -> list[tuple[str, str, str, int | None]]:
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT id, target, event, seq FROM notifications ORDER BY id, target"))
        return [tuple(row) for row in rows]


def find(engine: Engine) -> int:
    with engine.begin() as connection:
        return fill_found(connection, at=NOON)


def spend(engine: Engine, *, nanos: int) -> None:
    with engine.begin() as connection:
        add = "INSERT INTO run_costs (run_id, sums, nanos, summed_at) VALUES (:run_id, '[]', :nanos, :at)"
        connection.execute(text(add), {"run_id": RUN_ID, "at": NOON, "nanos": nanos})


def test_nobody_is_told_who_does_not_want_it(engine: Engine, users: UserService, runs: RunStoreService) -> None:
    prefer(users, **ALL_TARGETS)
    fail(runs)

    assert stored(engine) == []


def test_each_target_of_the_owner_is_told_once(engine: Engine, users: UserService, runs: RunStoreService) -> None:
    prefer(users, notifications_enabled=True, **ALL_TARGETS)
    fail(runs)
    with engine.begin() as connection:
        append_to_journal(connection, RUN_ID, [(EventKind.DONE, {"status": "failed"})], at=NOON)

    id_ = f"{RUN_ID}-run-failed"
    assert stored(engine) == [(id_, target, "run.failed", 3) for target in ("mail", "slack", "webhook")]


def test_a_change_that_is_rolled_back_tells_nobody(engine: Engine, users: UserService, runs: RunStoreService) -> None:
    prefer(users, notifications_enabled=True)
    runs.create_run(make_run(run_id=RUN_ID))
    with engine.connect() as connection:
        append_to_journal(connection, RUN_ID, [(EventKind.DONE, {"status": "failed"})], at=NOON)
        connection.rollback()

    assert stored(engine) == []


@pytest.mark.parametrize(
    ("preferences", "notify", "targets"),
    [
        ({"notifications_enabled": True, "notify_mail": False}, None, []),
        ({"notifications_enabled": True}, None, ["mail"]),
        ({"notifications_enabled": True}, False, []),
        ({"notifications_enabled": False}, True, ["mail"]),
        ({}, True, ["mail"]),
        ({"notifications_enabled": True, "notify_events": ["run.failed"]}, None, ["mail"]),
        ({"notifications_enabled": True, "notify_events": ["run.completed"]}, True, []),
        ({"notifications_enabled": True, "notify_events": []}, None, []),
        (
            {"notifications_enabled": True, "notify_mail_disabled": {"reason": "x"}, **ALL_TARGETS},
            None,
            ["slack", "webhook"],
        ),
    ],
)
def test_preferences_and_the_run_say_who_is_told(
    engine: Engine,
    users: UserService,
    runs: RunStoreService,
    preferences: Mapping[str, object],
    notify: bool | None,
    targets: list[str],
) -> None:
    prefer(users, **preferences)
    fail(runs, notify=notify)

    assert [target for _, target, _, _ in stored(engine)] == targets


def test_a_failed_task_is_told_only_to_those_who_chose_it(
    engine: Engine, users: UserService, runs: RunStoreService
) -> None:
    counts = [(EventKind.PROGRESS, {"tasks": {"FAILED": 1}})]
    prefer(users, notifications_enabled=True)
    runs.create_run(make_run(run_id=RUN_ID))
    with engine.begin() as connection:
        append_to_journal(connection, RUN_ID, counts, at=NOON)
    assert stored(engine) == []

    prefer(users, notify_events=["run.task_failed"])
    for _ in range(2):
        with engine.begin() as connection:
            append_to_journal(connection, RUN_ID, counts, at=NOON)
    assert stored(engine) == [(f"{RUN_ID}-run-task-failed", "mail", "run.task_failed", 3)]


def test_the_journal_and_its_notifications_are_one_statement(
    engine: Engine, users: UserService, runs: RunStoreService
) -> None:
    prefer(users, notifications_enabled=True)
    runs.create_run(make_run(run_id=RUN_ID))

    with engine.begin() as connection, sent_statements(engine) as sent:
        append_to_journal(connection, RUN_ID, [(EventKind.DONE, {"status": "completed"})], at=NOON)

    assert len(sent) == 1
    assert len(stored(engine)) == 1


def test_a_run_that_waits_too_long_is_found_once(engine: Engine, users: UserService, runs: RunStoreService) -> None:
    prefer(users, notifications_enabled=True)
    for number, minutes in ((1, 31), (2, 29)):
        runs.create_run(make_run(run_id=f"run-0000000{number}"))
        at = NOON - timedelta(minutes=minutes)
        runs.update_run_status(f"run-0000000{number}", RunStatus.SUBMITTED, at=at)

    assert [find(engine), find(engine)] == [1, 0]
    assert stored(engine) == [("run-00000001-run-stuck", "mail", "run.stuck", None)]


def test_a_work_directory_that_expires_is_found_unless_the_run_was_recovered(
    engine: Engine, users: UserService, runs: RunStoreService
) -> None:
    prefer(users, notifications_enabled=True, notify_events=["run.expiring"])
    expiries = {1: NOON + timedelta(days=2), 2: NOON + timedelta(days=4), 3: NOON, 4: NOON + timedelta(days=1)}
    for number, expires_at in expiries.items():
        run = make_run(run_id=f"run-0000000{number}", status=RunStatus.FAILED, work_dir_expires_at=expires_at)
        runs.create_run(run)
    runs.create_run(make_run(run_id="run-00000005", parent_run_id="run-00000004"))

    assert [find(engine), find(engine)] == [1, 0]
    assert stored(engine) == [("run-00000001-run-expiring", "mail", "run.expiring", None)]


@pytest.mark.parametrize(("limit", "is_found"), [(2.5, False), (2.49, True), (None, False)])
def test_a_cost_above_the_limit_is_found(
    engine: Engine, users: UserService, runs: RunStoreService, limit: float | None, is_found: bool
) -> None:
    prefer(users, notifications_enabled=True, notify_cost_limit_usd=limit)
    runs.create_run(make_run(run_id=RUN_ID))
    spend(engine, nanos=2_500_000_000)

    find(engine)

    expected = [(f"{RUN_ID}-run-cost-exceeded", "mail", "run.cost_exceeded", None)]
    assert stored(engine) == (expected if is_found else [])


@pytest.mark.parametrize(
    ("changes", "is_found"),
    [
        ({"status": RunStatus.COMPLETED, "updated_at": NOON - timedelta(hours=23)}, True),
        ({"status": RunStatus.COMPLETED, "updated_at": NOON - timedelta(hours=25)}, False),
        ({"status": RunStatus.RUNNING, "updated_at": NOON - timedelta(days=4)}, True),
    ],
)
def test_a_new_limit_tells_nothing_of_runs_that_ended_more_than_a_day_ago(
    engine: Engine, users: UserService, runs: RunStoreService, changes: Mapping[str, Any], is_found: bool
) -> None:
    prefer(users, notifications_enabled=True, notify_cost_limit_usd=1)
    runs.create_run(make_run(run_id=RUN_ID, created_at=NOON - timedelta(days=5), **changes))
    spend(engine, nanos=2_500_000_000)

    assert find(engine) == is_found


def test_a_test_goes_to_all_targets_whatever_is_chosen(engine: Engine, users: UserService) -> None:
    prefer(users, notify_events=[], notify_webhook_disabled={"reason": "x"}, **ALL_TARGETS)

    with engine.begin() as connection:
        assert sorted(fill_test(connection, OWNER, "test-1", at=NOON)) == ["mail", "slack"]
