"""POST /api/runs with an Idempotency-Key, from the request to Postgres."""

import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from flask import Response

from common.errors import UnavailableError
from common.services.postgres.idempotency import IdempotencyStore
from tests.support.actions.stage import Stage
from tests.support.threads import all_at_once
from tests.unit.functions.runs.conftest import Ask

BODY: dict[str, Any] = json.loads((Path(__file__).parents[4] / "examples/scrnaseq/run.json").read_bytes())
KEYED = {"Idempotency-Key": "8e03978e-40d5-43e8-bc93-6894a57f9324"}


def body_of(response: Response) -> Any:  # noqa: ANN401 a test knows what it expects
    return json.loads(response.data)


def ids(stage: Stage) -> list[str]:
    return [run_id for (run_id,) in stage.rows("SELECT run_id FROM runs")]


def test_two_hundred_concurrent_equal_posts_create_one_run(ask: Ask, stage: Stage) -> None:
    answers = all_at_once([partial(ask, "POST", "/api/runs", BODY, headers=KEYED)] * 200)

    assert len(ids(stage)) == 1
    assert {(answer.status_code, answer.data, answer.headers["Location"]) for answer in answers} == {
        (201, answers[0].data, f"/api/runs/{ids(stage)[0]}")
    }
    assert stage.queue.kinds == ["launch"]
    assert {run_id for run_id, _ in stage.storage.inputs} == set(ids(stage))


def test_another_body_is_a_conflict(ask: Ask, stage: Stage) -> None:
    ask("POST", "/api/runs", BODY, headers=KEYED)
    answer = ask("POST", "/api/runs", BODY | {"source_project": "another"}, headers=KEYED)
    assert (answer.status_code, body_of(answer)["code"]) == (409, "CONFLICT")
    assert len(ids(stage)) == 1


def test_the_same_key_of_another_user_is_independent(ask: Ask, stage: Stage) -> None:
    stage.numbers = [1, 2]
    ask("POST", "/api/runs", BODY, headers=KEYED)
    assert ask("POST", "/api/runs", BODY, headers=KEYED, caller="ben@lab.example").status_code == 201
    assert len(ids(stage)) == 2


def test_a_malformed_key_is_named(ask: Ask, stage: Stage) -> None:
    answer = ask("POST", "/api/runs", BODY, headers={"Idempotency-Key": "x" * 256})
    assert answer.status_code == 422
    assert [fault["field"] for fault in body_of(answer)["faults"]] == ["Idempotency-Key"]
    assert ids(stage) == []


def test_a_corrected_request_may_use_the_same_key(ask: Ask, stage: Stage) -> None:
    wrong = ask("POST", "/api/runs", BODY | {"params": {"aligner": "bowtie"}}, headers=KEYED)
    assert wrong.status_code == 422
    assert ask("POST", "/api/runs", BODY, headers=KEYED).status_code == 201


def test_a_submit_answers_201_while_the_queue_is_down(ask: Ask, stage: Stage) -> None:
    stage.queue.is_down = True
    answer = ask("POST", "/api/runs", BODY)
    assert answer.status_code == 201
    assert ids(stage) == [body_of(answer)["run_id"]]


def test_a_submit_answers_201_when_its_answer_cannot_be_stored(
    ask: Ask, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def is_away(*_: object) -> None:
        raise UnavailableError("the database is unavailable; try again")

    with monkeypatch.context() as patch:
        patch.setattr(IdempotencyStore, "keep", is_away)
        first = ask("POST", "/api/runs", BODY, headers=KEYED)
    assert first.status_code == 201

    stage.clock.advance(minutes=2)  # the lease of the first request has expired
    again = ask("POST", "/api/runs", BODY, headers=KEYED)
    assert (again.status_code, body_of(again)["run_id"]) == (201, body_of(first)["run_id"])
    assert len(ids(stage)) == 1


def test_the_limit_of_ten_runs_a_minute_ignores_replays_and_faults(ask: Ask, stage: Stage) -> None:
    stage.numbers = list(range(1, 30))
    ask("POST", "/api/runs", BODY | {"pipeline": "nf-core/unknown"})
    for _ in range(3):
        assert ask("POST", "/api/runs", BODY, headers=KEYED).status_code == 201
    for _ in range(9):
        assert ask("POST", "/api/runs", BODY).status_code == 201

    refused = ask("POST", "/api/runs", BODY)
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "60")
    assert ask("POST", "/api/runs", BODY, headers=KEYED).status_code == 201  # the answer is replayed

    stage.clock.advance(seconds=60)
    assert ask("POST", "/api/runs", BODY).status_code == 201
