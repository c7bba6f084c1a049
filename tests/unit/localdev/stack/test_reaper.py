"""The reaper ends what carries the mark, however deaf, and nothing else."""

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
from localdev.stack.reaper import MARK_VARIABLE, end_all, marked

_DEAF = (
    "import signal, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
)
_POLITE = "import sys, time; print('up', flush=True); time.sleep(60)"


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


def test_only_the_marked_are_ended_even_those_that_ignore_term() -> None:
    with _process(_POLITE, "one") as polite, _process(_DEAF, "one") as deaf, _process(_POLITE, "other") as other:
        assert {process.pid for process in marked("one")} == {polite.pid, deaf.pid}
        end_all("one")
        assert list(marked("one")) == []
        assert other.poll() is None


def test_postgres_ends_in_order_though_a_client_stays(tmp_path: Path) -> None:
    postgres = Postgres(tmp_path, free_port())
    server = postgres.spawn(os.environ | {MARK_VARIABLE: "database"})
    postgres.wait()
    client = native.Connection("app", host=HOST, port=postgres.port, database="postgres")
    end_all("database")
    server.wait()
    assert not (tmp_path / "data" / "postmaster.pid").exists()
    with suppress(pg8000.Error):  # the connection is gone, and closing it says so
        client.close()


def test_it_waits_for_the_end_of_the_pipe() -> None:
    with _process(_POLITE, "pipe") as process:
        command = [sys.executable, reaper.__file__, "pipe"]
        with subprocess.Popen(command, stdin=subprocess.PIPE) as reaping:
            assert process.poll() is None
            assert reaping.stdin is not None
            reaping.stdin.close()
            assert process.wait(10) == -15
