"""Makes the buckets and the queue that a deployment gets from Terraform; those that are there stay as they are."""

from typing import Any

import requests

from localdev.errors import StackError
from localdev.layout import BUCKETS, PARENT, PROJECT, QUEUE

_QUEUE_SETTINGS = {
    "name": QUEUE,
    "retryConfig": {"maxAttempts": -1, "minBackoff": "1s", "maxBackoff": "30s", "maxDoublings": 5},
    "rateLimits": {"maxDispatchesPerSecond": 100, "maxConcurrentDispatches": 8},
}


def make_buckets_and_queue(*, storage_url: str, tasks_url: str) -> None:
    """Ask the stand-ins at these addresses; StackError when one refuses."""
    with requests.Session() as session:
        session.trust_env = False  # a proxy knows nothing of this machine's ports
        for bucket in BUCKETS:
            _make(session, f"{storage_url}/storage/v1/b?project={PROJECT}", {"name": bucket})
        _make(session, f"{tasks_url}/v2/{PARENT}/queues", _QUEUE_SETTINGS)


def _make(session: requests.Session, address: str, what: dict[str, Any]) -> None:
    answer = session.post(address, json=what, timeout=10)
    if not answer.ok and answer.status_code != requests.codes.conflict:
        raise StackError(f"POST {address} answered {answer.status_code}: {answer.text[:300]}")
