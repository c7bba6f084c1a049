"""A port in use is reported before anything starts."""

import socket

import pytest

from localdev.stack.layout import HOST
from localdev.stack.ports import PortInUseError, free_port, free_ports, is_free, require_free


def test_free_ports_are_accepted() -> None:
    require_free(free_ports())


def test_the_message_names_the_port_its_part_and_a_free_alternative() -> None:
    ports = free_ports()
    message = f"port {ports.storage}, which storage needs, is in use; .* PORT=[0-9]+"
    with socket.create_server((HOST, ports.storage)), pytest.raises(PortInUseError, match=message):
        require_free(ports)


def test_a_port_in_time_wait_is_free() -> None:
    port = free_port()
    with socket.create_server((HOST, port)) as listening, socket.create_connection((HOST, port)):
        listening.accept()[0].close()  # the server closes first, so its side stays in TIME_WAIT
    assert is_free(port)


def test_a_port_bound_on_all_interfaces_is_not_free() -> None:
    with socket.create_server(("0.0.0.0", 0)) as listening:  # noqa: S104 as another server of the developer may do
        assert not is_free(int(listening.getsockname()[1]))
