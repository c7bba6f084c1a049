"""The reaper ends all processes with the mark, even those that ignore TERM, and no others."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pg8000
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


def test_processes_with_the_mark_are_ended_even_if_they_ignore_term() -> None:
    with (
        _process(_NORMAL, "one") as normal,
        _process(_IGNORES_TERM, "one") as stubborn,
        _process(_NORMAL, "other") as other,
    ):
        assert {process.pid for process in processes_with_mark("one")} == {normal.pid, stubborn.pid}
        end_all("one")
        assert list(processes_with_mark("one")) == []
        assert other.poll() is None


def test_postgres_shuts_down_cleanly_despite_a_connected_client(tmp_path: Path) -> None:
    postgres = Postgres(tmp_path, free_port())
    server = postgres.spawn(os.environ | {MARK_VARIABLE: "database"})
    postgres.wait()
    password = StackSecret(tmp_path / "keys").database_password
    client = native.Connection("app", host=HOST, port=postgres.port, database="postgres", password=password)
    end_all("database")
    server.wait()
    assert not (tmp_path / "data" / "postmaster.pid").exists()
    with suppress(pg8000.Error):  # closing a dead connection raises
        client.close()


def test_it_waits_until_the_pipe_closes() -> None:
    with _process(_NORMAL, "pipe") as process:
        command = [sys.executable, reaper.__file__, "pipe"]
        with subprocess.Popen(command, stdin=subprocess.PIPE) as reaping:
            assert process.poll() is None
            assert reaping.stdin is not None
            reaping.stdin.close()
            assert process.wait(10) == -15
