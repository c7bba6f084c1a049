"""Sends one attempt of a task to its URL, as Cloud Tasks does."""

import base64
from collections.abc import Mapping
from contextlib import closing
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

from localdev.stand_ins.oidc import OidcSigner
from localdev.stand_ins.tasks.task import CloudTask


class NotDeliveredError(Exception):
    """There was no response: the connection failed, the deadline passed, or the request cannot be sent."""


def send(method: str, url: str, headers: Mapping[str, str], body: bytes | None, *, timeout_s: float) -> int:
    """Send a request on a new connection; the HTTP status. Follows no redirects. Raises NotDeliveredError."""
    try:
        parts = urlsplit(url)
        make_connection = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        with closing(make_connection(parts.netloc, timeout=timeout_s)) as connection:
            target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            connection.request(method, target, body, dict(headers))
            response = connection.getresponse()
            response.read()
            return response.status
    except (OSError, HTTPException, ValueError) as error:  # ValueError: an invalid header or URL
        raise NotDeliveredError(f"{type(error).__name__}: {error}") from error


def deliver(task: CloudTask, signer: OidcSigner) -> int | None:
    """Make one attempt; the HTTP status, or None without a response within the deadline of the task."""
    request = task.request
    body = base64.b64decode(request["body"]) if request.get("body") else None
    headers = request["headers"] | cloud_tasks_headers(task)
    if token := request.get("oidcToken"):
        audience = token.get("audience") or request["url"]
        headers["Authorization"] = f"Bearer {signer.token(token['serviceAccountEmail'], audience)}"
    try:
        return send(request["httpMethod"], request["url"], headers, body, timeout_s=task.deadline_s)
    except NotDeliveredError:
        return None


def cloud_tasks_headers(task: CloudTask) -> dict[str, str]:
    """The headers that Cloud Tasks adds to an attempt; `dispatch_count` includes this attempt."""
    retries = task.dispatch_count - 1
    headers = {
        "X-CloudTasks-QueueName": task.queue.rpartition("/")[2],
        "X-CloudTasks-TaskName": task.task_id,
        "X-CloudTasks-TaskRetryCount": str(retries),
        "X-CloudTasks-TaskExecutionCount": str(task.execution_count),
        "X-CloudTasks-TaskETA": f"{task.due:.6f}",
    }
    if task.previous_status is not None:
        headers |= {
            "X-CloudTasks-TaskPreviousResponse": str(task.previous_status),
            "X-CloudTasks-TaskRetryReason": "",
        }
    return headers
