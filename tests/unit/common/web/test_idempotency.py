"""Repeated requests, with the keys in a real Postgres."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from flask import Response
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from common.domain.runs.access import Caller
from common.errors import ConflictError, SluiceError, TooManyRequestsError, UnavailableError, ValidationError
from common.services.postgres.idempotency import LEASE, IdempotencyStore
from common.web.answers import answer_json
from common.web.idempotency import IdempotencyGuard
from tests.support.runs import NOON
from tests.support.threads import all_at_once
from tests.unit.common.web.messages import json_in, make_request

ANA, BEN = Caller(email="ana@lab.example"), Caller(email="ben@lab.example")
BODY = {"pipeline": "nf-core/scrnaseq", "params": {"a": 1, "b": [True, None, "é"]}}
KEY = "one submit"


class Time:
    """A clock that advances only in `sleep`."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


class Work:
    """Counts calls and answers each with its number, or raises `failure`."""

    def __init__(self) -> None:
        self.creation_keys: list[str | None] = []
        self.failure: Exception | None = None

    def __call__(self, creation_key: str | None) -> Response:
        self.creation_keys.append(creation_key)
        if self.failure:
            raise self.failure
        number = len(self.creation_keys)
        return answer_json({"number": number}, 201, {"Location": f"/api/runs/{number}"})


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def guard(emptied_engine: Engine, time: Time) -> IdempotencyGuard:
    return IdempotencyGuard(IdempotencyStore(emptied_engine), clock=time, sleep=time.sleep)


@pytest.fixture
def work() -> Work:
    return Work()


def send(
    guard: IdempotencyGuard,
    work: Callable[[str | None], Response],
    *,
    key: str | None = KEY,
    body: dict[str, Any] = BODY,
    caller: Caller = ANA,
    path: str = "/api/runs",
    method: str = "POST",
) -> Response:
    headers = {} if key is None else {"Idempotency-Key": key}
    return guard.answer_once(make_request(path, method=method, headers=headers), caller, body, work)


def test_without_a_key_every_request_is_executed(guard: IdempotencyGuard, work: Work) -> None:
    assert [json_in(send(guard, work, key=None))["number"] for _ in range(2)] == [1, 2]
    assert work.creation_keys == [None, None]


def test_a_repeated_request_gets_the_first_answer_marked_as_replayed(guard: IdempotencyGuard, work: Work) -> None:
    first, second = send(guard, work), send(guard, work)

    assert len(work.creation_keys) == 1
    assert (second.status_code, second.data, second.content_type) == (201, first.data, first.content_type)
    assert second.headers["Location"] == first.headers["Location"] == "/api/runs/1"
    assert second.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers


def test_a_replayed_answer_has_a_location_only_if_the_first_had_one(guard: IdempotencyGuard) -> None:
    send(guard, lambda _key: answer_json({}))
    assert "Location" not in send(guard, lambda _key: answer_json({})).headers


def test_the_order_of_names_in_a_body_does_not_matter(guard: IdempotencyGuard, work: Work) -> None:
    send(guard, work)
    backwards = json.loads(json.dumps(BODY), object_pairs_hook=lambda pairs: dict(reversed(pairs)))
    assert json_in(send(guard, work, body=backwards))["number"] == 1


@pytest.mark.parametrize("body", [BODY | {"x": None}, {}, BODY | {"params": {"a": True, "b": [True, None, "é"]}}])
def test_another_body_is_a_conflict(guard: IdempotencyGuard, work: Work, body: dict[str, Any]) -> None:
    send(guard, work)
    with pytest.raises(ConflictError, match="Idempotency-Key"):
        send(guard, work, body=body)


@pytest.mark.parametrize(
    "other", [{"caller": BEN}, {"path": "/api/runs/run-1a2b3c4d/recover"}, {"method": "PUT"}, {"key": "another"}]
)
def test_another_caller_address_method_or_key_is_another_request(
    guard: IdempotencyGuard, work: Work, other: dict[str, Any]
) -> None:
    send(guard, work)
    assert json_in(send(guard, work, **other))["number"] == 2


@pytest.mark.parametrize("key", [" ~!", "k", "x" * 255, '"8e03978e-40d5-43e8-bc93-6894a57f9324"'])
def test_a_key_is_printable_ascii(guard: IdempotencyGuard, work: Work, key: str) -> None:
    assert send(guard, work, key=key).status_code == 201
    assert work.creation_keys != [None]


@pytest.mark.parametrize("key", ["", "x" * 256, "caf\xe9", "a\tb", "\x7f"])
def test_an_invalid_key_is_refused(guard: IdempotencyGuard, work: Work, key: str) -> None:
    with pytest.raises(ValidationError) as refused:
        send(guard, work, key=key)
    assert [fault.field for fault in refused.value.faults] == ["Idempotency-Key"]
    assert work.creation_keys == []


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1, max_size=255))
def test_any_valid_key_takes_effect_once(guard: IdempotencyGuard, key: str) -> None:
    work = Work()
    first, second = send(guard, work, key=key), send(guard, work, key=key)
    assert first.data == second.data
    assert len(work.creation_keys) <= 1  # none when an earlier example had this key


@pytest.mark.parametrize("failure", [ConflictError("no"), TooManyRequestsError("slower", retry_after_s=7)])
def test_a_refused_request_releases_its_key_for_any_body(
    guard: IdempotencyGuard, work: Work, failure: SluiceError
) -> None:
    work.failure = failure
    with pytest.raises(type(failure)):
        send(guard, work)
    work.failure = None
    assert json_in(send(guard, work, body={"mended": True}))["number"] == 2
    assert work.creation_keys[0] != work.creation_keys[1]


def test_after_an_outage_a_retry_uses_the_same_creation_key(guard: IdempotencyGuard, work: Work) -> None:
    work.failure = UnavailableError("away")
    with pytest.raises(UnavailableError):
        send(guard, work)
    work.failure = None
    assert send(guard, work).status_code == 201
    assert work.creation_keys[0] == work.creation_keys[1] is not None


def test_after_an_outage_a_refusal_keeps_the_creation_key(guard: IdempotencyGuard, work: Work) -> None:
    for failure in (UnavailableError("away"), ConflictError("no")):
        work.failure = failure
        with pytest.raises(type(failure)):
            send(guard, work)
    work.failure = None
    with pytest.raises(ConflictError, match="another body"):
        send(guard, work, body={})
    send(guard, work)
    assert len(set(work.creation_keys)) == 1


def test_a_retry_takes_over_when_the_lease_of_a_crashed_request_expires(
    guard: IdempotencyGuard, work: Work, time: Time
) -> None:
    work.failure = ZeroDivisionError()
    with pytest.raises(ZeroDivisionError):
        send(guard, work)
    work.failure = None

    with pytest.raises(UnavailableError, match="still running") as unavailable:
        send(guard, work)
    assert unavailable.value.retry_after_s > 0
    assert time.now == NOON + timedelta(seconds=30)

    time.sleep(LEASE.total_seconds() - 30)
    assert json_in(send(guard, work))["number"] == 2
    assert len(set(work.creation_keys)) == 1


def test_a_concurrent_duplicate_waits_for_the_first(emptied_engine: Engine, work: Work) -> None:
    guard = IdempotencyGuard(IdempotencyStore(emptied_engine), clock=lambda: NOON)
    answers = all_at_once([partial(send, guard, work)] * 30)
    assert len(work.creation_keys) == 1
    assert len({(answer.status_code, answer.data, answer.headers["Location"]) for answer in answers}) == 1
    assert ["Idempotency-Replayed" in answer.headers for answer in answers].count(False) == 1
