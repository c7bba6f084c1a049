"""A folder belongs to one stack at a time, and is not taken away below it."""

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from localdev.stack.environment import ROOT
from localdev.stack.folder_lock import locked
from localdev.stack.layout import StackError


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with what `make clean` removes, and Python in the place of its virtual environment's."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / "localdev").symlink_to(ROOT / "localdev")
    (tmp_path / ".local").mkdir()
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "python").symlink_to(sys.executable)
    return tmp_path


def _make_clean(checkout: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["make", "clean"], cwd=checkout, capture_output=True, text=True, check=False)


def test_a_second_owner_is_refused_and_told_who_is_the_first(tmp_path: Path) -> None:
    with locked(tmp_path), pytest.raises(StackError, match=rf"another stack \(process {os.getpid()}\)"):
        locked(tmp_path)


def test_a_lock_that_was_given_back_can_be_taken_again(tmp_path: Path) -> None:
    for _ in range(2):
        locked(tmp_path).close()
    assert (tmp_path / "lock").read_text() == f"{os.getpid()}\n"


def test_a_lock_that_nobody_has_signed_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(StackError, match=r"another stack \(process unknown\)"):
            locked(tmp_path)


def test_clean_refuses_while_a_stack_runs_and_says_whose(checkout: Path) -> None:
    with locked(checkout / ".local"):
        refused = _make_clean(checkout)
    assert refused.returncode != 0
    said = f"sluice: another stack (process {os.getpid()}) is running on .local; stop it first"
    assert refused.stderr.splitlines()[0] == said
    assert (checkout / ".local").exists()
    assert (checkout / ".venv").exists()


def test_clean_removes_what_nobody_uses(checkout: Path) -> None:
    locked(checkout / ".local").close()
    assert _make_clean(checkout).returncode == 0
    assert not (checkout / ".local").exists()
    assert not (checkout / ".venv").exists()


def test_clean_needs_no_virtual_environment(checkout: Path) -> None:
    locked(checkout / ".local").close()
    (checkout / ".venv" / "bin" / "python").unlink()
    assert _make_clean(checkout).returncode == 0
    assert not (checkout / ".local").exists()
