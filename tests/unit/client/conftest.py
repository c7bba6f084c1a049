"""Fixtures for tests of the client: a service that answers as told, and a user without files or variables."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest

from sluice.api import Api
from sluice.signin.laptop import NamedUser
from sluice.state import State
from sluice.transport import Patience, Transport
from tests.support.client.service import Responder, StubService, Told

Serve = Callable[[Mapping[str, Told | list[Told] | Responder]], StubService]


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A user's home without anything; the client finds no other user's files or variables."""
    for name in ("SLUICE_URL", "SLUICE_USER", "SLUICE_SERVICE_ACCOUNT", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.setenv("TZ", "Europe/Zurich")
    return tmp_path


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    """Starts a service, which SLUICE_URL then names."""
    with ExitStack() as running:

        def start(answers: Mapping[str, Told | list[Told] | Responder]) -> StubService:
            service = running.enter_context(StubService(answers).serving())
            monkeypatch.setenv("SLUICE_URL", service.address)
            return service

        yield start


@pytest.fixture
def slept() -> list[float]:
    """How long the client has waited: it does not sleep in tests."""
    return []


@pytest.fixture
def api_of(tmp_path: Path, slept: list[float]) -> Iterator[Callable[[StubService], Api]]:
    """Makes the API of a service; it waits without sleeping."""
    with ExitStack() as opened:

        def connect(service: StubService) -> Api:
            transport = Transport(
                service.address, NamedUser(None), patience=lambda: Patience(sleep=slept.append, jitter=lambda: 1.0)
            )
            opened.callback(transport.close)
            return Api(transport, State(tmp_path / "state"))

        yield connect
