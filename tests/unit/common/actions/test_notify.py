"""A notification is delivered at least once, and twice only if the worker died between delivery and record."""

from collections import Counter
from contextlib import suppress
from datetime import timedelta

import pytest

from common.domain.batch.job import JobState
from common.domain.notifications.notification import NotificationEvent, Outcome, Refused, TryAgain
from common.domain.notifications.schedule import LEASE, TRIES
from common.domain.notifications.targets import MailTarget, WebhookTarget
from common.domain.runs.status import RunStatus
from common.domain.runs.work_items import ChainStep
from common.services.notifications.store import NotificationStore
from common.services.users.service import UserService
from tests.support.actions.fakes import CrashError
from tests.support.actions.stage import ANA, RUN, Stage
from tests.support.runs import NOON, OWNER

WEBHOOK = {"notify_webhook_url": "https://example.org/x", "notify_webhook_secret": "s", "notify_mail": False}
FAILED = f"{RUN}-run-failed"


def prefer(stage: Stage, **preferences: object) -> None:
    users = UserService(stage.engine)
    users.get_or_create_user(OWNER, at=NOON)
    users.update_preferences(OWNER, {"notifications_enabled": True, **preferences})


def fail(stage: Stage) -> None:
    stage.pending()
    stage.runs.update_run_status(RUN, RunStatus.FAILED, at=NOON)


def do_all(stage: Stage, *, for_hours: float = 48) -> None:
    """Do queued work when it is due, and reconcile every five minutes, as the queue and the timer do."""
    end = stage.clock() + timedelta(hours=for_hours)
    while stage.clock() < end:
        stage.notifications.find()
        waiting = [(stage.clock() + item.delay, item) for item in stage.queue.take_all()]
        if not waiting and not stage.rows("SELECT 1 FROM notifications WHERE next_try_at IS NOT NULL"):
            return
        for due, item in sorted(waiting, key=lambda pair: pair[0]):
            stage.clock.now = max(stage.clock.now, due)
            stage.do(item)
        stage.clock.advance(minutes=5)


def states(stage: Stage) -> list[tuple[object, ...]]:
    found = stage.rows(
        "SELECT id, target, attempts, delivered_at IS NOT NULL, refused_reason FROM notifications ORDER BY 1, 2"
    )
    return list(found)


def test_the_end_of_a_run_is_told_by_its_last_sync(stage: Stage) -> None:
    prefer(stage)
    stage.running()
    stage.batch.move(stage.head, JobState.FAILED)

    stage.sync.run(ChainStep(run_id=RUN, chain="launch"))
    stage.drain_queue()

    assert stage.delivery.ids == [(FAILED, "mail")]


def test_each_target_gets_a_notification_once(stage: Stage) -> None:
    prefer(stage, **WEBHOOK | {"notify_mail": True})
    fail(stage)

    do_all(stage)

    assert sorted(stage.delivery.ids) == [(FAILED, "mail"), (FAILED, "webhook")]
    assert [target for target, _ in stage.delivery.taken if isinstance(target, MailTarget)] == [MailTarget(OWNER)]
    assert WebhookTarget("https://example.org/x", "s") in [target for target, _ in stage.delivery.taken]


def test_a_repeated_work_item_delivers_nothing_again(stage: Stage) -> None:
    prefer(stage)
    fail(stage)
    for _ in range(3):
        stage.notify.run(FAILED, "mail")

    assert stage.delivery.ids == [(FAILED, "mail")]


def test_an_item_of_an_unknown_notification_does_nothing(stage: Stage) -> None:
    stage.notify.run("run-00000000-run-failed", "mail")

    assert stage.delivery.ids == []


def test_two_workers_do_not_deliver_the_same(stage: Stage) -> None:
    prefer(stage)
    fail(stage)
    store, now = NotificationStore(stage.engine), stage.clock()

    claims = [store.claim(FAILED, "mail", at=now, until=now + LEASE) for _ in range(2)]

    assert [claim is not None for claim in claims] == [True, False]


@pytest.mark.parametrize("crash_at", [1, 2, 3, 4])
def test_a_worker_that_dies_at_any_step_loses_nothing(stage: Stage, crash_at: int) -> None:
    """It dies before it is queued, before the run is read, before the delivery, and before its record."""
    prefer(stage)
    fail(stage)
    stage.steps.taken, stage.steps.crash_at = 0, crash_at
    with suppress(CrashError):
        do_all(stage)
    assert stage.steps.taken == crash_at

    stage.steps.crash_at = 0
    do_all(stage)

    assert Counter(stage.delivery.ids) == {(FAILED, "mail"): 2 if crash_at == 4 else 1}
    assert [delivered for _, _, _, delivered, _ in states(stage)] == [True]


def test_a_failed_try_is_repeated_with_the_same_id(stage: Stage) -> None:
    prefer(stage)
    fail(stage)
    stage.delivery.outcomes = [TryAgain("503 from the server"), TryAgain("no answer", timedelta(hours=1))]

    do_all(stage)

    assert stage.delivery.ids == [(FAILED, "mail")]
    assert states(stage) == [(FAILED, "mail", 3, True, None)]
    assert stage.clock() > NOON + timedelta(hours=1)


