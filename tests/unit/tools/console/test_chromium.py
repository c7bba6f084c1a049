"""Chromium is found under its usual names, or where CHROMIUM says."""

import os
from pathlib import Path

import pytest

from tools.console.chromium import NoBrowserError, chromium


@pytest.fixture(autouse=True)
def _nothing_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CHROMIUM", raising=False)


def test_any_of_the_usual_names_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "chromium-browser"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'other'}{os.pathsep}{tmp_path}")

    assert chromium() == program


def test_a_machine_without_chromium_says_how_to_install_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(NoBrowserError, match="apt-get install chromium"):
        chromium()


def test_the_variable_is_preferred_and_must_name_a_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "my-chromium"
    monkeypatch.setenv("CHROMIUM", str(program))
    with pytest.raises(NoBrowserError, match="my-chromium, which is no program"):
        chromium()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    assert chromium() == program
