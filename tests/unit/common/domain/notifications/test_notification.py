import re

from common.domain.notifications.notification import RUN_EVENTS, NotificationEvent, notification_id
from tests.support.rows import each_row


def test_people_choose_from_the_events_of_runs() -> None:
    assert set(NotificationEvent) - set(RUN_EVENTS) == {NotificationEvent.TARGET_DISABLED, NotificationEvent.TEST}


@each_row("event", of=RUN_EVENTS)
def test_an_event_of_a_run_has_an_id_without_a_full_stop(event: NotificationEvent) -> None:
    # Standard Webhooks signs `id.timestamp.body`.
    assert re.fullmatch(r"run-0000000a-[a-z-]+", notification_id("run-0000000a", event))


def test_all_events_of_a_run_have_different_ids() -> None:
    assert len({notification_id("run-0000000a", event) for event in RUN_EVENTS}) == len(RUN_EVENTS)
