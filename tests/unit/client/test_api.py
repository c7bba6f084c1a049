"""Lists over cursors, requests that may be sent twice, streams that reconnect."""

from collections.abc import Callable

import pytest

from sluice.api import Api
from sluice.errors import ConnectionLostError, InputError, SignInError, TimedOut, UnavailableError
from tests.support.client.objects import run_json
from tests.support.client.service import Asked, StubService, Told, refusal, told
from tests.unit.client.conftest import Serve

ApiOf = Callable[[StubService], Api]
STREAM = "/api/runs/run-0000000a/logs/stream"


def events(*numbers: int, done: bool = False) -> bytes:
    """Entries with these numbers, as the stream of a log has them."""
    frames = [f'id: {number}\nevent: entry\ndata: {{"number": {number}}}\n\n' for number in numbers]
    return "".join(
        ["retry: 2000\n", *frames, 'event: done\ndata: {"status": "completed"}\n\n' if done else ""]
    ).encode()


def test_a_list_is_read_to_its_last_page(serve: Serve, api_of: ApiOf) -> None:
    pages = [told({"runs": [1], "next_cursor": "b"}), told({"runs": [2], "next_cursor": None})]
    service = serve({"GET /api/runs": pages})
    assert [page["runs"] for page in api_of(service).pages("/api/runs", {"status": "failed"})] == [[1], [2]]
    assert [asked.query for asked in service.asked] == [{"status": "failed"}, {"status": "failed", "cursor": "b"}]


def test_a_post_with_a_key_is_repeated_with_the_same_key(serve: Serve, api_of: ApiOf) -> None:
    service = serve({"POST /api/runs": [refusal(503), Told(201, b"{}", cut_after=1), told(run_json(), 201)]})
    made, is_replay = api_of(service).create("/api/runs", {"pipeline": "nf-core/scrnaseq"})
    assert (made["run_id"], is_replay) == ("run-0000000a", False)
    assert len({asked.headers["idempotency-key"] for asked in service.asked}) == 1


def test_a_command_that_got_no_answer_sends_the_same_key_again(serve: Serve, api_of: ApiOf) -> None:
    service = serve({"POST /api/runs": Told(201, b"{}", cut_after=1)})
    with pytest.raises(ConnectionLostError):
        api_of(service).create("/api/runs", {"a": 1})
    service.answers["POST /api/runs"] = told(run_json(), 201, Idempotency_Replayed="true")
    assert api_of(service).create("/api/runs", {"a": 1})[1]
    assert len({asked.headers["idempotency-key"] for asked in service.asked}) == 1


def test_after_an_answer_the_same_content_is_another_run(serve: Serve, api_of: ApiOf) -> None:
    service = serve({"POST /api/runs": [told(run_json(), 201), refusal(422), told(run_json(), 201)]})
    api_of(service).create("/api/runs", {"a": 1})
    with pytest.raises(InputError):
        api_of(service).create("/api/runs", {"a": 1})
    api_of(service).create("/api/runs", {"a": 1})
    assert len({asked.headers["idempotency-key"] for asked in service.asked}) == 3


def test_the_key_outlives_a_sign_in_that_expired_meanwhile(serve: Serve, api_of: ApiOf) -> None:
    service = serve({"POST /api/runs": Told(201, b"{}", cut_after=1)})
    for answer, error in [(Told(201, b"{}", cut_after=1), ConnectionLostError), (refusal(401), SignInError)]:
        service.answers["POST /api/runs"] = answer
        with pytest.raises(error):
            api_of(service).create("/api/runs", {"a": 1})
    service.answers["POST /api/runs"] = told(run_json(), 201)
    api_of(service).create("/api/runs", {"a": 1})
    assert len({asked.headers["idempotency-key"] for asked in service.asked}) == 1


def test_other_content_has_another_key(serve: Serve, api_of: ApiOf) -> None:
    service = serve({"POST /api/runs": Told(201, b"{}", cut_after=1)})
    for body in ({"a": 1}, {"a": 2}):
        with pytest.raises(ConnectionLostError):
            api_of(service).create("/api/runs", body)
    assert len({asked.headers["idempotency-key"] for asked in service.asked}) == 2


def test_a_stream_is_resumed_after_its_last_event(serve: Serve, api_of: ApiOf) -> None:
    cut = Told(200, events(0, 1, 2), cut_after=len(events(0, 1)) + 5)
    service = serve({f"GET {STREAM}": [cut, refusal(503), Told(200, events(2)), Told(200, events(3, done=True))]})
    found = list(api_of(service).follow(STREAM))
    assert [event.data.get("number") for event in found] == [0, 1, 2, 3, None]
    assert [asked.headers.get("last-event-id") for asked in service.asked] == [None, "1", "1", "2"]


def test_nothing_is_asked_for_after_the_end(serve: Serve, api_of: ApiOf) -> None:
    service = serve({f"GET {STREAM}": Told(200, events(0, done=True) + events(1))})
    assert [event.kind for event in api_of(service).follow(STREAM)] == ["entry", "done"]
    assert len(service.asked) == 1


def test_a_stream_that_has_nothing_left_ends(serve: Serve, api_of: ApiOf) -> None:
    service = serve({f"GET {STREAM}": Told(204)})
    assert list(api_of(service).follow(STREAM)) == []


def test_a_stream_that_never_brings_an_event_is_given_up(serve: Serve, api_of: ApiOf, slept: list[float]) -> None:
    service = serve({f"GET {STREAM}": Told(200, b": keep-alive\n\n")})
    with pytest.raises(UnavailableError, match="again and again"):
        list(api_of(service).follow(STREAM))
    assert 50 < sum(slept) <= 60


def test_the_patience_begins_anew_with_each_event(serve: Serve, api_of: ApiOf, slept: list[float]) -> None:
    def answer(asked: Asked) -> Told:
        seen = int(asked.headers.get("last-event-id", -1))
        return Told(200, events(seen + 1, done=seen == 300))

    service = serve({f"GET {STREAM}": answer})
    assert len(list(api_of(service).follow(STREAM))) == 303
    assert sum(slept) > 60


def test_a_stream_ends_at_the_deadline(serve: Serve, api_of: ApiOf) -> None:
    service = serve({f"GET {STREAM}": Told(200, events(0))})
    api = api_of(service)
    ticks = iter(range(1000))
    api.clock = lambda: float(next(ticks))
    with pytest.raises(TimedOut):
        list(api.follow(STREAM, deadline=8.0))


def test_an_answer_that_is_no_json_says_that_the_address_may_be_wrong(serve: Serve, api_of: ApiOf) -> None:
    service = serve({"GET /api/runs": Told(200, b"<html>")})
    with pytest.raises(UnavailableError, match="address"):
        api_of(service).get("/api/runs")
