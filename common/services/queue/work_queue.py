"""WorkQueue: work items that Cloud Tasks delivers to queue_worker, each at least once."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from common.domain.runs.work_items import WorkKind
from common.errors import UnavailableError
from common.services.google_clients import rest_client_arguments, translate_google_errors
from common.telemetry import telemetry

if TYPE_CHECKING:
    from google.cloud.tasks_v2 import CloudTasksClient

log = telemetry("queue")

_DEADLINE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueSettings:
    """The queues, the worker they deliver to, and the service account they call the worker as."""

    queue: str  # projects/P/locations/L/queues/Q
    archive_queue: str  # a queue of its own, so that launches and cancels never wait behind slow archives
    worker_url: str  # without a slash at the end
    worker_audience: str
    caller: str
    endpoint: str | None  # http://host:port in place of Google's


class WorkQueue:
    """Adds work items; Cloud Tasks remembers a key for 24 hours and ignores it when it is added again."""

    def __init__(self, settings: QueueSettings) -> None:
        self._settings = settings

    @cached_property
    def _client(self) -> "CloudTasksClient":
        from google.cloud.tasks_v2 import CloudTasksClient  # noqa: PLC0415 280 ms

        return CloudTasksClient(**rest_client_arguments(self._settings.endpoint))

    def add(self, kind: WorkKind, body: Mapping[str, Any], *, key: str, delay: timedelta = timedelta(0)) -> bool:
        """Queue work of a `kind`; False when this `key` was added before.

        Raises UnavailableError.
        """
        queue = self._settings.archive_queue if kind == WorkKind.ARCHIVE else self._settings.queue
        item: dict[str, Any] = {
            "name": f"{queue}/tasks/{item_name(kind, key)}",
            "dispatch_deadline": _DEADLINE,
            "http_request": {
                "url": f"{self._settings.worker_url}/work/{kind}",
                "http_method": "POST",
                "headers": {"Content-Type": "application/json"},
                "body": json.dumps(body).encode(),
                "oidc_token": {
                    "service_account_email": self._settings.caller,
                    "audience": self._settings.worker_audience,
                },
            },
        }
        if delay:
            item["schedule_time"] = datetime.now(UTC) + delay
        from google.api_core.exceptions import ClientError, Conflict, Forbidden, TooManyRequests  # noqa: PLC0415

        with translate_google_errors("Cloud Tasks", role="roles/cloudtasks.enqueuer on the queue"):
            try:
                self._client.create_task(request={"parent": queue, "task": item})
            except Conflict:
                return False
            except (Forbidden, TooManyRequests):
                raise
            except ClientError as error:  # such as a queue that was deleted: only an operator can mend it
                log.exception("Cloud Tasks refused a work item", extra={"action": "work_refused", "kind": kind.value})
                raise UnavailableError("Cloud Tasks refused the work; tell an operator", retry_after_s=60) from error
        return True


def item_name(kind: WorkKind, key: str) -> str:
    """The name of a work item; hashed, because names with a common prefix slow the queue down."""
    return f"{hashlib.sha256(f'{kind} {key}'.encode()).hexdigest()[:32]}-{kind}"
