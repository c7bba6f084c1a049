"""The reaper ends all processes with the mark, even those that ignore TERM, and no others."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pg8000
import pytest
from pg8000 import native

from localdev.stack import reaper
from localdev.stack.layout import HOST
from localdev.stack.ports import free_port
from localdev.stack.postgres.server import Postgres
from localdev.stack.reaper import MARK_VARIABLE, end_all, processes_with_mark
from localdev.stack.secret import StackSecret

_IGNORES_TERM = (
    "import signal, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
)
_NORMAL = "import sys, time; print('up', flush=True); time.sleep(60)"


@pytest.fixture
def mark(tmp_path: Path) -> str:
    """A mark that no other process of the machine has."""
    return str(tmp_path)


@contextmanager
def _process(script: str, mark: str) -> Iterator[subprocess.Popen[bytes]]:
    command, environment = [sys.executable, "-c", script], os.environ | {MARK_VARIABLE: mark}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, start_new_session=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"up\n"
        try:
            yield process
        finally:
            process.kill()


def test_processes_with_the_mark_are_ended_even_if_they_ignore_term(mark: str) -> None:
    with (
        _process(_NORMAL, mark) as normal,
        _process(_IGNORES_TERM, mark) as stubborn,
        _process(_NORMAL, f"{mark} 2") as other,
    ):
        assert {process.pid for process in processes_with_mark(mark)} == {normal.pid, stubborn.pid}
        end_all(mark)
        assert list(processes_with_mark(mark)) == []
        assert other.poll() is None


def test_postgres_shuts_down_cleanly_despite_a_connected_client(
    tmp_path: Path, mark: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reaper, "_KILL_AFTER_S", 60)  # on a busy machine it would be killed
    monkeypatch.setattr(reaper, "_GIVE_UP_AFTER_S", 60)
    postgres = Postgres(tmp_path, free_port())
    server = postgres.spawn(os.environ | {MARK_VARIABLE: mark})
    postgres.wait()
    password = StackSecret(tmp_path / "keys").database_password
    client = native.Connection("app", host=HOST, port=postgres.port, database="postgres", password=password)
    end_all(mark)
    server.wait()
    assert not (tmp_path / "data" / "postmaster.pid").exists()
    with suppress(pg8000.Error):  # closing a dead connection raises
        client.close()


def test_it_waits_until_the_pipe_closes(mark: str) -> None:
    with _process(_NORMAL, mark) as process:
        command = [sys.executable, reaper.__file__, mark]
        with subprocess.Popen(command, stdin=subprocess.PIPE) as reaping:
            assert process.poll() is None
            assert reaping.stdin is not None
            reaping.stdin.close()
            assert process.wait(60) == -15
