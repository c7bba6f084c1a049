"""Ports that nothing listens on at the moment of asking."""

import random
import socket

from localdev.stack.layout import HOST, Ports
from localdev.stack.port_check import all_free


def free_port() -> int:
    """A port that is free now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def free_ports() -> Ports:
    """The ports of a stack, all free now."""
    # Below the range from which systems pick ports for outgoing connections; at random, so that two sessions differ.
    candidates = (Ports(random.SystemRandom().randrange(12_000, 32_000, 20)) for _ in range(1000))
    return next(ports for ports in candidates if all_free(ports))
