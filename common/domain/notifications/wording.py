"""What a notification says, in words that all targets share.

Names, causes and evidence come from users and from logs. They leave here as short single lines without secrets; what
else a format gives a meaning to, such as `<`, is escaped where that format is written.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, timedelta
from typing import Final
from urllib.parse import urljoin

from common.domain.notifications.notification import (
    EXPIRES_SOON,
    RUN_EVENTS,
    SUBMITTED_TOO_LONG,
    Notification,
    NotificationEvent,
)
from common.domain.text.secrets import hide_in_text

_LONGEST_NAME, _LONGEST_TEXT = 120, 400  # characters
_NANOS: Final = 1_000_000_000

_HEADLINES: Final = {
    NotificationEvent.COMPLETED: "{run} completed",
    NotificationEvent.FAILED: "{run} failed",
    NotificationEvent.CANCELLED: "{run} was cancelled",
    NotificationEvent.TASK_FAILED: "A task of {run} failed",
    NotificationEvent.STUCK: f"{{run}} has waited to start for {SUBMITTED_TOO_LONG // timedelta(minutes=1)} minutes",
    NotificationEvent.EXPIRING: f"The work files of {{run}} expire within {EXPIRES_SOON.days} days",
    NotificationEvent.COST_EXCEEDED: "{run} costs more than your limit",
    NotificationEvent.TARGET_DISABLED: "Sluice stopped sending notifications to an address of yours",
    NotificationEvent.TEST: "This is a test of your notifications",
}


def with_plain_texts(notification: Notification) -> Notification:
    """The notification with its texts as short lines, none of which holds a secret or a control character."""
    return replace(
        notification,
        run_name=notification.run_name and one_line(notification.run_name, _LONGEST_NAME),
        cause=notification.cause and one_line(notification.cause),
        evidence=notification.evidence and one_line(notification.evidence),
    )


def one_line(text: str, longest: int = _LONGEST_TEXT) -> str:
    """`text` without secrets, in one line of printable characters; marks that reorder letters are not printable."""
    printable = "".join(letter if letter.isprintable() else " " for letter in hide_in_text(text[: longest * 10]))
    line = " ".join(printable.split())
    return line if len(line) <= longest else line[: longest - 1] + "…"


def headline(notification: Notification) -> str:
    """One sentence that says what happened to which run."""
    plain = with_plain_texts(notification)
    return _HEADLINES[plain.event].format(run=plain.run_name or plain.run_id)


def facts(notification: Notification) -> Iterator[tuple[str, str]]:
    """What is known: labels and values, in the order to show. A test says nothing of its run, which is made up."""
    plain = with_plain_texts(notification)
    if plain.event in RUN_EVENTS:
        yield "Run", plain.run_id
        yield "Pipeline", f"{plain.pipeline} {plain.pipeline_version}"
        yield "State", plain.status
    if plain.cause:
        yield "Cause", plain.cause
    if plain.evidence:
        yield "Evidence", plain.evidence
    if plain.duration is not None:
        yield "Duration", _duration(plain.duration)
    if plain.cost is not None:
        yield "Cost", f"${plain.cost / _NANOS:,.2f} by list prices"
    yield "Time", f"{plain.at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def link_words(notification: Notification) -> str:
    """What the link to `url` says."""
    return "Open the run in Sluice" if notification.event in RUN_EVENTS else "Open Sluice"


def preferences_url(notification: Notification) -> str:
    """The page on which people choose what they are told."""
    return urljoin(notification.url, "/preferences")


def _duration(duration: timedelta) -> str:
    """`2 h 3 min`, `4 min 5 s`, `12 s`."""
    minutes, seconds = divmod(round(duration.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"
