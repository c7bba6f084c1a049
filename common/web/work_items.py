"""Tells Cloud Tasks and Eventarc whether to deliver an item again.

They repeat everything that is not answered with 2xx. Work that would always fail is therefore acknowledged and
logged; only work that may succeed later is refused.
"""

from collections.abc import Callable
from typing import Any, Final

from flask import Request, Response

from common import errors
from common.telemetry import telemetry
from common.web.answers import answer_json
from common.web.bodies.json_object import json_body

log = telemetry("work")

_PERMANENT: Final = (
    errors.AuthorizationError,
    errors.BatchError,
    errors.ConflictError,
    errors.MalformedBodyError,
    errors.NotFoundError,
    errors.TooLargeError,
    errors.ValidationError,
)
_LARGEST_ITEM_BYTES: Final = 1 << 20  # the limit of Cloud Tasks


def answer_queue(work: Callable[[], object]) -> Response:
    """Do `work` and answer 200, also when it fails for good and is dropped.

    Raises UnavailableError when it may succeed later. `serve` answers that with 503 and an unexpected error with 500;
    the queue repeats the item in both cases.
    """
    try:
        work()
    except _PERMANENT as error:
        log.warning("work dropped", extra={"action": "work_dropped", "why": error.message, "code": error.code})
        return answer_json({"status": "dropped", "code": error.code})
    except errors.TooManyRequestsError as error:
        raise errors.UnavailableError(error.message, retry_after_s=error.retry_after_s) from error
    return answer_json({"status": "done"})


def work_item(request: Request) -> dict[str, Any]:
    """The JSON object in a work item. Raises MalformedBodyError, TooLargeError."""
    return json_body(request, limit_bytes=_LARGEST_ITEM_BYTES)


def text_in(item: dict[str, Any], name: str) -> str:
    """A required text of a work item. Raises MalformedBodyError when it is absent or empty."""
    value = item.get(name)
    if not isinstance(value, str) or not value:
        raise errors.MalformedBodyError(f"the work item lacks the text {name}")
    return value
