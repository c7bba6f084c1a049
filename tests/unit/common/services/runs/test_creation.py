"""Creating runs: one per request, ten a minute, one live run per session, also with concurrent requests."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest

from common.domain.runs.run import Run
from common.domain.runs.status import FINAL_STATUSES, RunStatus
from common.errors import ConflictError, SluiceError, TooManyRequestsError, UnavailableError
from common.services.runs.creation import OwnerLimits
from common.services.runs.store import RunStoreService
from tests.support.runs import NOON, OWNER, make_run
from tests.support.threads import all_at_once

LIMITS = OwnerLimits(per_minute=10, live=50)
KEY, OTHER_KEY = str(uuid.UUID(int=1)), str(uuid.UUID(int=2))
SESSION = make_run().session_id


def numbered(number: int, **changes: object) -> Run:
    return make_run(run_id=f"run-{number:08x}", **changes)


def create_at(runs: RunStoreService, *seconds: float, owner: str = OWNER) -> None:
    """Store a run for each number of seconds after noon."""
    for second in seconds:
        at = NOON + timedelta(seconds=second)
        assert runs.create_run(numbered(uuid.uuid4().int & 0xFFFFFFFF, created_at=at, user_email=owner))


def outcome(create: Callable[[], bool]) -> str:
    """The name of the error, or whether a run was stored."""
    try:
        return str(create())
    except SluiceError as error:
        return type(error).__name__


def test_created_by_finds_the_run_of_a_creation_key(runs: RunStoreService) -> None:
    assert runs.create_run(make_run(), creation_key=KEY)
    found = runs.created_by(KEY)
    assert found
    assert found.run_id == make_run().run_id
    assert runs.created_by(OTHER_KEY) is None


def test_a_creation_key_creates_one_run(runs: RunStoreService) -> None:
    runs.create_run(numbered(1), creation_key=KEY)
    with pytest.raises(UnavailableError):
        runs.create_run(numbered(2), creation_key=KEY)
    assert runs.create_run(numbered(3), creation_key=OTHER_KEY)


def test_a_run_with_the_same_id_and_another_key_is_not_found(runs: RunStoreService) -> None:
    runs.create_run(numbered(1), creation_key=OTHER_KEY)
    assert not runs.create_run(numbered(1, session_id=SESSION), creation_key=KEY)
    assert runs.created_by(KEY) is None


def test_concurrent_attempts_with_one_key_create_one_run(runs: RunStoreService) -> None:
    tries = [partial(runs.create_run, numbered(n), limits=LIMITS, creation_key=KEY) for n in range(20)]
    made = all_at_once([partial(outcome, attempt) for attempt in tries])
    assert (made.count("True"), made.count("UnavailableError")) == (1, 19)


def test_the_eleventh_run_within_a_minute_is_refused(runs: RunStoreService) -> None:
    create_at(runs, *range(10))
    with pytest.raises(TooManyRequestsError, match="at most 10") as refused:
        runs.create_run(numbered(99, created_at=NOON + timedelta(seconds=20.5)), limits=LIMITS)
    assert refused.value.retry_after_s == 40  # 39.5, and a header has whole seconds

    later = NOON + timedelta(seconds=60.5)
    assert runs.create_run(numbered(99, created_at=later), limits=LIMITS)


def test_a_retry_after_the_given_time_succeeds(runs: RunStoreService) -> None:
    create_at(runs, *range(12))  # created under a higher limit
    at = NOON + timedelta(seconds=15)
    with pytest.raises(TooManyRequestsError) as refused:
        runs.require_within_limits(OWNER, LIMITS, at=at)
    runs.require_within_limits(OWNER, LIMITS, at=at + timedelta(seconds=refused.value.retry_after_s))
    with pytest.raises(TooManyRequestsError):
        runs.require_within_limits(OWNER, LIMITS, at=at + timedelta(seconds=refused.value.retry_after_s - 1.5))


def test_runs_of_other_owners_do_not_count(runs: RunStoreService) -> None:
    create_at(runs, *range(10), owner="bob@lab.example")
    assert runs.create_run(make_run(), limits=LIMITS)


def test_concurrent_creates_do_not_exceed_the_rate(runs: RunStoreService) -> None:
    made = all_at_once([partial(outcome, partial(runs.create_run, numbered(n), limits=LIMITS)) for n in range(30)])
    assert (made.count("True"), made.count("TooManyRequestsError")) == (10, 20)


def test_a_recovery_of_a_finished_run_is_created(runs: RunStoreService) -> None:
    runs.create_run(numbered(1, session_id=SESSION, status=RunStatus.FAILED))
    assert runs.create_recovery_run(numbered(2, session_id=SESSION), limits=LIMITS)


def test_a_recovery_conflicts_with_a_live_run_of_its_session(runs: RunStoreService) -> None:
    runs.create_run(numbered(1, session_id=SESSION))
    with pytest.raises(ConflictError, match="run-00000001"):
        runs.create_recovery_run(numbered(2, session_id=SESSION), limits=LIMITS)
    with pytest.raises(ConflictError, match="run-00000001"):
        runs.require_idle_session(SESSION)


@pytest.mark.parametrize("status", FINAL_STATUSES)
def test_a_session_is_free_once_its_run_is_over(runs: RunStoreService, status: RunStatus) -> None:
    runs.create_run(numbered(1, session_id=SESSION))
    for step in (RunStatus.SUBMITTED, RunStatus.RUNNING, status):
        runs.update_run_status("run-00000001", step, at=NOON)
    runs.require_idle_session(SESSION)
    assert runs.create_recovery_run(numbered(2, session_id=SESSION), limits=LIMITS)


def test_concurrent_recoveries_of_one_session_create_one_run(runs: RunStoreService) -> None:
    tries = [numbered(n, session_id=SESSION, user_email=f"user{n}@lab.example") for n in range(10)]
    made = all_at_once([partial(outcome, partial(runs.create_recovery_run, run, limits=LIMITS)) for run in tries])
    assert (made.count("True"), made.count("ConflictError")) == (1, 9)


def test_a_recovery_whose_id_is_taken_is_not_stored(runs: RunStoreService) -> None:
    runs.create_run(numbered(1))
    assert not runs.create_recovery_run(numbered(1, session_id=SESSION), limits=LIMITS)


def test_recoveries_count_towards_the_rate(runs: RunStoreService) -> None:
    create_at(runs, *range(9))
    assert runs.create_recovery_run(numbered(1), limits=LIMITS)
    with pytest.raises(TooManyRequestsError):
        runs.create_recovery_run(numbered(2), limits=LIMITS)


FEW = OwnerLimits(per_minute=1_000, live=3)


def test_a_user_cannot_have_more_live_runs_than_allowed(runs: RunStoreService) -> None:
    create_at(runs, 0, 1, 2)
    with pytest.raises(TooManyRequestsError, match=r"you have 3 runs that have not ended, .* cancel one") as refused:
        runs.create_run(numbered(99), limits=FEW)
    assert refused.value.retry_after_s == 60
    assert runs.create_run(numbered(99, user_email="ben@lab.example"), limits=FEW)


def test_a_run_that_has_ended_makes_room_for_another(runs: RunStoreService) -> None:
    create_at(runs, 0, 1)
    runs.create_run(numbered(1))
    runs.update_run_status(numbered(1).run_id, RunStatus.FAILED, at=NOON)
    assert runs.create_run(numbered(99), limits=FEW)


def test_live_runs_are_counted_across_concurrent_requests(runs: RunStoreService) -> None:
    made = all_at_once([partial(outcome, partial(runs.create_run, numbered(n), limits=FEW)) for n in range(10)])
    assert sorted(made) == ["TooManyRequestsError"] * 7 + ["True"] * 3


def test_recoveries_count_as_live_runs(runs: RunStoreService) -> None:
    create_at(runs, 0, 1, 2)
    with pytest.raises(TooManyRequestsError):
        runs.create_recovery_run(numbered(99), limits=FEW)
