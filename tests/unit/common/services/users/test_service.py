"""Users in Postgres: logins, preferences, stats and concurrent changes."""

from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import Engine, text

from common.domain.users.user import LOGIN_INTERVAL, User
from common.errors import NotFoundError
from common.services.users.service import UserService
from common.services.users.stats import add_to_stats
from tests.support.runs import NOON, OWNER
from tests.support.threads import all_at_once

LATER = NOON + LOGIN_INTERVAL


@pytest.fixture
def users(engine: Engine) -> UserService:
    return UserService(engine)


@pytest.fixture
def ana(users: UserService) -> User:
    """A user created at noon."""
    return users.get_or_create_user(OWNER, at=NOON)


def test_a_new_user_is_named_after_the_email_address(ana: User) -> None:
    assert ana == User(email=OWNER, display_name="ana", created_at=NOON, last_login_at=NOON, preferences={}, stats={})


def test_a_second_request_returns_the_same_user(users: UserService, ana: User) -> None:
    users.update_profile(OWNER, display_name="Ana Pérez", preferences={"default_genome": "GRCh38"})
    again = users.get_or_create_user(OWNER, at=LATER)
    assert (again.display_name, again.preferences, again.created_at) == (
        "Ana Pérez", {"default_genome": "GRCh38"}, NOON,
    )  # fmt: skip


def test_concurrent_first_requests_create_one_user(users: UserService, engine: Engine) -> None:
    seen = all_at_once([partial(users.get_or_create_user, OWNER, at=NOON)] * 100)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM users")).scalar_one() == 1
    assert set(map(str, seen)) == {str(users.get_user(OWNER))}


@pytest.mark.parametrize(
    ("since", "written"),
    [
        (timedelta(0), False),
        (LOGIN_INTERVAL - timedelta(microseconds=1), False),
        (LOGIN_INTERVAL, True),
        (timedelta(days=400), True),
        (-timedelta(days=1), False),  # the clock of another instance is behind
    ],
)
def test_a_login_is_written_once_in_five_minutes(
    users: UserService, ana: User, since: timedelta, *, written: bool
) -> None:
    users.get_or_create_user(OWNER, at=NOON + since)
    assert users.get_user(OWNER).last_login_at == (NOON + since if written else NOON)


def test_a_login_within_five_minutes_does_not_write_the_row(users: UserService, ana: User, engine: Engine) -> None:
    where = text("SELECT ctid FROM users")
    with engine.connect() as connection:
        before = connection.execute(where).scalar_one()
        users.get_or_create_user(OWNER, at=NOON + timedelta(minutes=1))
        assert connection.execute(where).scalar_one() == before


def test_the_first_login_of_a_user_created_by_a_run_is_written(users: UserService, engine: Engine) -> None:
    with engine.begin() as connection:
        add_to_stats(connection, OWNER, {"total_runs": 1})
    assert users.get_user(OWNER).last_login_at is None
    assert users.get_or_create_user(OWNER, at=NOON).last_login_at == NOON


def test_get_user_does_not_create_a_user(users: UserService) -> None:
    with pytest.raises(NotFoundError, match="ben@"):
        users.get_user("ben@lab.example")


def test_preferences_are_merged_and_null_removes_one(users: UserService, ana: User) -> None:
    users.update_preferences(OWNER, {"default_genome": "GRCh38", "default_protocol": "10XV3"})
    users.update_preferences(OWNER, {"default_protocol": None, "notifications_enabled": False})
    assert users.get_user(OWNER).preferences == {"default_genome": "GRCh38", "notifications_enabled": False}


def test_removing_an_unset_preference_changes_nothing(users: UserService, ana: User) -> None:
    assert users.update_preferences(OWNER, {"default_genome": None}).preferences == {}


@pytest.mark.parametrize("value", ['"; DROP TABLE users; --', "{a,b}", "\\", "名前", "%s %(x)s :y ?"])
def test_any_text_is_stored_as_a_preference(users: UserService, ana: User, value: str) -> None:
    assert users.update_preferences(OWNER, {"default_genome": value}).preferences == {"default_genome": value}


def test_concurrent_changes_of_preferences_are_all_kept(users: UserService, ana: User) -> None:
    changes = [{f"key_{number}": number} for number in range(40)]
    all_at_once([partial(users.update_preferences, OWNER, change) for change in changes])
    assert users.get_user(OWNER).preferences == {f"key_{number}": number for number in range(40)}


def test_a_new_name_keeps_preferences_and_stats(users: UserService, ana: User) -> None:
    users.update_preferences(OWNER, {"default_genome": "GRCh38"})
    users.update_stats(OWNER, {"total_runs": 2})
    changed = users.update_profile(OWNER, display_name="Ana")
    assert (changed.display_name, changed.preferences, changed.stats) == (
        "Ana", {"default_genome": "GRCh38"}, {"total_runs": 2},
    )  # fmt: skip


def test_an_empty_change_returns_the_user(users: UserService, ana: User) -> None:
    assert users.update_profile(OWNER) == ana


def test_changing_an_unknown_user_raises_not_found(users: UserService) -> None:
    with pytest.raises(NotFoundError):
        users.update_profile(OWNER, display_name="Ana")


def test_stats_are_added_up(users: UserService, ana: User) -> None:
    users.update_stats(OWNER, {"total_runs": 2})
    users.update_stats(OWNER, {"total_runs": 1, "total_samples_processed": 5_000_000_000})
    assert users.get_user(OWNER).stats == {"total_runs": 3, "total_samples_processed": 5_000_000_000}
