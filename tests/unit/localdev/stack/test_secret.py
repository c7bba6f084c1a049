"""The secret of a stack lies in private files and reaches clients by NETRC."""

import os
from pathlib import Path

import pytest
import requests

from localdev.stack.secret import StackSecret
from localdev.stand_ins.http.rest_service import RestService
from localdev.stand_ins.http.session import local_session


def _modes(folder: Path) -> set[str]:
    return {oct(path.stat().st_mode & 0o777) for path in (folder / "secret", folder / "netrc")}


def test_it_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        secret = StackSecret(tmp_path / "keys")
        (tmp_path / "keys" / "netrc").write_text("old")
        secret.write_netrc()
    finally:
        os.umask(before)
    again = StackSecret(tmp_path / "keys")
    assert (again.login, again.database_password) == (secret.login, secret.database_password)
    assert _modes(tmp_path / "keys") == {"0o600"}
    assert StackSecret(tmp_path / "others").login != secret.login


def test_the_passwords_do_not_reveal_the_secret_or_each_other(tmp_path: Path) -> None:
    secret = StackSecret(tmp_path)
    assert len({secret.login[1], secret.database_password, (tmp_path / "secret").read_text()}) == 3


def test_there_is_none_in_a_folder_that_no_stack_has_used(tmp_path: Path) -> None:
    assert StackSecret.existing(tmp_path / "keys") is None
    assert not (tmp_path / "keys").exists()
    StackSecret(tmp_path / "keys")
    assert StackSecret.existing(tmp_path / "keys")


def test_clients_send_it_when_netrc_names_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = StackSecret(tmp_path)
    secret.write_netrc()
    service = RestService(0)
    service.require_login(secret.login)
    service.start()
    monkeypatch.delenv("NETRC", raising=False)
    refused = [requests.get(service.url, timeout=30), local_session().get(service.url, timeout=5)]
    monkeypatch.setenv("NETRC", str(secret.netrc))
    answered = [requests.get(service.url, timeout=30), local_session().get(service.url, timeout=5)]
    service.stop()
    assert [answer.status_code for answer in [*refused, *answered]] == [401, 401, 200, 200]
