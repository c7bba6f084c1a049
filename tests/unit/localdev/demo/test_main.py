"""`make demo` says in one sentence why it cannot show anything."""

import socket
import sys
from pathlib import Path

import pytest

from localdev.demo import __main__ as demo
from localdev.stack.layout import HOST
from localdev.stack.ports import Ports


def _said(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    monkeypatch.setattr(sys, "argv", ["demo", *arguments])
    monkeypatch.setattr(demo, "stop_on_signals", lambda: None)  # the test process keeps its own handlers
    return demo.main(), capsys.readouterr().err


def test_a_failure_without_its_scenario_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    status, said = _said(monkeypatch, capsys, "--failure", "disk_full")
    assert (status, said) == (2, "demo: FAILURE=disk_full needs SCENARIO=failure, not success\n")


@pytest.mark.parametrize("is_up", [True, False])
def test_the_stack_of_the_folder_is_named_when_it_has_another_port(
    is_up: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(demo, "running_ports", lambda _folder: Ports(9080))
    monkeypatch.setattr(demo, "is_free", lambda _port: not is_up)
    status, said = _said(monkeypatch, capsys, "--port", "9180", "--state", str(tmp_path))
    assert status == 1
    assert said.startswith("demo: PORT is 9180, but ")
    assert "runs at PORT=9080: add PORT=9080 to the make command" in said
    assert said.count("\n") == 1


def test_a_server_that_keeps_silent_is_reported_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("localdev.demo.client._TIMEOUT_S", 0.1)
    with socket.create_server((HOST, 0)) as silent:
        port = silent.getsockname()[1]
        status, said = _said(monkeypatch, capsys, "--port", str(port), "--state", str(tmp_path))
    assert status == 1
    assert said == (f"demo: {HOST}:{port} does not answer: timed out; {tmp_path}/telemetry has the log of each part\n")
