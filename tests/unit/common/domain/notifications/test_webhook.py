import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from common.domain.notifications.webhook import webhook_body, webhook_headers
from tests.support.notifications.notifications import HOSTILE, notification

SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()


def test_a_receiver_that_knows_the_secret_verifies_the_event() -> None:
    body = webhook_body(notification())
    headers = webhook_headers("run-0000000a-run-failed", body, secret=SECRET, at=datetime.now(UTC))

    event = Webhook(SECRET).verify(body, headers)

    assert event["type"] == "run.failed"
    assert event["timestamp"] == "2026-12-01T13:02:03Z"
    assert event["data"] == {
        "summary": "Donor 1 failed",
        "run_id": "run-0000000a",
        "run_name": "Donor 1",
        "pipeline": "nf-core/scrnaseq",
        "pipeline_version": "2.7.1",
        "status": "failed",
        "cause": "out of memory",
        "evidence": "Process `STAR` terminated with an error exit status (137)",
        "duration_s": 7380,
        "cost_nano_dollars": 1_234_567_890,
        "url": "https://sluice.example.org/runs/run-0000000a",
    }


def test_a_receiver_refuses_another_body_another_secret_and_an_old_request() -> None:
    body, now = webhook_body(notification()), datetime.now(UTC)
    other = "whsec_" + base64.b64encode(bytes(32)).decode()
    headers = webhook_headers("n-1", body, secret=SECRET, at=now)
    old = webhook_headers("n-1", body, secret=SECRET, at=now - timedelta(minutes=6))

    for secret, sent, with_headers in [(SECRET, body + b" ", headers), (other, body, headers), (SECRET, body, old)]:
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(sent, with_headers)


def test_a_repeated_event_has_the_same_id_and_body() -> None:
    at = datetime(2026, 12, 1, tzinfo=UTC)
    first, again = (webhook_body(notification()) for _ in range(2))

    assert first == again
    ids = {webhook_headers("n-1", first, secret=SECRET, at=at + timedelta(hours=n))["webhook-id"] for n in range(2)}
    assert ids == {"n-1"}


def test_hostile_texts_stay_short_and_verify() -> None:
    body = webhook_body(notification(run_name=HOSTILE, cause=HOSTILE, evidence="\ud800 lone"))

    event = Webhook(SECRET).verify(body, webhook_headers("n-1", body, secret=SECRET, at=datetime.now(UTC)))

    assert event["data"]["run_name"].startswith("<b>x</b> & <!channel> Bcc:")
    assert event["data"]["evidence"] == "lone"
    assert len(body) < 4_000


def test_what_is_not_known_is_null() -> None:
    data = json.loads(webhook_body(notification(run_name=None, cause=None, duration=None, cost=None)))["data"]

    assert [data[name] for name in ("run_name", "cause", "duration_s", "cost_nano_dollars")] == [None] * 4
