import base64

import pytest

from common.domain.notifications.targets import (
    MAX_URL_CHARS,
    MailTarget,
    SlackTarget,
    WebhookTarget,
    key_in_secret,
    new_secret,
    url_fault,
)
from tests.support.rows import each_row

ALLOWED = [
    "https://example.org/hook?room=7",
    "https://hooks.slack.com/services/T0/B0/x",
    "https://EXAMPLE.org:8443",
    "https://8.8.8.8/hook",
    "https://[2001:4860:4860::8888]/hook",
    "https://xn--bcher-kva.example",
]
REFUSED = [
    ("http://example.org/hook", "https"),
    ("ftp://example.org", "https"),
    ("example.org/hook", "https"),
    ("https://ana:pw@example.org", "password"),
    ("https://example.org\\@evil.example", "password"),
    ("https://example.org/a b", "spaces"),
    ("https://example.org/\n", "spaces"),
    ("https://bücher.example", "special"),
    ("https://example.org/#part", "looks like"),
    ("https://example.org:99999", "looks like"),
    ("https://[::1", "looks like"),
    ("https://" + "a" * MAX_URL_CHARS, "at most"),
    ("https://", "full name"),
    ("https://console", "full name"),
    ("https://127.1", "full name"),
    ("https://0x7f.0.0.1", "full name"),
    ("https://2130706433", "full name"),
    ("https://127.0.0.1", "not public"),
    ("https://169.254.169.254/computeMetadata/v1", "not public"),
    ("https://10.0.0.1", "not public"),
    ("https://[::1]", "not public"),
    ("https://[::ffff:10.0.0.1]", "not public"),
    ("https://[64:ff9b::7f00:1]", "not public"),
    ("https://[2001:4860:4860::8888%25" + "a" * 64 + "]", "no %"),
    ("https://metadata.google.internal", "not public"),
    ("https://metadata.google.internal.", "not public"),
    ("https://localhost", "not public"),
    ("https://printer.local", "not public"),
]


@each_row("url", of=ALLOWED)
def test_public_addresses_are_allowed(url: str) -> None:
    assert url_fault(url) is None


@each_row("url", "part", of=REFUSED)
def test_other_addresses_are_refused_with_the_reason(url: str, part: str) -> None:
    assert part in (url_fault(url) or "")


@each_row(
    "url",
    "is_allowed",
    of=[
        ("http://127.0.0.1:9000/hook", True),
        ("http://127.0.0.1:9001/hook", False),
        ("http://127.0.0.1:9000@example.org/hook", False),
        ("https://127.0.0.1:9000/hook", False),
    ],
)
def test_addresses_below_the_exempt_origin_are_allowed(url: str, is_allowed: bool) -> None:
    assert (url_fault(url, exempt="http://127.0.0.1:9000") is None) == is_allowed


def test_a_new_secret_holds_the_random_bytes() -> None:
    secret = new_secret(lambda count: b"\x07" * count)

    assert key_in_secret(secret) == b"\x07" * 32


@each_row("size", of=[24, 64])
def test_a_secret_has_24_to_64_bytes(size: int) -> None:
    assert len(key_in_secret("whsec_" + base64.b64encode(bytes(size)).decode())) == size


@each_row(
    "secret",
    of=[
        "",
        "whsec_",
        "whsec_&&&",
        base64.b64encode(bytes(32)).decode(),
        "whsec_" + base64.b64encode(bytes(23)).decode(),
        "whsec_" + base64.b64encode(bytes(65)).decode(),
    ],
)
def test_other_texts_are_no_secrets_and_not_repeated(secret: str) -> None:
    with pytest.raises(ValueError, match="a secret is") as caught:
        key_in_secret(secret)

    assert len(secret) < 10 or secret not in str(caught.value)


def test_a_target_shows_neither_its_address_nor_its_secret() -> None:
    shown = repr([SlackTarget("https://hooks.slack.com/x"), WebhookTarget("https://example.org/y", "whsec_z")])

    assert not any(text in shown for text in ("https", "whsec"))
    assert MailTarget.key != SlackTarget.key != WebhookTarget.key
