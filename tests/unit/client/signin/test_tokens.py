"""Where tokens are kept."""

import json
from pathlib import Path

import pytest
from keyring.errors import KeyringError, NoKeyringError

from sluice.signin.tokens import TokenStore
from sluice.state import State

SIGN_IN = {"refresh_token": "refresh-1", "id_token": "e30"}


class FakeKeyring:
    """A keyring in memory; one that `forgets` is the null keyring, one with an `error` is away."""

    def __init__(self, *, forgets: bool = False, error: KeyringError | None = None) -> None:
        self.secrets: dict[tuple[str, str], str] = {}
        self.forgets, self.error = forgets, error

    def get_password(self, service: str, name: str) -> str | None:
        if self.error:
            raise self.error
        return self.secrets.get((service, name))

    def set_password(self, service: str, name: str, secret: str) -> None:
        if self.error:
            raise self.error
        if not self.forgets:
            self.secrets[service, name] = secret

    def delete_password(self, service: str, name: str) -> None:
        del self.secrets[service, name]


def test_the_keyring_has_the_refresh_token_and_the_file_does_not(tmp_path: Path) -> None:
    keyring = FakeKeyring()
    store = TokenStore("https://one.example.org", State(tmp_path), keyring)
    assert store.save(SIGN_IN)
    assert keyring.secrets == {("sluice", "https://one.example.org"): "refresh-1"}
    (file,) = tmp_path.iterdir()
    assert json.loads(file.read_text()) == {"id_token": "e30"}
    assert (store.load(), store.refresh_token()) == ({"id_token": "e30"}, "refresh-1")
    store.forget()
    assert (store.load(), store.refresh_token(), keyring.secrets) == ({}, None, {})


@pytest.mark.parametrize(
    "keyring", [None, FakeKeyring(forgets=True), FakeKeyring(error=NoKeyringError()), FakeKeyring(error=KeyringError())]
)
def test_without_a_keyring_the_file_has_it(tmp_path: Path, keyring: FakeKeyring | None) -> None:
    store = TokenStore("https://one.example.org", State(tmp_path), keyring)
    assert not store.save(SIGN_IN)
    assert (store.load(), store.refresh_token()) == (SIGN_IN, "refresh-1")
    store.forget()
    assert (store.load(), store.refresh_token()) == ({}, None)


def test_services_do_not_share_a_sign_in(tmp_path: Path) -> None:
    TokenStore("https://one.example.org", State(tmp_path), None).save(SIGN_IN)
    assert TokenStore("https://two.example.org", State(tmp_path), None).load() == {}
