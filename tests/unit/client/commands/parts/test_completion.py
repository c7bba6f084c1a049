"""The ids that a shell completes."""

import click
import pytest

from sluice.commands.parts.completion import complete_run
from sluice.commands.read.show import show
from tests.support.client.objects import page_json, run_json
from tests.support.client.service import Told, refusal, told
from tests.unit.client.conftest import Serve


def completed(incomplete: str) -> list[str]:
    found = complete_run(click.Context(show), show.params[0], incomplete)
    return [item.value for item in found]


def test_ids_are_completed_and_asked_for_once_a_minute(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    service = serve({"GET /api/runs": told(page_json("runs", [run_json("run-0000000a"), run_json("run-1000000b")]))})
    now = 1000.0
    monkeypatch.setattr("sluice.commands.parts.completion.time.time", lambda: now)
    assert completed("") == ["run-0000000a", "run-1000000b"]
    assert completed("run-1") == ["run-1000000b"]
    assert len(service.asked) == 1
    now = 1061.0
    assert completed("run-2") == []
    assert len(service.asked) == 2


def test_ids_of_another_service_are_not_offered(serve: Serve) -> None:
    serve({"GET /api/runs": told(page_json("runs", [run_json("run-0000000a")]))})
    assert completed("") == ["run-0000000a"]
    serve({"GET /api/runs": told(page_json("runs", []))})
    assert completed("") == []


@pytest.mark.parametrize("answer", [refusal(503), told({}), Told(200, b"<html>")])
def test_a_service_that_is_away_is_not_waited_for(serve: Serve, answer: Told) -> None:
    service = serve({"GET /api/runs": answer})
    assert completed("") == []
    assert len(service.asked) == 1


def test_a_shell_gets_no_ids_when_nobody_is_signed_in() -> None:
    assert completed("") == []
