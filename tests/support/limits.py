"""Limits for each user that no test reaches."""

from common.web.callers.limits import UserRate, UserSlots
from common.web.sse.stream import OpenStreams
from functions.events.endpoints import Streams

_MANY = 1_000_000


def rate() -> UserRate:
    return UserRate("requests", _MANY)


def make_streams(*, all_streams: int = _MANY, task_streams: int = _MANY) -> Streams:
    return Streams(
        open=OpenStreams(),
        all_streams=UserSlots("open streams", all_streams),
        task_streams=UserSlots("open streams of task output", task_streams),
        take_look=lambda _user: None,
    )
