"""Limits for each user that no test reaches."""

from common.web.limits import UserRate, UserSlots
from functions.events.endpoints import StreamLimits
from functions.runs.endpoints import RequestLimits

_MANY = 1_000_000


def rate() -> UserRate:
    return UserRate("requests", _MANY)


def request_limits() -> RequestLimits:
    return RequestLimits(searches=rate(), checks=rate())


def stream_limits(*, streams: int = _MANY, task_streams: int = _MANY) -> StreamLimits:
    return StreamLimits(
        streams=UserSlots("open streams", streams),
        task_streams=UserSlots("open streams of task output", task_streams),
        take_look=lambda _user: None,
    )
