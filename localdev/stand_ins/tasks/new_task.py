"""Reads a task that a client wants to create, and refuses what the real service refuses."""

import base64
import binascii
import re
import uuid
from collections.abc import Mapping
from typing import Any

from localdev.stand_ins.http.messages import Json, ServiceError
from localdev.stand_ins.http.proto_json import NANOSECONDS, read_duration, read_enum, read_timestamp
from localdev.stand_ins.tasks.queue import RetryConfig
from localdev.stand_ins.tasks.task import CloudTask

METHODS = {1: "POST", 2: "GET", 3: "HEAD", 4: "PUT", 5: "DELETE", 6: "PATCH", 7: "OPTIONS"}
MOST_BYTES = 1_048_569  # measured on the real service, of the whole stored task
MOST_HEADER_BYTES = 80 * 1024
MOST_URL_LENGTH = 2083
MOST_DELAY_S = 30 * 86_400
_TASK_ID = re.compile(r"[A-Za-z0-9_-]{1,500}")
# the service sets these itself, whatever the task says
_REPLACED_HEADER = re.compile(r"host|content-length|user-agent|(x-google|x-appengine|x-cloudtasks)-.*", re.IGNORECASE)


def read_new_task(queue: str, wanted: Mapping[str, Any], *, now: float) -> CloudTask:
    """The task that `wanted`, a Task message, describes; ServiceError 400 when it is not allowed in `queue`."""
    request = _read_request(wanted)
    task = CloudTask(
        name=_read_name(queue, wanted.get("name", "")),
        request=request,
        due=max(now, read_timestamp(wanted["scheduleTime"]) / NANOSECONDS if "scheduleTime" in wanted else now),
        created_at=now,
        deadline_s=read_duration(wanted.get("dispatchDeadline", "0s")) or 600.0,
        retry_config=RetryConfig.from_json(wanted["retryConfig"]).as_json() if "retryConfig" in wanted else None,
    )
    if task.due > now + MOST_DELAY_S:
        raise ServiceError(400, "Task.scheduleTime must not be more than 30 days in the future.")
    if not 15 <= task.deadline_s <= 1800:
        raise ServiceError(400, "Task.dispatchDeadline must be between [15s, 30m].")
    if _size(task) > MOST_BYTES:
        raise ServiceError(400, f"Task size too large: at most {MOST_BYTES} bytes.")
    return task


def _read_name(queue: str, name: str) -> str:
    if not name:
        return f"{queue}/tasks/{uuid.uuid4().int >> 65}"
    its_queue, _, task_id = name.partition("/tasks/")
    if its_queue != queue:
        raise ServiceError(
            400,
            f"The queue name from request ('{queue}') must be the same as "
            f"the queue name in the named task ('{its_queue}').",
        )
    if not _TASK_ID.fullmatch(task_id):
        raise ServiceError(
            400,
            f'Task ID "{task_id}" can contain only letters ([A-Za-z]), numbers ([0-9]), hyphens (-), '
            "or underscores (_). Task ID must between 1 and 500 characters.",
        )
    return name


def _read_request(wanted: Mapping[str, Any]) -> Json:
    given = wanted.get("httpRequest")
    if not given or "oauthToken" in given:
        raise ServiceError(
            400, "This stand-in knows only tasks with an httpRequest, and of their tokens the oidcToken."
        )
    if "oidcToken" in given and not given["oidcToken"].get("serviceAccountEmail"):
        raise ServiceError(400, "HttpRequest.oidcToken.serviceAccountEmail is required.")
    method = read_enum(given.get("httpMethod") or 1, METHODS)
    _check_url(given.get("url", ""))
    if given.get("body"):
        _check_body(given["body"], method)
    headers = {name: str(value) for name, value in given.get("headers", {}).items() if not _REPLACED_HEADER.match(name)}
    if sum(len(name) + len(value) for name, value in headers.items()) > MOST_HEADER_BYTES:
        raise ServiceError(400, "HttpRequest.headers: at most 80 KB.")
    return {**given, "httpMethod": method, "headers": {**headers, "User-Agent": "Google-Cloud-Tasks"}}


def _check_url(url: str) -> None:
    if not url.startswith(("http://", "https://")):
        raise ServiceError(400, "HttpTarget.url must start with 'http://' or 'https://'.")
    if len(url) > MOST_URL_LENGTH:
        raise ServiceError(400, f"HttpRequest.url: at most {MOST_URL_LENGTH} characters.")


def _check_body(body: str, method: str) -> None:
    if method not in {"POST", "PUT", "PATCH"}:
        raise ServiceError(400, f"HTTP body cannot be set for a task with the method {method}.")
    try:
        base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ServiceError(400, "HttpRequest.body: Base64 decoding failed.") from error


def _size(task: CloudTask) -> int:
    """About what the stored message weighs: its texts and its body, without the few bytes of framing."""
    request = task.request
    headers = sum(len(name) + len(value) for name, value in request["headers"].items())
    body = len(request.get("body", "")) * 3 // 4
    return body + headers + len(request["url"]) + len(task.name)
