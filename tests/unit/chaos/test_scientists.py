"""Wishes are drawn from a seed, and insisted on."""

import json
import random
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import ClassVar

import pytest

from chaos import scientists as module
from chaos.scientists import RUNS, RunRequest, Scenario, draw_requests, fulfil
from localdev.stack.layout import HOST

ADDRESS = "/api/runs"


class _Api(BaseHTTPRequestHandler):
    """Answers each method and path with what is prepared, one after the other; the last one stays."""

    prepared: ClassVar[dict[str, list[tuple[int, dict[str, str]]]]]
    keys: ClassVar[list[str]]

    def _answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if "Idempotency-Key" in self.headers:
            self.keys.append(self.headers["Idempotency-Key"])
        answers = self.prepared[f"{self.command} {self.path}"]
        status, body = answers.pop(0) if len(answers) > 1 else answers[0]
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    do_GET = do_POST = do_DELETE = _answer

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> type[_Api]:
    monkeypatch.setattr(module, "_WAITS_S", 0.01)
    return type("Api", (_Api,), {"prepared": {}, "keys": []})


@pytest.fixture
def address(api: type[_Api]) -> Iterator[str]:
    with ThreadingHTTPServer((HOST, 0), api) as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield f"http://{HOST}:{server.server_port}"
        server.shutdown()


def _wish(scenario: Scenario) -> RunRequest:
    return RunRequest(scenario, "ana@lab.example", "submit-key", "recover-key")


def test_a_seed_gives_the_same_wishes() -> None:
    assert draw_requests(random.Random(1)) == draw_requests(random.Random(1)) != draw_requests(random.Random(2))


def test_there_are_fifty_runs_and_no_user_has_more_than_one_may_submit_at_once() -> None:
    wishes = draw_requests(random.Random(1))
    assert sum(RUNS.values()) + RUNS[Scenario.RECOVER] == 50
    runs = [wish.user for wish in wishes for _ in range(1 + (wish.scenario == Scenario.RECOVER))]
    assert max(map(runs.count, runs)) <= 10


def test_a_submission_is_repeated_with_its_key_until_it_is_answered(api: type[_Api], address: str) -> None:
    api.prepared["POST /api/runs"] = [(503, {}), (500, {}), (201, {"run_id": "run-1"})]
    api.prepared["GET /api/runs/run-1"] = [(200, {"status": "running"}), (502, {}), (200, {"status": "completed"})]
    (outcome,) = fulfil([_wish(Scenario.SUCCESS)], address, until=float("inf"))
    assert outcome.run_ids == ["run-1"]
    assert api.keys == ["submit-key"] * 3


@pytest.mark.parametrize(("status", "was_cancelled"), [(202, True), (409, False)])
def test_a_cancel_that_came_too_late_is_told_apart(
    api: type[_Api], address: str, status: int, *, was_cancelled: bool
) -> None:
    api.prepared["POST /api/runs"] = [(201, {"run_id": "run-1"})]
    api.prepared["DELETE /api/runs/run-1"] = [(status, {})]
    api.prepared["GET /api/runs/run-1"] = [(200, {"status": "completed"})]
    (outcome,) = fulfil([_wish(Scenario.CANCEL)], address, until=float("inf"))
    assert outcome.was_cancelled is was_cancelled


def test_a_failed_run_is_taken_up_again_with_a_key_of_its_own(api: type[_Api], address: str) -> None:
    api.prepared["POST /api/runs"] = [(201, {"run_id": "run-1"})]
    api.prepared["GET /api/runs/run-1"] = [(200, {"status": "failed"})]
    api.prepared["POST /api/runs/run-1/recover"] = [(201, {"run_id": "run-2"})]
    api.prepared["GET /api/runs/run-2"] = [(200, {"status": "completed"})]
    (outcome,) = fulfil([_wish(Scenario.RECOVER)], address, until=float("inf"))
    assert outcome.run_ids == ["run-1", "run-2"]
    assert api.keys == ["submit-key", "recover-key"]


def test_a_refusal_is_given_up_on_and_told(api: type[_Api], address: str, capsys: pytest.CaptureFixture[str]) -> None:
    api.prepared["POST /api/runs"] = [(400, {"error": "no such pipeline"})]
    (outcome,) = fulfil([_wish(Scenario.SUCCESS)], address, until=float("inf"))
    assert outcome.run_ids == []
    assert "no such pipeline" in capsys.readouterr().out


def test_a_stack_that_does_not_come_back_is_given_up_on(api: type[_Api], address: str) -> None:
    (outcome,) = fulfil([_wish(Scenario.SUCCESS)], address, until=0)
    assert outcome.run_ids == []
