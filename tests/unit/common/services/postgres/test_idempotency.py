"""Keys in Postgres: who may work on a request, who waits, and who is answered."""

from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import Engine

from common.errors import ConflictError
from common.services.postgres.idempotency import LEASE, LIFETIME, Hold, IdempotencyStore, KeyedRequest, StoredAnswer
from tests.support.runs import NOON
from tests.support.threads import all_at_once

REQUEST = KeyedRequest(scope="a" * 64, body_hash="b" * 64)
OTHER_BODY = KeyedRequest(scope=REQUEST.scope, body_hash="c" * 64)
ANSWER = StoredAnswer(status=201, body=b'{"run_id":"run-1a2b3c4d"}\x00\xff', location="/api/runs/run-1a2b3c4d")
SOON = NOON + timedelta(seconds=1)


@pytest.fixture
def keys(engine: Engine) -> IdempotencyStore:
    return IdempotencyStore(engine)


def held(keys: IdempotencyStore, request: KeyedRequest = REQUEST, *, at: timedelta = timedelta(0)) -> Hold:
    taken = keys.take(request, at=NOON + at)
    assert isinstance(taken, Hold)
    return taken


def test_the_first_may_work_and_its_twin_waits(keys: IdempotencyStore) -> None:
    assert held(keys).is_first
    assert keys.take(REQUEST, at=SOON) is None


def test_of_many_at_once_one_may_work(keys: IdempotencyStore) -> None:
    taken = all_at_once([partial(keys.take, REQUEST, at=NOON)] * 20)
    assert [isinstance(one, Hold) for one in taken].count(True) == 1
    assert taken.count(None) == 19


def test_twins_get_the_answer_byte_for_byte(keys: IdempotencyStore) -> None:
    keys.keep(held(keys), ANSWER)
    assert keys.take(REQUEST, at=SOON) == ANSWER


def test_an_answer_without_a_location_has_none_when_repeated(keys: IdempotencyStore) -> None:
    answer = StoredAnswer(status=200, body=b"{}", location=None)
    keys.keep(held(keys), answer)
    assert keys.take(REQUEST, at=SOON) == answer


@pytest.mark.parametrize("is_answered", [True, False])
def test_another_body_is_a_conflict_while_working_and_once_answered(keys: IdempotencyStore, is_answered: bool) -> None:
    hold = held(keys)
    if is_answered:
        keys.keep(hold, ANSWER)
    with pytest.raises(ConflictError, match="another body"):
        keys.take(OTHER_BODY, at=SOON)


def test_other_scopes_know_nothing_of_each_other(keys: IdempotencyStore) -> None:
    held(keys)
    assert held(keys, KeyedRequest(scope="d" * 64, body_hash=OTHER_BODY.body_hash)).is_first


def test_a_refused_request_leaves_its_key_as_new_for_any_body(keys: IdempotencyStore) -> None:
    first = held(keys)
    keys.forget(first)
    second = held(keys, OTHER_BODY)
    assert second.is_first
    assert second.creation_key != first.creation_key


def test_a_key_that_was_let_go_is_taken_at_once_with_the_same_creation_key(keys: IdempotencyStore) -> None:
    first = held(keys)
    keys.release(first, at=NOON)
    second = held(keys)
    assert (second.creation_key, second.is_first) == (first.creation_key, False)


def test_a_key_that_was_let_go_stays_bound_to_its_body(keys: IdempotencyStore) -> None:
    keys.release(held(keys), at=NOON)
    with pytest.raises(ConflictError):
        keys.take(OTHER_BODY, at=SOON)


def test_a_dead_holder_is_waited_for_as_long_as_its_lease_lasts(keys: IdempotencyStore) -> None:
    first = held(keys)
    assert keys.take(REQUEST, at=NOON + LEASE - timedelta(microseconds=1)) is None
    second = held(keys, at=LEASE)
    assert (second.creation_key, second.is_first) == (first.creation_key, False)
    assert second.holder != first.holder


def test_of_many_that_take_over_from_the_dead_one_may_work(keys: IdempotencyStore) -> None:
    held(keys)
    taken = all_at_once([partial(keys.take, REQUEST, at=NOON + LEASE)] * 20)
    assert [isinstance(one, Hold) for one in taken].count(True) == 1


def test_a_holder_that_was_taken_for_dead_changes_nothing_any_more(keys: IdempotencyStore) -> None:
    slow, quick = held(keys), held(keys, at=LEASE)
    keys.forget(slow)
    keys.release(slow, at=NOON)
    keys.keep(slow, StoredAnswer(status=201, body=b"late", location=None))
    assert keys.take(REQUEST, at=NOON + LEASE) is None
    keys.keep(quick, ANSWER)
    assert keys.take(REQUEST, at=NOON + LEASE) == ANSWER


def test_a_kept_answer_cannot_be_forgotten_or_let_go(keys: IdempotencyStore) -> None:
    hold = held(keys)
    keys.keep(hold, ANSWER)
    keys.forget(hold)
    keys.release(hold, at=NOON)
    assert keys.take(REQUEST, at=SOON) == ANSWER


def test_a_key_is_new_again_after_24_hours_for_any_body(keys: IdempotencyStore) -> None:
    first = held(keys)
    keys.keep(first, ANSWER)
    assert keys.take(REQUEST, at=NOON + LIFETIME - timedelta(microseconds=1)) == ANSWER
    again = held(keys, OTHER_BODY, at=LIFETIME)
    assert again.is_first
    assert again.creation_key != first.creation_key


def test_only_expired_keys_are_deleted(keys: IdempotencyStore) -> None:
    keys.keep(held(keys), ANSWER)
    later = KeyedRequest(scope="d" * 64, body_hash=REQUEST.body_hash)
    held(keys, later, at=timedelta(hours=1))
    assert keys.delete_expired(at=NOON + LIFETIME - timedelta(microseconds=1)) == 0
    assert keys.delete_expired(at=NOON + LIFETIME) == 1
    assert keys.take(later, at=NOON + timedelta(hours=1)) is None
