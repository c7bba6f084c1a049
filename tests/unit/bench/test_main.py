"""The command that measures."""

import importlib.util
import json
from pathlib import Path

import pytest

from bench import __main__ as command


@pytest.mark.parametrize("bench", command.BENCHES)
def test_every_bench_on_the_list_is_there(bench: str) -> None:
    assert importlib.util.find_spec(f"bench.{bench}")


def test_the_command_prints_and_keeps_what_it_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "RESULTS", tmp_path / "results.json")
    monkeypatch.setattr(command, "PACKAGE", "tests.unit.bench")
    monkeypatch.setattr(command, "BENCHES", ("breaking_bench", "working_bench"))

    command.main([])

    assert json.loads((tmp_path / "results.json").read_text())["some.figure"]["ok"] is True
    assert "some.figure" in capsys.readouterr().out
