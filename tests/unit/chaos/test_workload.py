"""Requests are drawn from a seed and retried until they succeed."""

import json
import random
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import ClassVar

import pytest

from chaos import workload as module
from chaos.workload import RUNS, RunRequest, Scenario, draw_requests, run_workload
from localdev.stack.layout import HOST

ADDRESS = "/api/runs"


class _Api(BaseHTTPRequestHandler):
    """Answers each method and path with the next prepared answer; the last one repeats."""

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
        """Print nothing."""


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> type[_Api]:
    monkeypatch.setattr(module, "_RETRY_AFTER_S", 0.01)
    benchling: dict[str, list[tuple[int, dict[str, str]]]] = {
        "GET /api/benchling/runs?page_size=5": [(502, {}), (200, {})]
    }
    return type("Api", (_Api,), {"prepared": benchling, "keys": []})


@pytest.fixture
def address(api: type[_Api]) -> Iterator[str]:
    with ThreadingHTTPServer((HOST, 0), api) as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield f"http://{HOST}:{server.server_port}"
        server.shutdown()


def _request_for(scenario: Scenario) -> RunRequest:
    return RunRequest(scenario, "ana@lab.example", "submit-key", "recover-key")


def test_a_seed_always_gives_the_same_requests() -> None:
    assert draw_requests(random.Random(1)) == draw_requests(random.Random(1)) != draw_requests(random.Random(2))


def test_there_are_50_runs_and_at_most_10_per_user() -> None:
    run_requests = draw_requests(random.Random(1))
    assert sum(RUNS.values()) + RUNS[Scenario.RECOVER] == 50
    runs = [request.user for request in run_requests for _ in range(1 + (request.scenario == Scenario.RECOVER))]
    assert max(map(runs.count, runs)) <= 10


def test_a_failed_submission_is_repeated_with_the_same_key(api: type[_Api], address: str) -> None:
    api.prepared["POST /api/runs"] = [(503, {}), (500, {}), (201, {"run_id": "run-1"})]
    api.prepared["GET /api/runs/run-1"] = [(200, {"status": "running"}), (502, {}), (200, {"status": "completed"})]
    (result,) = run_workload([_request_for(Scenario.SUCCESS)], address, until=float("inf"))
    assert result.run_ids == ["run-1"]
    assert api.keys == ["submit-key"] * 3


@pytest.mark.parametrize(("status", "was_cancelled"), [(202, True), (409, False)])
def test_the_result_tells_whether_the_cancel_was_accepted(
    api: type[_Api], address: str, status: int, *, was_cancelled: bool
) -> None:
    api.prepared["POST /api/runs"] = [(201, {"run_id": "run-1"})]
    api.prepared["DELETE /api/runs/run-1"] = [(status, {})]
    api.prepared["GET /api/runs/run-1"] = [(200, {"status": "completed"})]
    (result,) = run_workload([_request_for(Scenario.CANCEL)], address, until=float("inf"))
    assert result.was_cancelled is was_cancelled


def test_a_cancel_can_wait_until_the_run_has_started(api: type[_Api], address: str) -> None:
    api.prepared["POST /api/runs"] = [(201, {"run_id": "run-1"})]
    api.prepared["GET /api/runs/run-1"] = [(200, {"status": status}) for status in ("pending", "running", "cancelled")]
    api.prepared["DELETE /api/runs/run-1"] = [(202, {})]
    request = replace(_request_for(Scenario.CANCEL), cancels_running=True)
    (result,) = run_workload([request], address, until=float("inf"))
    assert result.was_cancelled
    assert api.prepared["GET /api/runs/run-1"] == [(200, {"status": "cancelled"})]


def test_a_failed_run_is_recovered_with_another_key(api: type[_Api], address: str) -> None:
    api.prepared["POST /api/runs"] = [(201, {"run_id": "run-1"})]
    api.prepared["GET /api/runs/run-1"] = [(200, {"status": "failed"})]
    api.prepared["POST /api/runs/run-1/recover"] = [(201, {"run_id": "run-2"})]
    api.prepared["GET /api/runs/run-2"] = [(200, {"status": "completed"})]
    (result,) = run_workload([_request_for(Scenario.RECOVER)], address, until=float("inf"))
    assert result.run_ids == ["run-1", "run-2"]
    assert api.keys == ["submit-key", "recover-key"]


def test_a_refused_request_is_given_up_and_printed(
    api: type[_Api], address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    api.prepared["POST /api/runs"] = [(400, {"error": "no such pipeline"})]
    (result,) = run_workload([_request_for(Scenario.SUCCESS)], address, until=float("inf"))
    assert result.run_ids == []
    assert "no such pipeline" in capsys.readouterr().out


def test_a_request_is_given_up_when_time_is_up(api: type[_Api], address: str) -> None:
    (result,) = run_workload([_request_for(Scenario.SUCCESS)], address, until=0)
    assert result.run_ids == []
