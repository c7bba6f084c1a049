"""What a user's stored preferences say of notifications, and what may be stored there."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from common.domain.notifications.targets import MailTarget, SlackTarget, Target, WebhookTarget, new_secret, url_fault
from common.domain.text.secrets import faults_of_hidden
from common.errors import Fault, ValidationError

SLACK_URL: Final = "notify_slack_url"
WEBHOOK_URL: Final = "notify_webhook_url"
WEBHOOK_SECRET: Final = "notify_webhook_secret"  # noqa: S105 a name

# What names the address of a target; mail has none, because it goes to the user's own.
_ADDRESSES: Final = {SlackTarget.key: SLACK_URL, WebhookTarget.key: WEBHOOK_URL}
_SETTERS: Final = _ADDRESSES | {MailTarget.key: "notify_mail"}


def target_in(preferences: Mapping[str, Any], key: str, *, email: str) -> Target | None:
    """The target with this key of the user with this address; None if none is set."""
    if key == MailTarget.key:
        return MailTarget(email)
    url = preferences.get(_ADDRESSES[key])
    if not url:
        return None
    return SlackTarget(url) if key == SlackTarget.key else WebhookTarget(url, preferences[WEBHOOK_SECRET])


def address_name(key: str) -> str | None:
    """The preference that has the address of a target; None for mail."""
    return _ADDRESSES.get(key)


def disabled_name(key: str) -> str:
    """The preference that says that a target is disabled, since when and why."""
    return f"notify_{key}_disabled"


def changes_to_store(
    changes: Mapping[str, Any], *, random_bytes: Callable[[int], bytes], exempt: str | None = None
) -> dict[str, Any]:
    """`changes` of preferences, with what follows from them: a target that is set anew is no longer disabled.

    A webhook gets a new secret with each address. `exempt` is as for `url_fault`. Raises ValidationError.
    """
    faults = [fault for name in _ADDRESSES.values() for fault in _faults_of_address(name, changes.get(name), exempt)]
    if faults:
        raise ValidationError(faults)
    following: dict[str, Any] = {disabled_name(key): None for key, name in _SETTERS.items() if name in changes}
    if WEBHOOK_URL in changes:
        following[WEBHOOK_SECRET] = new_secret(random_bytes) if changes[WEBHOOK_URL] else None
    return {**changes, **following}


def _faults_of_address(name: str, url: str | None, exempt: str | None) -> list[Fault]:
    if not url:
        return []
    field = f"preferences.{name}"
    fault = url_fault(url, exempt=exempt)
    return faults_of_hidden(field, url) or ([Fault(field=field, message=fault)] if fault else [])
