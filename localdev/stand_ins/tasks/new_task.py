"""Reads the task of a create request, and refuses what Cloud Tasks refuses."""

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
MAX_BYTES = 1_048_569  # limit of the whole stored task, measured on Cloud Tasks
MAX_HEADER_BYTES = 80 * 1024
MAX_URL_LENGTH = 2083
MAX_DELAY_S = 30 * 86_400
_TASK_ID = re.compile(r"[A-Za-z0-9_-]{1,500}")
# Cloud Tasks sets these headers itself
_SET_BY_SERVICE = re.compile(r"host|content-length|user-agent|(x-google|x-appengine|x-cloudtasks)-.*", re.IGNORECASE)


def read_new_task(queue: str, message: Mapping[str, Any], *, now: float) -> CloudTask:
    """The task of a Task message. Raises ServiceError 400 when it is not allowed in `queue`."""
    request = _read_request(message)
    task = CloudTask(
        name=_read_name(queue, message.get("name", "")),
        request=request,
        due=max(now, read_timestamp(message["scheduleTime"]) / NANOSECONDS if "scheduleTime" in message else now),
        created_at=now,
        deadline_s=read_duration(message.get("dispatchDeadline", "0s")) or 600.0,
        retry_config=RetryConfig.from_json(message["retryConfig"]).as_json() if "retryConfig" in message else None,
    )
    if task.due > now + MAX_DELAY_S:
        raise ServiceError(400, "Task.scheduleTime must not be more than 30 days in the future.")
    if not 15 <= task.deadline_s <= 1800:
        raise ServiceError(400, "Task.dispatchDeadline must be between [15s, 30m].")
    if _size(task) > MAX_BYTES:
        raise ServiceError(400, f"Task size too large: at most {MAX_BYTES} bytes.")
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


def _read_request(message: Mapping[str, Any]) -> Json:
    request = message.get("httpRequest")
    if not request or "oauthToken" in request:
        raise ServiceError(
            400, "This stand-in supports only tasks with an httpRequest, and of their tokens only the oidcToken."
        )
    if "oidcToken" in request and not request["oidcToken"].get("serviceAccountEmail"):
        raise ServiceError(400, "HttpRequest.oidcToken.serviceAccountEmail is required.")
    method = read_enum(request.get("httpMethod") or 1, METHODS)
    _check_url(request.get("url", ""))
    if request.get("body"):
        _check_body(request["body"], method)
    headers = {
        name: str(value) for name, value in request.get("headers", {}).items() if not _SET_BY_SERVICE.match(name)
    }
    if sum(len(name) + len(value) for name, value in headers.items()) > MAX_HEADER_BYTES:
        raise ServiceError(400, "HttpRequest.headers: at most 80 KB.")
    return {**request, "httpMethod": method, "headers": {**headers, "User-Agent": "Google-Cloud-Tasks"}}


def _check_url(url: str) -> None:
    if not url.startswith(("http://", "https://")):
        raise ServiceError(400, "HttpTarget.url must start with 'http://' or 'https://'.")
    if len(url) > MAX_URL_LENGTH:
        raise ServiceError(400, f"HttpRequest.url: at most {MAX_URL_LENGTH} characters.")


def _check_body(body: str, method: str) -> None:
    if method not in {"POST", "PUT", "PATCH"}:
        raise ServiceError(400, f"HTTP body cannot be set for a task with the method {method}.")
    try:
        base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ServiceError(400, "HttpRequest.body: Base64 decoding failed.") from error


def _size(task: CloudTask) -> int:
    """The approximate size of the stored message in bytes: its texts and its body."""
    request = task.request
    headers = sum(len(name) + len(value) for name, value in request["headers"].items())
    body = len(request.get("body", "")) * 3 // 4
    return body + headers + len(request["url"]) + len(task.name)
