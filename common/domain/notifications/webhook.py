"""A notification as a signed request, as Standard Webhooks describes it (github.com/standard-webhooks, version 1)."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime

from common.domain.notifications.notification import Notification
from common.domain.notifications.targets import key_in_secret
from common.domain.notifications.wording import headline, with_plain_texts


def webhook_body(notification: Notification) -> bytes:
    """The JSON of an event; it is the same each time that it is written."""
    plain = with_plain_texts(notification)
    data = {
        "summary": headline(plain),
        "run_id": plain.run_id,
        "run_name": plain.run_name,
        "pipeline": plain.pipeline,
        "pipeline_version": plain.pipeline_version,
        "status": plain.status,
        "cause": plain.cause,
        "evidence": plain.evidence,
        "duration_s": None if plain.duration is None else round(plain.duration.total_seconds()),
        "cost_nano_dollars": plain.cost,
        "url": plain.url,
    }
    at = plain.at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return json.dumps({"type": plain.event, "timestamp": at, "data": data}).encode()


def webhook_headers(notification_id: str, body: bytes, *, secret: str, at: datetime) -> dict[str, str]:
    """The headers of an attempt at `at`, by which a receiver verifies the body and recognizes repeats.

    Raises ValueError if the secret is not valid.
    """
    signed = b".".join([notification_id.encode(), str(int(at.timestamp())).encode(), body])
    signature = hmac.digest(key_in_secret(secret), signed, hashlib.sha256)
    return {
        "webhook-id": notification_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": f"v1,{base64.b64encode(signature).decode()}",
    }
