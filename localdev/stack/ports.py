"""The ports of a local stack, whether they are free, and which stack uses them."""

import random
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from localdev.stack.layout import FUNCTIONS, HOST, Folders, StackError
from localdev.stack.secret import StackSecret
from localdev.stack.supervisor import answers

LOWEST_PORT, HIGHEST_PORT = 1024, 65_535  # only root may use those below 1024
_ALTERNATIVES = range(9080, 60_000, 100)


@dataclass(frozen=True, slots=True)
class Ports:
    """Every port of one stack, at fixed distances above the gateway's."""

    gateway: int

    @property
    def postgres(self) -> int:
        return self.gateway + 1

    @property
    def storage(self) -> int:
        return self.gateway + 2

    @property
    def tasks(self) -> int:
        return self.gateway + 3

    @property
    def batch(self) -> int:
        return self.gateway + 4

    @property
    def logging(self) -> int:
        return self.gateway + 5

    @property
    def mail(self) -> int:
        return self.gateway + 6

    @property
    def receiver(self) -> int:
        """Where a receiver of webhooks that the developer starts can listen; the stack does not use it itself."""
        return self.gateway + 7

    def function(self, name: str) -> int:
        return self.gateway + 10 + FUNCTIONS.index(name)

    def all(self) -> dict[str, int]:
        """The port of each part, by the name of the part."""
        own = {
            "gateway": self.gateway,
            "postgres": self.postgres,
            "storage": self.storage,
            "tasks": self.tasks,
            "batch": self.batch,
            "logging": self.logging,
            "mail": self.mail,
        }
        return own | {name: self.function(name) for name in FUNCTIONS}


class PortInUseError(StackError):
    """A port that the stack needs is in use; the message suggests a free PORT."""


def require_free(ports: Ports) -> None:
    """Raise PortInUseError when something listens on one of `ports`."""
    for name, port in ports.all().items():
        if not is_free(port):
            other = next((gateway for gateway in _ALTERNATIVES if all_free(Ports(gateway))), None)
            raise PortInUseError(
                f"port {port}, which {name} needs, is in use; stop the program that listens there, "
                f"or choose other ports by adding PORT={other} to the make command"
            )


def all_free(ports: Ports) -> bool:
    """Whether nothing listens on any of `ports`."""
    return all(is_free(port) for port in ports.all().values())


def is_free(port: int) -> bool:
    """Whether nothing listens on `port`; a port in TIME_WAIT counts as free."""
    with socket.socket() as probe:
        if probe.connect_ex((HOST, port)) == 0:
            return False
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def running_ports(folder: Path) -> Ports | None:
    """The ports of the stack that runs with its data in `folder`; None when none does.

    The file with the port outlives a stack, so the answer is that of the stand-in for Storage: it takes only the
    secret of its own folder.
    """
    folders = Folders(folder.resolve())
    secret = StackSecret.existing(folders.keys)
    if secret is None or not folders.port.exists():
        return None
    ports = Ports(int(folders.port.read_text(encoding="ascii")))
    return ports if answers(ports.storage, "/", secret.login) else None


def free_port() -> int:
    """A port that is free now."""
    return next(port for port in _random_ports(2_000, 12_000) if is_free(port))


def free_ports() -> Ports:
    """The ports of a stack, all free now."""
    return next(ports for ports in map(Ports, _random_ports(12_000, 32_000, step=20)) if all_free(ports))


def _random_ports(lowest: int, highest: int, *, step: int = 1) -> Iterator[int]:
    """Random, so that two test sessions rarely collide.

    The limits are below the range from which a system serves whoever asks for any port; one of those could be taken
    before the caller listens there.
    """
    return (random.SystemRandom().randrange(lowest, highest, step) for _ in range(1000))
