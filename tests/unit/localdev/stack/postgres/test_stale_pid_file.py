"""A killed Postgres does not prevent the next start; a live one does."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from localdev.stack.ports import free_port
from localdev.stack.postgres import stale_pid_file
from localdev.stack.postgres.server import Postgres, PostgresError
from localdev.stack.postgres.stale_pid_file import disown_pid_file


@pytest.fixture
def killed(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A killed server that its parent, this process, has not reaped yet."""
    postgres = Postgres(tmp_path, free_port())
    process = postgres.spawn(os.environ)
    postgres.wait()
    process.kill()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    yield process
    process.wait()


def _starts(folder: Path) -> bool:
    postgres = Postgres(folder, free_port())
    try:
        postgres.start()
    finally:
        postgres.stop()
    return True


def test_a_zombie_server_does_not_prevent_the_start(tmp_path: Path, killed: subprocess.Popen[bytes]) -> None:
    assert (tmp_path / "data" / "postmaster.pid").read_text().startswith(f"{killed.pid}\n")
    assert _starts(tmp_path)


def test_another_program_with_the_same_process_id_does_not_prevent_the_start(
    tmp_path: Path, killed: subprocess.Popen[bytes]
) -> None:
    file = tmp_path / "data" / "postmaster.pid"
    with subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE) as other:
        file.write_text(file.read_text().replace(str(killed.pid), str(other.pid), 1))
        assert _starts(tmp_path)
        other.communicate()


def test_a_live_server_prevents_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stale_pid_file, "_GONE_WITHIN_S", 0)
    first = Postgres(tmp_path, free_port())
    first.start()
    try:
        with pytest.raises(PostgresError, match=r"postmaster\.pid. already exists"):
            _starts(tmp_path)
    finally:
        first.stop()


def test_a_missing_or_empty_pid_file_is_left_alone(tmp_path: Path) -> None:
    disown_pid_file(tmp_path)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "postmaster.pid").touch()
    disown_pid_file(tmp_path)
    assert (tmp_path / "postmaster.pid").read_text() == ""
