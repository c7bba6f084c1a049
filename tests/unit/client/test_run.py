"""One run: waiting, its log, its lists."""

import json
from collections.abc import Callable

import pytest

from sluice.api import Api
from sluice.errors import RunCancelled, RunFailed, TimedOut, UnavailableError
from sluice.run import Run
from tests.support.client.objects import page_json, run_json
from tests.support.client.service import StubService, Told, told
from tests.unit.client.conftest import Serve

ApiOf = Callable[[StubService], Api]
RUN = "/api/runs/run-0000000a"


def frame(kind: str, event_id: int | None = None, /, **data: object) -> bytes:
    head = "" if event_id is None else f"id: {event_id}\n"
    return f"{head}event: {kind}\ndata: {json.dumps(data)}\n\n".encode()


def entry(number: int, message: str = "m", level: str | None = "INFO", *, is_open: bool = False) -> dict[str, object]:
    return {"number": number, "message": message, "level": level, "open": is_open}


@pytest.fixture
def run_at(api_of: ApiOf) -> Callable[[StubService], Run]:
    return lambda service: Run(api_of(service), "run-0000000a")


RunAt = Callable[[StubService], Run]


def ended(serve: Serve, status: str, **fields: object) -> StubService:
    return serve(
        {
            f"GET {RUN}/events": Told(200, frame("done", 3, status="x")),
            f"GET {RUN}": told(run_json(status=status, **fields)),
        }
    )


def test_waiting_ends_with_the_run(serve: Serve, run_at: RunAt) -> None:
    assert run_at(ended(serve, "completed")).wait().status == "completed"


def test_a_failed_run_is_an_error_with_its_cause_and_evidence(serve: Serve, run_at: RunAt) -> None:
    evidence = [{"line": "Killed", "source": "nextflow.log"}]
    diagnosis = {"cause": "out_of_memory", "evidence": evidence}
    service = ended(serve, "failed", diagnosis=diagnosis, error_message="STAR_ALIGN was killed")
    with pytest.raises(RunFailed, match="STAR_ALIGN was killed") as caught:
        run_at(service).wait()
    assert (caught.value.cause, caught.value.evidence) == ("out_of_memory", ("Killed",))


def test_a_cancelled_run_is_an_error_of_its_own(serve: Serve, run_at: RunAt) -> None:
    with pytest.raises(RunCancelled):
        run_at(ended(serve, "cancelled")).wait()


def test_waiting_has_a_limit(serve: Serve, run_at: RunAt) -> None:
    service = serve({f"GET {RUN}/events": Told(200, frame("status", 1, status="running"))})
    with pytest.raises(TimedOut):
        run_at(service).wait(timeout=0)


def test_the_log_is_followed_without_open_entries(serve: Serve, run_at: RunAt) -> None:
    stream = b"".join(
        [
            frame("entry", 0, **entry(0, "a")),
            frame("entry", None, **entry(1, "b", is_open=True)),
            frame("entry", 1, **entry(1, "b c")),
            frame("done", 2, status="completed"),
        ]
    )
    service = serve({f"GET {RUN}/logs/stream": Told(200, stream)})
    assert [one.message for one in run_at(service).follow_log()] == ["a", "b c"]


@pytest.mark.parametrize(
    ("level", "search", "messages"),
    [
        ("warn", None, ["Bad", "worse"]),
        (None, "BAD", ["Bad"]),
        ("ERROR", "w", ["worse"]),
        (None, None, ["a", "Bad", "worse", "x"]),
    ],
)
def test_what_is_followed_can_be_filtered_as_lists_are(
    serve: Serve, run_at: RunAt, level: str | None, search: str | None, messages: list[str]
) -> None:
    levels = [("a", "INFO"), ("Bad", "WARN"), ("worse", "ERROR"), ("x", None)]
    frames = [frame("entry", n, **entry(n, message, own)) for n, (message, own) in enumerate(levels)]
    service = serve({f"GET {RUN}/logs/stream": Told(200, b"".join([*frames, frame("done", 9)]))})
    assert [one.message for one in run_at(service).follow_log(level=level, search=search)] == messages


def test_the_tail_is_in_the_order_of_the_log(serve: Serve, run_at: RunAt) -> None:
    service = serve({f"GET {RUN}/logs": told(page_json("entries", [entry(9), entry(8)]) | {"complete": True})})
    assert [one.number for one in run_at(service).log_tail(2)] == [8, 9]
    assert service.asked[0].query == {"limit": "2", "order": "desc"}


@pytest.mark.parametrize(("newest", "following"), [([entry(9)], 10), ([entry(9, is_open=True)], 9), ([], 0)])
def test_an_entry_that_may_grow_is_the_next_one(
    serve: Serve, run_at: RunAt, newest: list[dict[str, object]], following: int
) -> None:
    service = serve({f"GET {RUN}/logs": told(page_json("entries", newest) | {"complete": True})})
    assert run_at(service).next_entry() == following


def test_the_log_of_an_old_run_is_waited_for(serve: Serve, run_at: RunAt, slept: list[float]) -> None:
    restoring = told(page_json("entries", []) | {"complete": True, "restoring": True})
    there = told(page_json("entries", [entry(0)]) | {"complete": True, "restoring": False})
    service = serve({f"GET {RUN}/logs": [restoring, restoring, there]})
    assert [one.number for one in run_at(service).log()] == [0]
    assert len(slept) == 2
    service.answers[f"GET {RUN}/logs"] = restoring
    with pytest.raises(UnavailableError, match="read again"):
        list(run_at(service).log())


def test_the_slash_of_a_hash_may_be_typed(serve: Serve, run_at: RunAt) -> None:
    output = {"task_id": "ab-cdef01", "stdout": "hello\n", "stderr": "", "as_of": "2026-12-01T12:00:00Z"}
    service = serve({f"GET {RUN}/tasks/ab-cdef01/logs": told(output)})
    assert run_at(service).task_output("ab/cdef01").stdout == "hello\n"


def test_an_id_cannot_lead_to_another_address(serve: Serve, api_of: ApiOf) -> None:
    service = serve({})
    with pytest.raises(Exception, match="there is no"):
        Run(api_of(service), "../users/me?x=").info()
    assert service.asked[0].path == "/api/runs/..%2Fusers%2Fme%3Fx%3D"