def test_after_ten_tries_the_target_is_disabled_and_the_owner_told_by_mail(stage: Stage) -> None:
    prefer(stage, **WEBHOOK | {"notify_mail": True, "notify_events": ["run.failed"]})
    fail(stage)
    stage.notify.run(FAILED, "mail")
    stage.delivery.outcomes = [TryAgain("503 from the server")] * TRIES

    do_all(stage)

    assert (FAILED, "webhook", TRIES, False, "503 from the server") in states(stage)
    assert stage.clock() > NOON + timedelta(hours=24)
    disabled = UserService(stage.engine).get_user(OWNER).preferences["notify_webhook_disabled"]
    assert disabled["reason"] == "503 from the server"
    target, told = stage.delivery.taken[-1]
    assert (target, told.event) == (MailTarget(OWNER), NotificationEvent.TARGET_DISABLED)
    assert told.cause == "your webhook target was switched off: 503 from the server"


def test_a_refusal_disables_the_target_at_once(stage: Stage) -> None:
    prefer(stage, **WEBHOOK)
    fail(stage)
    stage.delivery.outcomes = [Refused("410: gone")]

    do_all(stage)

    assert states(stage) == [(FAILED, "webhook", 1, False, "410: gone")]
    assert "notify_webhook_disabled" in UserService(stage.engine).get_user(OWNER).preferences


@pytest.mark.parametrize(
    "outcomes",
    [[TryAgain("server away", blames_target=False)] * TRIES, [Refused("no mail server", blames_target=False)]],
)
def test_a_fault_of_the_mail_server_disables_nobodys_mail(stage: Stage, outcomes: list[Outcome]) -> None:
    prefer(stage)
    fail(stage)
    stage.delivery.outcomes = list(outcomes)

    do_all(stage)

    assert stage.delivery.ids == []
    assert [state[2] for state in states(stage)] == [len(outcomes)]
    assert "notify_mail_disabled" not in UserService(stage.engine).get_user(OWNER).preferences


def test_a_target_that_got_another_address_meanwhile_is_not_disabled(stage: Stage) -> None:
    prefer(stage, **WEBHOOK)
    fail(stage)
    store, now = NotificationStore(stage.engine), stage.clock()
    claimed = store.claim(FAILED, "webhook", at=now, until=now + LEASE)
    assert claimed
    prefer(stage, notify_webhook_url="https://example.org/other")

    assert not store.give_up(claimed, "410: gone", at=now, disable=True)
    assert "notify_webhook_disabled" not in UserService(stage.engine).get_user(OWNER).preferences


@pytest.mark.parametrize(
    "change",
    [{"notifications_enabled": False}, {"notify_webhook_url": None}, {"notify_webhook_disabled": {"reason": "x"}}],
)
def test_what_was_switched_off_meanwhile_is_dropped(stage: Stage, change: dict[str, object]) -> None:
    prefer(stage, **WEBHOOK)
    fail(stage)
    prefer(stage, **change)

    do_all(stage)

    assert stage.delivery.ids == []
    assert states(stage) == [(FAILED, "webhook", 1, False, "it was switched off before it could be sent")]


def test_the_outcome_of_a_claim_that_has_passed_to_another_worker_is_not_recorded(stage: Stage) -> None:
    prefer(stage)
    fail(stage)
    store, now = NotificationStore(stage.engine), stage.clock()
    slow = store.claim(FAILED, "mail", at=now, until=now + LEASE)
    later = now + LEASE
    assert slow
    assert store.claim(FAILED, "mail", at=later, until=later + LEASE)

    store.note_later(slow, next_try_at=now)

    assert store.due(at=later) == []


def test_a_notification_that_kills_each_worker_is_given_up(stage: Stage) -> None:
    prefer(stage)
    fail(stage)
    for _ in range(TRIES):
        stage.steps.taken, stage.steps.crash_at = 0, 2
        with suppress(CrashError):
            stage.notify.run(FAILED, "mail")
        stage.clock.advance(minutes=3)
    stage.steps.crash_at = 0

    do_all(stage)

    assert states(stage) == [
        (FAILED, "mail", TRIES + 1, False, "Sluice failed while it sent this; an operator has to look at it")
    ]
    assert "notify_mail_disabled" not in UserService(stage.engine).get_user(OWNER).preferences


def test_a_test_is_tried_once_and_disables_nothing(stage: Stage) -> None:
    prefer(stage, **WEBHOOK)
    store = NotificationStore(stage.engine)
    assert store.add_test(OWNER, "test-1", at=NOON) == ["webhook"]
    stage.delivery.outcomes = [TryAgain("404 from the server")]

    do_all(stage)

    (found,) = store.list_of(OWNER)
    assert (found.event, found.refused_reason, found.attempts) == (NotificationEvent.TEST, "404 from the server", 1)
    assert "notify_webhook_disabled" not in UserService(stage.engine).get_user(OWNER).preferences


def test_a_cancelled_run_is_told(stage: Stage) -> None:
    prefer(stage)
    stage.running()
    stage.request_cancel.run(RUN, ANA)
    stage.batch.move(stage.head, JobState.CANCELLED)

    stage.drain_queue()

    assert stage.run().status == RunStatus.CANCELLED
    assert stage.delivery.ids == [(f"{RUN}-run-cancelled", "mail")]


def test_a_launch_that_is_refused_is_told(stage: Stage) -> None:
    prefer(stage)
    stage.pending()
    stage.batch.refusal = "the machine type does not exist"

    stage.launch.run(RUN)
    stage.drain_queue()

    assert stage.delivery.ids == [(FAILED, "mail")]
