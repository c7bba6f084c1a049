"""Idempotency keys, on a real Postgres."""

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


def test_the_first_request_is_granted_and_a_repeated_one_waits(keys: IdempotencyStore) -> None:
    assert held(keys).is_first
    assert keys.take(REQUEST, at=SOON) is None


def test_one_of_many_concurrent_requests_is_granted(keys: IdempotencyStore) -> None:
    taken = all_at_once([partial(keys.take, REQUEST, at=NOON)] * 20)
    assert [isinstance(one, Hold) for one in taken].count(True) == 1
    assert taken.count(None) == 19


def test_repeated_requests_get_the_stored_answer_byte_for_byte(keys: IdempotencyStore) -> None:
    keys.keep(held(keys), ANSWER)
    assert keys.take(REQUEST, at=SOON) == ANSWER


def test_a_repeated_answer_without_location_has_none(keys: IdempotencyStore) -> None:
    answer = StoredAnswer(status=200, body=b"{}", location=None)
    keys.keep(held(keys), answer)
    assert keys.take(REQUEST, at=SOON) == answer


@pytest.mark.parametrize("is_answered", [True, False])
def test_a_different_body_is_a_conflict_before_and_after_the_answer(keys: IdempotencyStore, is_answered: bool) -> None:
    hold = held(keys)
    if is_answered:
        keys.keep(hold, ANSWER)
    with pytest.raises(ConflictError, match="another body"):
        keys.take(OTHER_BODY, at=SOON)


def test_scopes_are_independent(keys: IdempotencyStore) -> None:
    held(keys)
    assert held(keys, KeyedRequest(scope="d" * 64, body_hash=OTHER_BODY.body_hash)).is_first


def test_a_forgotten_key_may_be_used_with_any_body(keys: IdempotencyStore) -> None:
    first = held(keys)
    keys.forget(first)
    second = held(keys, OTHER_BODY)
    assert second.is_first
    assert second.creation_key != first.creation_key


def test_a_released_key_can_be_taken_at_once_with_the_same_creation_key(keys: IdempotencyStore) -> None:
    first = held(keys)
    keys.release(first, at=NOON)
    second = held(keys)
    assert (second.creation_key, second.is_first) == (first.creation_key, False)


def test_a_released_key_stays_bound_to_its_body(keys: IdempotencyStore) -> None:
    keys.release(held(keys), at=NOON)
    with pytest.raises(ConflictError):
        keys.take(OTHER_BODY, at=SOON)


def test_the_key_of_a_dead_holder_is_free_when_its_lease_expires(keys: IdempotencyStore) -> None:
    first = held(keys)
    assert keys.take(REQUEST, at=NOON + LEASE - timedelta(microseconds=1)) is None
    second = held(keys, at=LEASE)
    assert (second.creation_key, second.is_first) == (first.creation_key, False)
    assert second.holder != first.holder


def test_one_of_many_concurrent_requests_takes_over_from_a_dead_holder(keys: IdempotencyStore) -> None:
    held(keys)
    taken = all_at_once([partial(keys.take, REQUEST, at=NOON + LEASE)] * 20)
    assert [isinstance(one, Hold) for one in taken].count(True) == 1


def test_a_holder_that_lost_its_lease_cannot_change_the_key(keys: IdempotencyStore) -> None:
    slow, quick = held(keys), held(keys, at=LEASE)
    keys.forget(slow)
    keys.release(slow, at=NOON)
    keys.keep(slow, StoredAnswer(status=201, body=b"late", location=None))
    assert keys.take(REQUEST, at=NOON + LEASE) is None
    keys.keep(quick, ANSWER)
    assert keys.take(REQUEST, at=NOON + LEASE) == ANSWER


def test_a_stored_answer_cannot_be_forgotten_or_released(keys: IdempotencyStore) -> None:
    hold = held(keys)
    keys.keep(hold, ANSWER)
    keys.forget(hold)
    keys.release(hold, at=NOON)
    assert keys.take(REQUEST, at=SOON) == ANSWER


def test_a_key_expires_after_24_hours(keys: IdempotencyStore) -> None:
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
