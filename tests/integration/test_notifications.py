"""Notifications on a whole stack, from the preferences to the mail and the webhook."""

import time
from collections.abc import Callable
from email.message import EmailMessage
from typing import Any

import requests
from standardwebhooks import Webhook

from localdev.stack.environment import url
from localdev.stack.stack import Stack
from localdev.stand_ins.mail.inbox import mails_in
from tests.support.notifications.receiver import Receiver

USER = "told@lab.example"
WITHIN_S = 30


def ask(stack: Stack, method: str, path: str, body: dict[str, Any] | None = None) -> requests.Response:
    return requests.request(
        method, url(stack.ports.gateway) + path, json=body, headers={"X-Dev-User": USER}, timeout=30
    )


def mails_to_user(stack: Stack) -> list[EmailMessage]:
    return [mail for mail in mails_in(stack.folders.mail) if mail["To"] == USER]


def wait_until(claim: Callable[[], object]) -> None:
    end = time.monotonic() + WITHIN_S
    while not claim() and time.monotonic() < end:
        time.sleep(0.1)
    assert claim()


def test_a_test_arrives_once_as_a_mail_and_as_a_signed_webhook(stack: Stack) -> None:
    with Receiver(port=stack.ports.receiver) as receiver:
        preferences = {"notify_webhook_url": f"{receiver.origin}/hook"}
        changed = ask(stack, "PATCH", "/api/users/me", {"preferences": preferences}).json()["preferences"]
        asked = ask(stack, "POST", "/api/users/me/notifications/test", {})

        wait_until(lambda: receiver.received and mails_to_user(stack))

    assert asked.status_code == 202
    (received,), (mail,) = receiver.received, mails_to_user(stack)
    event = Webhook(changed["notify_webhook_secret"]).verify(received.body, dict(received.headers))
    assert (received.path, event["type"]) == ("/hook", "test")
    assert mail["Subject"] == "Sluice: This is a test of your notifications"
    assert received.headers["webhook-id"] in mail["Message-ID"]


def test_a_webhook_into_the_stack_is_refused(stack: Stack) -> None:
    for part in ("tasks", "queue_worker"):
        preferences = {"notify_webhook_url": f"{url(stack.ports.all()[part])}/"}
        answer = ask(stack, "PATCH", "/api/users/me", {"preferences": preferences})
        assert answer.status_code == 422
        assert answer.json()["faults"][0]["field"] == "preferences.notify_webhook_url"
