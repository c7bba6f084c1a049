"""Whether the ports of a stack are free, asked before anything is started."""

import socket

from localdev.stack.errors import StackError
from localdev.stack.layout import HOST, Ports

_ALTERNATIVES = range(9080, 60_000, 100)


class PortInUseError(StackError):
    """Something listens on a port that the stack needs; the message names another set that is free."""


def require_free(ports: Ports) -> None:
    """PortInUseError when something listens on one of `ports`."""
    for name, port in ports.all().items():
        if not is_free(port):
            other = next((gateway for gateway in _ALTERNATIVES if all_free(Ports(gateway))), None)
            raise PortInUseError(
                f"port {port} is in use, and {name} needs it; stop what listens there, or choose other ports, "
                f"such as PORT={other} after the make command"
            )


def all_free(ports: Ports) -> bool:
    """Whether nothing listens on any of `ports`."""
    return all(is_free(port) for port in ports.all().values())


def is_free(port: int) -> bool:
    """Whether nothing listens on `port`; one that was closed a moment ago is free."""
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
