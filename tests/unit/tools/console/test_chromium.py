import os
from pathlib import Path

import pytest

from tools.console.chromium import NoBrowserError, chromium


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
