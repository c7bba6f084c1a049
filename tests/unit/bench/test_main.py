"""The command `python -m bench`."""

import importlib.util
import json
from pathlib import Path

import pytest

from bench import __main__ as command


@pytest.mark.parametrize("bench", command.BENCHES)
def test_every_listed_bench_exists(bench: str) -> None:
    spec = importlib.util.find_spec(command.module_of(bench))
    assert spec is not None
    assert spec.origin is not None
    assert "def measure() -> list[Figure]:" in Path(spec.origin).read_text(encoding="utf-8")


def test_the_command_prints_and_saves_the_figures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "RESULTS", tmp_path / "results.json")
    monkeypatch.setattr(command, "PACKAGE", "tests.unit.bench")
    monkeypatch.setattr(command, "BENCHES", ("breaking_bench", "working_bench"))

    command.main([])

    assert json.loads((tmp_path / "results.json").read_text())["some.figure"]["ok"] is True
    assert "some.figure" in capsys.readouterr().out
