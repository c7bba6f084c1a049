"""Cancelling from the command line."""

import pytest

from sluice.cli import main
from tests.support.client.objects import run_json
from tests.support.client.service import told
from tests.unit.client.conftest import Serve

RUN = "/api/runs/run-0000000a"


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sluice.commands.start.cancel.time.sleep", lambda _: None)


@pytest.mark.parametrize(("end", "code"), [("cancelled", 0), ("completed", 5), ("failed", 5)])
def test_waiting_says_which_jobs_are_left_and_how_it_ended(
    serve: Serve, capsys: pytest.CaptureFixture[str], end: str, code: int
) -> None:
    left = [told(run_json(status="running", status_detail=f"cancelling: {count} jobs")) for count in (3, 3, 1)]
    serve({f"DELETE {RUN}": told(run_json(status="running"), 202), f"GET {RUN}": [*left, told(run_json(status=end))]})
    assert main(["cancel", "run-0000000a", "--wait"]) == code
    out, err = capsys.readouterr()
    assert out == f"run-0000000a {end}\n"
    assert err.splitlines()[:2] == ["cancelling: 3 jobs", "cancelling: 1 jobs"]


def test_without_waiting_the_run_is_cancelling(serve: Serve, capsys: pytest.CaptureFixture[str]) -> None:
    serve({f"DELETE {RUN}": told(run_json(status="running"), 202)})
    assert main(["cancel", "run-0000000a"]) == 0
    assert capsys.readouterr().out == "run-0000000a cancelling\n"
