"""Which service, and as whom."""

import pytest

from sluice.errors import InputError
from sluice.settings import Settings, server_address


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("https://sluice.example.org/", "https://sluice.example.org"),
        ("https://sluice.example.org:8443", "https://sluice.example.org:8443"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://localhost:8080/", "http://localhost:8080"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ],
)
def test_an_address_has_no_slash_at_its_end(given: str, address: str) -> None:
    assert server_address(given) == address


@pytest.mark.parametrize(
    "given",
    [
        "http://sluice.example.org",
        "http://127.0.0.1.example.org",
        "ftp://sluice.example.org",
        "sluice.example.org",
        "https://sluice.example.org/api",
        "https://ana:secret@sluice.example.org",
        "https://sluice.example.org:port",
        "https://[::1",
        "",
    ],
)
def test_an_address_that_leads_elsewhere_is_refused(given: str) -> None:
    with pytest.raises(InputError):
        server_address(given)


def test_the_server_of_the_last_login_is_used_when_the_environment_names_none() -> None:
    Settings.from_environment({}, "https://one.example.org").remember_server()
    assert Settings.from_environment({}).server == "https://one.example.org"
    other = {"SLUICE_URL": "https://two.example.org"}
    assert Settings.from_environment(other).server == "https://two.example.org"


def test_without_a_server_the_error_says_what_to_do() -> None:
    with pytest.raises(InputError, match="sluice login"):
        Settings.from_environment({})


def test_a_damaged_file_is_named() -> None:
    settings = Settings.from_environment({}, "https://one.example.org")
    settings.remember_server()
    (settings.config / "config.json").write_text("[]")
    with pytest.raises(InputError, match=r"config\.json is damaged"):
        Settings.from_environment({})


@pytest.mark.parametrize("name", ["SLUICE_USER", "SLUICE_SERVICE_ACCOUNT"])
def test_a_user_is_an_address(name: str) -> None:
    with pytest.raises(InputError, match=name):
        Settings.from_environment({name: "ana"}, "https://one.example.org")
