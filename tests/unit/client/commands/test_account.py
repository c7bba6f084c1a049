"""Signing in and out from the command line."""

import pytest

from sluice.cli import main
from sluice.errors import SignInError
from tests.support.client.objects import user_json
from tests.support.client.service import told
from tests.unit.client.conftest import Serve


def test_a_local_stack_is_only_remembered(
    serve: Serve, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    service = serve({"GET /api/users/me": told(user_json())})
    monkeypatch.delenv("SLUICE_URL")
    assert main(["login", service.address]) == 0
    out, err = capsys.readouterr()
    assert (out, err) == ("", f"You are ana@lab.example at {service.address}.\n")
    assert main(["whoami", "--format", "{email}"]) == 0


def test_a_service_that_refuses_is_not_remembered(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    service = serve({})
    monkeypatch.delenv("SLUICE_URL")
    assert main(["login", service.address]) == 4
    assert main(["whoami"]) == 2


def test_a_service_without_encryption_is_refused() -> None:
    assert main(["login", "http://sluice.example.org"]) == 2


def test_a_person_signs_in_at_any_other_service(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def of_service(server: str) -> None:
        raise SignInError(f"{server} lets no programs in")

    monkeypatch.setattr("sluice.signin.google.ProgramClient.of_service", of_service)
    assert main(["login", "https://sluice.example.org"]) == 3
    assert "https://sluice.example.org lets no programs in" in capsys.readouterr().err


def test_signing_out_twice_does_no_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLUICE_URL", "https://sluice.example.org")
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    assert [main(["logout"]), main(["logout"])] == [0, 0]
