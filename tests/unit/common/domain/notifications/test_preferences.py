from typing import Any

import pytest

from common.domain.notifications.preferences import changes_to_store, disabled_name, target_in
from common.domain.notifications.targets import MailTarget, SlackTarget, Target, WebhookTarget, key_in_secret
from common.domain.text.secrets import HIDDEN
from common.errors import ValidationError
from tests.support.rows import each_row
from tests.support.runs import OWNER

URL = "https://example.org/hook"


def to_store(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 preferences
    return changes_to_store(changes, random_bytes=bytes)


@each_row(
    "key",
    "target",
    of=[
        ("mail", MailTarget(OWNER)),
        ("slack", SlackTarget(URL)),
        ("webhook", WebhookTarget(URL, "s")),
    ],
)
def test_a_target_is_found_by_its_key(key: str, target: Target) -> None:
    stored = {"notify_slack_url": URL, "notify_webhook_url": URL, "notify_webhook_secret": "s"}

    assert target_in(stored, key, email=OWNER) == target
    assert target.key == key


@each_row("key", of=["slack", "webhook"])
def test_a_target_that_is_not_set_is_none(key: str) -> None:
    assert target_in({}, key, email=OWNER) is None


def test_other_preferences_are_stored_as_they_are() -> None:
    assert to_store(default_genome=None, notify_events=["run.failed"]) == {
        "default_genome": None,
        "notify_events": ["run.failed"],
    }


def test_a_new_address_of_a_webhook_gets_a_secret_and_enables_it() -> None:
    stored = to_store(notify_webhook_url=URL)

    assert key_in_secret(stored.pop("notify_webhook_secret")) == bytes(32)
    assert stored == {"notify_webhook_url": URL, disabled_name("webhook"): None}


def test_the_secret_goes_with_its_webhook() -> None:
    assert to_store(notify_webhook_url=None)["notify_webhook_secret"] is None


@each_row("name", "key", of=[("notify_mail", "mail"), ("notify_slack_url", "slack")])
def test_a_target_that_is_set_anew_is_not_disabled(name: str, key: str) -> None:
    assert to_store(**{name: None})[disabled_name(key)] is None


@each_row(
    "url", "message", of=[("http://example.org", "https://"), (HIDDEN, "hidden"), ("https://10.0.0.1", "not public")]
)
def test_an_address_that_is_not_allowed_is_refused_by_its_field(url: str, message: str) -> None:
    with pytest.raises(ValidationError) as caught:
        to_store(notify_webhook_url=url, notify_slack_url=url)

    assert [fault.field for fault in caught.value.faults] == [
        "preferences.notify_slack_url",
        "preferences.notify_webhook_url",
    ]
    assert all(message in fault.message for fault in caught.value.faults)
