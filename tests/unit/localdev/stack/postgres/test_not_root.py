"""On Linux, root runs Postgres as another user, in one of two ways."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from localdev.stack.postgres import not_root

pytestmark = pytest.mark.skipif(os.geteuid() != 0 or sys.platform != "linux", reason="only root on Linux needs it")

_ID = "/usr/bin/id"


def test_the_program_does_not_see_itself_as_root(tmp_path: Path) -> None:
    command = [sys.executable, "-I", "-S", not_root.__file__, str(tmp_path), _ID, "-u"]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip() in {"1000", "65534"}


def test_the_user_nobody_owns_the_folder_and_replaces_root() -> None:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "data").mkdir()
        script = (
            "import os, pathlib; from localdev.stack.postgres.not_root import become_nobody; "
            f"become_nobody(pathlib.Path({folder!r})); print(os.getresuid(), os.getgroups())"
        )
        output = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
        assert output.strip() == "(65534, 65534, 65534) []"
        assert {path.stat().st_uid for path in (Path(folder), Path(folder) / "data")} == {65534}
