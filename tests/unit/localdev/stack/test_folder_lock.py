"""A folder belongs to one stack at a time, and `make clean` does not delete it while in use."""

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from localdev.stack.environment import ROOT
from localdev.stack.folder_lock import lock_folder
from localdev.stack.layout import StackError


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with the folders that `make clean` removes; its .venv links to this Python."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / "localdev").symlink_to(ROOT / "localdev")
    (tmp_path / ".local").mkdir()
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "python").symlink_to(sys.executable)
    return tmp_path


def _make_clean(checkout: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["make", "clean"], cwd=checkout, capture_output=True, text=True, check=False)


def test_a_second_owner_is_refused_with_the_process_id_of_the_first(tmp_path: Path) -> None:
    with lock_folder(tmp_path), pytest.raises(StackError, match=rf"another stack \(process {os.getpid()}\)"):
        lock_folder(tmp_path)


def test_a_released_lock_can_be_taken_again(tmp_path: Path) -> None:
    for _ in range(2):
        lock_folder(tmp_path).close()
    assert (tmp_path / "lock").read_text() == f"{os.getpid()}\n"


def test_a_lock_without_a_process_id_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(StackError, match=r"another stack \(process unknown\)"):
            lock_folder(tmp_path)


def test_clean_refuses_while_a_stack_runs_and_names_its_process(checkout: Path) -> None:
    with lock_folder(checkout / ".local"):
        refused = _make_clean(checkout)
    assert refused.returncode != 0
    message = f"sluice: another stack (process {os.getpid()}) uses the folder .local; stop it first"
    assert refused.stderr.splitlines()[0] == message
    assert (checkout / ".local").exists()
    assert (checkout / ".venv").exists()


def test_clean_removes_an_unused_folder(checkout: Path) -> None:
    lock_folder(checkout / ".local").close()
    assert _make_clean(checkout).returncode == 0
    assert not (checkout / ".local").exists()
    assert not (checkout / ".venv").exists()


def test_clean_works_without_a_virtual_environment(checkout: Path) -> None:
    lock_folder(checkout / ".local").close()
    (checkout / ".venv" / "bin" / "python").unlink()
    assert _make_clean(checkout).returncode == 0
    assert not (checkout / ".local").exists()
