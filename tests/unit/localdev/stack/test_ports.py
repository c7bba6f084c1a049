"""A port in use is reported before anything starts, and a folder tells which stack uses it."""

import socket
from pathlib import Path
from threading import Thread

import pytest

from localdev.stack.layout import HOST, Folders
from localdev.stack.ports import PortInUseError, Ports, free_port, free_ports, is_free, require_free, running_ports
from localdev.stack.secret import StackSecret
from tests.support.storage_login import storage_that_takes


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


def test_the_stack_of_another_folder_at_the_same_port_is_not_taken_for_ours(tmp_path: Path) -> None:
    ours, theirs = StackSecret(tmp_path / "ours/keys"), StackSecret(tmp_path / "theirs/keys")
    for name in ("ours", "theirs"):
        with storage_that_takes(ours) as server:
            Thread(target=server.handle_request, daemon=True).start()
            ports = Ports(server.server_port - 2)
            assert ports.storage == server.server_port
            Folders(tmp_path / name).port.write_text(str(ports.gateway))
            assert running_ports(tmp_path / name) == (ports if name == "ours" else None)
    assert ours.login != theirs.login
