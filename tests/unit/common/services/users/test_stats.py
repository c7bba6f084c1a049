"""Stats of owners: a run counts once when it is created and once when it completes."""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import Engine, text

from common.domain.runs.status import FINAL_STATUSES, RunStatus
from common.domain.users.user import User
from common.errors import NotFoundError
from common.services.runs.store import RunStoreService
from common.services.users.service import UserService
from tests.support.runs import NOON, OWNER, make_run
from tests.support.threads import all_at_once

RUN_ID = make_run().run_id
LATER = NOON + timedelta(hours=2)


@pytest.fixture
def users(engine: Engine) -> UserService:
    return UserService(engine)


@pytest.fixture
def running(runs: RunStoreService) -> str:
    """The id of a running run with two samples."""
    runs.create_run(make_run(sample_count=2))
    runs.update_run_status(RUN_ID, RunStatus.SUBMITTED, at=NOON)
    runs.update_run_status(RUN_ID, RunStatus.RUNNING, at=NOON)
    return RUN_ID


def stats_of(users: UserService, email: str = OWNER) -> Mapping[str, int]:
    return users.get_user(email).stats


def test_a_new_run_counts_for_its_owner(runs: RunStoreService, users: UserService) -> None:
    runs.create_run(make_run())
    runs.create_run(make_run(run_id="run-00000002"))
    runs.create_run(make_run(run_id="run-00000003", user_email="ben@lab.example"))
    assert (stats_of(users), stats_of(users, "ben@lab.example")) == ({"total_runs": 2}, {"total_runs": 1})


def test_an_unknown_owner_is_created(runs: RunStoreService, users: UserService) -> None:
    runs.create_run(make_run())
    made = users.get_user(OWNER)
    assert (made.display_name, made.last_login_at) == ("ana", None)


def test_a_run_does_not_change_the_preferences_of_its_owner(runs: RunStoreService, users: UserService) -> None:
    users.get_or_create_user(OWNER, at=NOON)
    before = users.update_profile(OWNER, display_name="Ana P.", preferences={"default_genome": "GRCh38"})
    runs.create_run(make_run())
    expected = User(
        email=OWNER, display_name="Ana P.", created_at=before.created_at, last_login_at=NOON,
        preferences={"default_genome": "GRCh38"}, stats={"total_runs": 1},
    )  # fmt: skip
    assert users.get_user(OWNER) == expected


def test_a_run_whose_id_is_taken_does_not_count(runs: RunStoreService, users: UserService) -> None:
    created = all_at_once([partial(runs.create_run, make_run())] * 20)
    assert (sum(created), stats_of(users)) == (1, {"total_runs": 1})


def test_concurrent_completions_count_once(runs: RunStoreService, users: UserService, running: str) -> None:
    all_at_once([partial(runs.update_run_status, running, RunStatus.COMPLETED, at=LATER)] * 100)
    assert stats_of(users) == {"total_runs": 1, "successful_runs": 1, "total_samples_processed": 2}


def test_concurrent_runs_of_one_owner_are_all_counted(runs: RunStoreService, users: UserService) -> None:
    many = [make_run(run_id=f"run-{number:08x}") for number in range(30)]
    all_at_once([partial(runs.create_run, run) for run in many])
    assert stats_of(users) == {"total_runs": 30}


@pytest.mark.parametrize("status", sorted(FINAL_STATUSES - {RunStatus.COMPLETED}))
def test_failed_and_cancelled_runs_count_in_total_runs_only(
    runs: RunStoreService, users: UserService, running: str, status: RunStatus
) -> None:
    runs.update_run_status(running, status, at=LATER)
    runs.update_run_status(running, RunStatus.COMPLETED, at=LATER)
    assert stats_of(users) == {"total_runs": 1}


def test_only_one_of_completed_and_cancelled_counts(runs: RunStoreService, users: UserService, running: str) -> None:
    ends = [partial(runs.update_run_status, running, end, at=LATER) for end in sorted(FINAL_STATUSES)] * 10
    all_at_once(ends)
    completed = runs.get_run(running).status == RunStatus.COMPLETED
    assert stats_of(users).get("successful_runs", 0) == int(completed)


def test_a_deleted_owner_is_created_again(
    runs: RunStoreService, users: UserService, running: str, engine: Engine
) -> None:
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM users"))
    runs.update_run_status(running, RunStatus.COMPLETED, at=LATER)
    assert stats_of(users) == {"successful_runs": 1, "total_samples_processed": 2}


def test_a_run_that_cannot_be_stored_is_not_counted(runs: RunStoreService, users: UserService) -> None:
    with pytest.raises(Exception, match="value too long"):
        runs.create_run(make_run(pipeline="x" * 200))
    with pytest.raises(NotFoundError):
        users.get_user(OWNER)
