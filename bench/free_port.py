"""Ports that nothing listens on."""

import socket

from localdev.layout import HOST


def free_port() -> int:
    """A port that is free at the moment of asking."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
