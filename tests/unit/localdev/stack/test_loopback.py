"""Which requests a listener of the stack answers."""

import pytest

from localdev.stack.loopback import why_refused

OURS = "http://127.0.0.1:8080"


def refused(method: str = "GET", host: str = "127.0.0.1:8082", **headers: str) -> str | None:
    sent = {"Host": host} | {name.replace("_", "-"): value for name, value in headers.items()}
    return why_refused(method, lambda name: [sent[name]] if name in sent else [], {OURS})


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "127.0.0.1", "localhost:8080", "LocalHost", "[::1]:8080", "[::1]"])
def test_every_name_of_this_machine_is_a_host(host: str) -> None:
    assert refused(host=host) is None


@pytest.mark.parametrize(
    "host",
    [
        *("evil.example", "evil.example:8080", "127.0.0.1.evil.example", "localhost.evil.example", "localhost."),
        *("", "0.0.0.0:8080", "10.0.0.1", "127.0.0.2", "[::ffff:127.0.0.1]", "127.0.0.1:8080:1", "127.0.0.1:x"),
        *("127.0.0.1,evil.example", "user@127.0.0.1", "127.0.0.1/evil", "2130706433", "127.1", "127.0.0.1\n"),
    ],
)
def test_any_other_host_is_refused(host: str) -> None:
    assert "Host" in (refused(host=host) or "")


def test_no_host_and_two_hosts_are_refused() -> None:
    assert why_refused("GET", lambda _name: [])
    assert why_refused("GET", lambda name: ["127.0.0.1", "127.0.0.1"] if name == "Host" else [])


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "OPTIONS"])
@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "null", "", "http://127.0.0.1:9999", "http://localhost:8080", "https://127.0.0.1:8082"],
)
def test_another_origin_is_refused(method: str, origin: str) -> None:
    assert "Origin" in (refused(method, Origin=origin) or "")


@pytest.mark.parametrize("origin", [OURS, "http://127.0.0.1:8082"])
def test_the_listeners_own_pages_and_the_named_ones_are_answered(origin: str) -> None:
    assert refused("POST", Origin=origin, Sec_Fetch_Site="same-origin") is None


@pytest.mark.parametrize(
    ("method", "site", "mode", "dest"),
    [
        ("GET", "cross-site", "no-cors", "image"),
        ("GET", "cross-site", "navigate", "iframe"),
        ("GET", "cross-site", "cors", "empty"),
        ("POST", "cross-site", "navigate", "document"),
        ("POST", "same-site", "no-cors", "empty"),
        ("DELETE", "unheard-of", "navigate", "document"),
    ],
)
def test_what_a_page_of_another_site_sends_is_refused(method: str, site: str, mode: str, dest: str) -> None:
    assert refused(method, Sec_Fetch_Site=site, Sec_Fetch_Mode=mode, Sec_Fetch_Dest=dest)


def test_a_link_on_another_site_may_be_followed() -> None:
    headers = {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate", "Sec_Fetch_Dest": "document"}
    assert refused("GET", **headers) is None


def test_a_page_on_another_port_may_show_what_is_read() -> None:
    assert refused("GET", Sec_Fetch_Site="same-site", Sec_Fetch_Mode="no-cors", Sec_Fetch_Dest="image") is None
