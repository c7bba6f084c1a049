"""Tells the queue whether coming back can help.

Cloud Tasks and Eventarc repeat whatever is not answered with 2xx, so work that would fail the same way for ever is
acknowledged and told to telemetry; only what may succeed later is refused.
"""

from collections.abc import Callable
from typing import Any, Final

from flask import Request, Response

from common import errors
from common.telemetry import telemetry
from common.web.answers import answer_json
from common.web.bodies import json_body

log = telemetry("work")

_HOPELESS: Final = (
    errors.AuthorizationError,
    errors.BatchError,
    errors.ConflictError,
    errors.MalformedBodyError,
    errors.NotFoundError,
    errors.TooLargeError,
    errors.ValidationError,
)
_LARGEST_ITEM_BYTES: Final = 1 << 20  # what Cloud Tasks accepts


def answer_queue(work: Callable[[], object]) -> Response:
    """Do `work` and answer 200, also when it was dropped as hopeless.

    Raises UnavailableError when it may succeed later; `serve` answers 503 for it, and 500 for an unexpected error:
    the queue comes back in both cases.
    """
    try:
        work()
    except _HOPELESS as error:
        log.warning("work dropped", extra={"action": "work_dropped", "why": error.message, "code": error.code})
        return answer_json({"status": "dropped", "code": error.code})
    except errors.TooManyRequestsError as error:
        raise errors.UnavailableError(error.message, retry_after_s=error.retry_after_s) from error
    return answer_json({"status": "done"})


def work_item(request: Request) -> dict[str, Any]:
    """The JSON object that the queue brought. Raises MalformedBodyError, TooLargeError."""
    return json_body(request, limit_bytes=_LARGEST_ITEM_BYTES)


def text_in(item: dict[str, Any], name: str) -> str:
    """A text that a work item must hold. Raises MalformedBodyError when it does not."""
    value = item.get(name)
    if not isinstance(value, str) or not value:
        raise errors.MalformedBodyError(f"the work item lacks the text {name}")
    return value
