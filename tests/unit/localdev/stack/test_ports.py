"""A port in use is told before anything starts."""

import socket

import pytest

from localdev.stack.layout import HOST
from localdev.stack.ports import PortInUseError, free_port, free_ports, is_free, require_free


def test_ports_that_nobody_uses_are_accepted() -> None:
    require_free(free_ports())


def test_the_message_names_the_port_what_wanted_it_and_another_one() -> None:
    ports = free_ports()
    said = f"port {ports.storage}, which storage needs, is in use; .* PORT=[0-9]+"
    with socket.create_server((HOST, ports.storage)), pytest.raises(PortInUseError, match=said):
        require_free(ports)


def test_a_port_that_was_served_a_moment_ago_is_free() -> None:
    port = free_port()
    with socket.create_server((HOST, port)) as listening, socket.create_connection((HOST, port)):
        listening.accept()[0].close()  # the serving side closes first and is left in TIME_WAIT
    assert is_free(port)


def test_a_port_that_all_interfaces_share_is_not_free() -> None:
    with socket.create_server(("0.0.0.0", 0)) as listening:  # noqa: S104 what a developer's other server does
        assert not is_free(int(listening.getsockname()[1]))
