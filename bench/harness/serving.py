"""A function in a process of its own, served as in a deployment, to callers whom a real key vouches for."""

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

_NOBODY_LISTENS = Ports(1)  # where the function is told that other services are, which no bench lets it use


@dataclass(frozen=True, slots=True)
class Started:
    """A process that serves, by its id and its port."""

    pid: int
    port: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """The ports of a function and of its floor, `hello`; and the door that signs for their callers."""

    function: int
    hello: int
    door: IapSigner


class Server:
    """Starts functions that are told what `told` says; `door` signs for their callers."""

    def __init__(self, supervisor: Supervisor, door: IapSigner, told: dict[str, str]) -> None:
        self.door = door
        self._supervisor, self._told = supervisor, told

    def start(self, name: str, source: Path) -> Started:
        """Serve what is in `source`, and wait until it answers."""
        port, program = free_port(), str(Path(sys.executable).parent / "functions-framework")
        command = [program, "--source", str(source), "--target", name, "--host", HOST, "--port", str(port)]
        pid = self._supervisor.spawn(name, command, self._told)
        self._supervisor.wait_for(name, port, "/health")
        return Started(pid, port)

    def start_function(self, name: str) -> Started:
        """Serve one of our functions."""
        return self.start(name, ROOT / "functions" / name / "main.py")


@contextmanager
def server_for(name: str, database_url: str, **settings: str) -> Iterator[Server]:
    """A server that tells what it starts what the function `name` is told, and `settings`."""
    with tempfile.TemporaryDirectory(prefix="sluice-bench-") as folder:
        keys = Path(folder) / "keys"
        door = IapSigner(keys)
        published = RestService(0, [("GET", "/keys", lambda _call: dict(door.keys))])
        published.start()
        told = base_environment() | function_environment(name, _NOBODY_LISTENS, database_url, keys) | settings
        told["IAP_KEYS_URL"] = f"http://{HOST}:{published.port}/keys"
        with Supervisor(Path(folder) / "stack") as supervisor:
            supervisor.begin_phase()
            yield Server(supervisor, door, told)
        published.stop()


@contextmanager
def serving(name: str, database_url: str) -> Iterator[Served]:
    """The function `name`, and hello-world under the same server with the same settings."""
    with server_for(name, database_url) as server:
        function, hello = server.start_function(name), server.start("hello", ROOT / "bench" / "harness" / "hello.py")
        yield Served(function=function.port, hello=hello.port, door=server.door)
