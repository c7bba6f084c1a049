"""Serves functions in their own processes as in a deployment, with signed identities of callers."""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from localdev.stack.environment import ROOT, base_environment, function_environment
from localdev.stack.gateway.iap import IapSigner
from localdev.stack.layout import HOST
from localdev.stack.ports import Ports, free_port
from localdev.stack.supervisor import Supervisor
from localdev.stand_ins.http.rest_service import RestService

_UNUSED_PORTS = Ports(1)  # other services, which no bench uses


@dataclass(frozen=True, slots=True)
class FunctionProcess:
    """The process id and the port of a served function."""

    pid: int
    port: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedFunction:
    """A function and `hello`, and the signer of their callers' identities."""

    function: FunctionProcess
    hello: FunctionProcess
    iap: IapSigner


class Server:
    """Starts functions with these environment variables; `iap` signs the identities of callers."""

    def __init__(self, supervisor: Supervisor, iap: IapSigner, environment: dict[str, str]) -> None:
        self.iap = iap
        self._supervisor, self._environment = supervisor, environment

    def start(self, name: str, source: Path) -> FunctionProcess:
        """Serve the function in `source` and wait until it answers."""
        port, program = free_port(), str(Path(sys.executable).parent / "functions-framework")
        command = [program, "--source", str(source), "--target", name, "--host", HOST, "--port", str(port)]
        pid = self._supervisor.spawn(name, command, self._environment)
        self._supervisor.wait_for(name, port, "/health")
        return FunctionProcess(pid, port)

    def start_function(self, name: str) -> FunctionProcess:
        """Serve one of Sluice's functions."""
        return self.start(name, ROOT / "functions" / name / "main.py")


@contextmanager
def server_for(name: str, database_url: str, **settings: str) -> Iterator[Server]:
    """A server that starts functions with the environment of `name`, changed by `settings`."""
    with tempfile.TemporaryDirectory(prefix="sluice-bench-") as folder:
        keys = Path(folder) / "keys"
        iap = IapSigner(keys)
        published = RestService(0, [("GET", "/keys", lambda _call: dict(iap.keys))])
        published.start()
        environment = base_environment() | function_environment(name, _UNUSED_PORTS, database_url, keys) | settings
        environment["IAP_KEYS_URL"] = f"http://{HOST}:{published.port}/keys"
        with Supervisor(Path(folder) / "stack") as supervisor:
            supervisor.begin_phase()
            yield Server(supervisor, iap, environment)
        published.stop()


@contextmanager
def serving(name: str, database_url: str) -> Iterator[ServedFunction]:
    """Serve the function `name` and hello-world with the same settings."""
    with server_for(name, database_url) as server:
        function, hello = server.start_function(name), server.start("hello", ROOT / "bench" / "harness" / "hello.py")
        yield ServedFunction(function=function, hello=hello, iap=server.iap)
