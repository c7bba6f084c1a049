"""Breaks one thing of a running stack, and mends it again."""

import json
import signal
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, Final

from sqlalchemy import NullPool, create_engine, text

from localdev.iam.access import GRANTS
from localdev.stack.environment import url
from localdev.stack.layout import FUNCTIONS, HOST
from localdev.stack.scheduler import LAST_CALL
from localdev.stack.stack import Stack
from localdev.stand_ins.http.session import local_session

_LISTENS_WITHIN_S: Final = 30
_FAULTY_GATEWAY: Final = "tools.verify.broken.gateway"
_FAULTY_FUNCTION: Final = "tools.verify.broken.function"


class Breaker:
    """Each method is a context in which one thing of the stack is broken."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack

    @contextmanager
    def settings(self, function: str, **changes: str | None) -> Iterator[None]:
        """A function with other variables; None removes one."""
        with self._restarted(function, lambda: self._stack.start_function(function, changes)):
            yield

    @contextmanager
    def function(self, name: str, fault: str) -> Iterator[None]:
        """A function with a fault of its own."""
        server = _FAULTY_FUNCTION, "--fault", fault
        with self._restarted(name, lambda: self._stack.start_function(name, server=server)):
            yield

    @contextmanager
    def gateway(self, fault: str) -> Iterator[None]:
        """A gateway with a fault."""
        start = lambda: self._stack.start_program("gateway", "--fault", fault, module=_FAULTY_GATEWAY)  # noqa: E731
        with self._restarted("gateway", start):
            yield

    @contextmanager
    def program(self, name: str, *arguments: str) -> Iterator[None]:
        """A stand-in with further arguments."""
        with self._restarted(name, lambda: self._stack.start_program(name, *arguments)):
            yield

    @contextmanager
    def away(self, name: str) -> Iterator[None]:
        """A part that does not run."""
        self._stack.end(name, signal.SIGTERM)
        try:
            yield
        finally:
            self._start(name)

    @contextmanager
    def timer(self, *arguments: str, away: bool = False) -> Iterator[None]:
        """A timer that does not run, or with further arguments, and of which no call is known."""
        self._stack.end("scheduler", signal.SIGTERM)
        (self._stack.folders.keys / LAST_CALL).unlink(missing_ok=True)
        if not away:
            self._stack.start_program("scheduler", *arguments)
        try:
            yield
        finally:
            if not away:
                self._stack.end("scheduler", signal.SIGTERM)
            self._stack.start_program("scheduler")

    @contextmanager
    def without_role(self, account: str, role: str, resource: str = "") -> Iterator[None]:
        """An account without a role on the resources whose names contain `resource`."""
        grants = json.loads(GRANTS.read_text(encoding="utf-8"))
        kept = [row for row in grants[account] if row["role"] != role or resource not in row["resource"]]
        if len(kept) == len(grants[account]):
            raise ValueError(f"{account} has no {role} on {resource}")
        with self._grants(grants | {account: kept}):
            yield

    @contextmanager
    def with_role(self, account: str, role: str, resource: str) -> Iterator[None]:
        """An account with a role that Terraform does not give it."""
        grants = json.loads(GRANTS.read_text(encoding="utf-8"))
        with self._grants(grants | {account: [*grants[account], {"role": role, "resource": resource}]}):
            yield

    @contextmanager
    def _grants(self, grants: Mapping[str, Any]) -> Iterator[None]:
        file = self._stack.folders.keys / GRANTS.name
        file.write_text(json.dumps(grants), encoding="utf-8")
        try:
            yield
        finally:
            file.unlink()

    @contextmanager
    def bucket(self, name: str, **changes: Any) -> Iterator[None]:  # noqa: ANN401 JSON
        """A bucket with other settings; None removes one."""
        address = f"{url(self._stack.ports.storage)}/storage/v1/b/{name}"
        with local_session(self._stack.secret.login) as session:
            before = session.get(address, timeout=10).json()
            session.patch(address, json=changes, timeout=10).raise_for_status()
            try:
                yield
            finally:
                session.patch(address, json={key: before.get(key) for key in changes}, timeout=10).raise_for_status()

    @contextmanager
    def queue(self, name: str, *, deleted: bool = False) -> Iterator[None]:
        """A queue that is paused or deleted."""
        tasks = url(self._stack.ports.tasks)
        with local_session(self._stack.secret.login) as session:
            if deleted:
                session.delete(f"{tasks}/v2/{name}", timeout=10).raise_for_status()
            else:
                session.post(f"{tasks}/v2/{name}:pause", json={}, timeout=10).raise_for_status()
            try:
                yield
            finally:
                if deleted:
                    self._stack.provision()
                session.post(f"{tasks}/v2/{name}:resume", json={}, timeout=10).raise_for_status()

    @contextmanager
    def schema(self, revision: str) -> Iterator[None]:
        """A database that says it has another revision."""
        before = self._sql("SELECT version_num FROM alembic_version")
        self._sql("UPDATE alembic_version SET version_num = :new RETURNING version_num", new=revision)
        try:
            yield
        finally:
            self._sql("UPDATE alembic_version SET version_num = :new RETURNING version_num", new=before)

    def _sql(self, statement: str, **values: str) -> str:
        with create_engine(self._stack.database_url(), poolclass=NullPool).begin() as connection:
            return str(connection.execute(text(statement), values).scalar())

    @contextmanager
    def _restarted(self, name: str, start: Callable[[], None]) -> Iterator[None]:
        self._stack.end(name, signal.SIGTERM)
        start()
        self._wait(name)
        try:
            yield
        finally:
            self._stack.end(name, signal.SIGTERM)
            self._start(name)

    def _start(self, name: str) -> None:
        if name in FUNCTIONS:
            self._stack.start_function(name)
        else:
            self._stack.start_program(name)
        self._wait(name)

    def _wait(self, name: str) -> None:
        """Wait until a part listens; a broken one may never answer well."""
        deadline = time.monotonic() + _LISTENS_WITHIN_S
        while time.monotonic() < deadline:
            with suppress(OSError), socket.create_connection((HOST, self._stack.ports.all()[name]), timeout=1):
                return
            time.sleep(0.05)
        raise TimeoutError(f"{name} does not listen after {_LISTENS_WITHIN_S} s")
