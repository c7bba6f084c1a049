from typing import get_args

from common.domain.notifications.notification import RUN_EVENTS
from common.domain.text.secrets import HIDDEN
from common.schemas.notifications import DisabledTarget, RunEvent


def test_users_choose_from_all_events_of_runs() -> None:
    assert list(get_args(RunEvent)) == [event.value for event in RUN_EVENTS]


def test_a_reason_shows_no_secret() -> None:
    shown = DisabledTarget.model_validate({"reason": "https://x.org?token=abc", "since": "2026-11-23T12:00:00+00:00"})

    assert shown.reason == f"https://x.org?token={HIDDEN}"
