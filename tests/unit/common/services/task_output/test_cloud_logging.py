"""Log entries of Batch tasks, from the Cloud Logging stand-in and from a scripted server."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.domain.batch.task import BatchTask
from common.domain.tasks.output import Tail
from common.errors import RoleMissingError, TooManyRequestsError, UnavailableError
from common.services.task_output import cloud_logging as module
from common.services.task_output.cloud_logging import CloudLogging, LoggingSettings, entry_filter
from localdev.stack.ports import free_port
from localdev.stand_ins.http.messages import Json, Request, ServiceError
from localdev.stand_ins.http.rest_service import RestService
from localdev.stand_ins.logging.filter_syntax import parse_filter
from tests.support.logs.sources import JOB_UID, LogSources
from tests.support.runs import NOON

TASK = BatchTask(JOB_UID, 0)
PLENTY = 1 << 20


def tail(sources: LogSources, task: BatchTask = TASK, *, at_most: int = PLENTY) -> Tail:
    since = sources.clock.now - timedelta(days=1)
    return sources.cloud_logging().task_tail(task, since=since, at_most=at_most)


def client_of(port: int) -> CloudLogging:
    endpoint = f"http://127.0.0.1:{port}"
    return CloudLogging(LoggingSettings(project="p", view="projects/p/v", endpoint=endpoint), lambda: None)


@contextmanager
def answering(answer: Callable[[Json], Json]) -> Iterator[CloudLogging]:
    """A client of a server that returns `answer(query)` for each query."""

    def handler(request: Request) -> Json:
        return answer(request.json_object())

    service = RestService(0, [("POST", "/v2/entries:list", handler)])
    service.start()
    yield client_of(service.port)
    service.stop()


def read(client: CloudLogging) -> Tail:
    return client.task_tail(TASK, since=NOON, at_most=PLENTY)


def test_lines_are_returned_in_the_order_they_were_printed(sources: LogSources) -> None:
    sources.print_lines(["one", "two µ", "", "four"])
    assert tail(sources) == Tail("one\ntwo µ\n\nfour\n", is_cut=False)


def test_a_task_that_printed_nothing_has_an_empty_tail(sources: LogSources) -> None:
    assert tail(sources) == Tail("", is_cut=False)


def test_lines_of_other_tasks_and_jobs_are_left_out(sources: LogSources) -> None:
    sources.print_lines(["mine"])
    sources.print_lines(["another task's"], index=1)
    sources.print_lines(["another job's"], job_uid="other")
    assert tail(sources).text == "mine\n"


def test_old_lines_are_found(sources: LogSources) -> None:
    sources.clock.advance(days=-10)
    sources.print_lines(["old"])
    assert tail(sources).text == "old\n"


def test_lines_before_since_are_left_out(sources: LogSources) -> None:
    sources.print_lines(["old"])
    sources.clock.advance(days=2)
    assert tail(sources).text == ""


def test_long_output_is_cut_to_its_end(sources: LogSources) -> None:
    sources.print_lines([f"line {number:04}" for number in range(1500)])
    assert tail(sources).text.count("\n") == 1500
    assert tail(sources, at_most=20) == Tail("line 1498\nline 1499\n", is_cut=True)


def test_at_most_five_pages_are_read(sources: LogSources, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PAGE_SIZES", (2,))
    sources.print_lines([f"line {number}" for number in range(11)])
    assert tail(sources) == Tail("".join(f"line {number}\n" for number in range(1, 11)), is_cut=True)


@pytest.mark.parametrize("lines", [10, 9])
def test_five_full_pages_are_complete(sources: LogSources, monkeypatch: pytest.MonkeyPatch, lines: int) -> None:
    monkeypatch.setattr(module, "_PAGE_SIZES", (2,))
    sources.print_lines([f"line {number}" for number in range(lines)])
    assert tail(sources).text.count("\n") == lines
    assert not tail(sources).is_cut


def test_every_read_takes_from_the_quota(sources: LogSources, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PAGE_SIZES", (2,))
    sources.print_lines(["a", "b", "c"])
    reads: list[int] = []
    CloudLogging(sources.terms, lambda: reads.append(1)).task_tail(
        TASK, since=NOON - timedelta(days=30), at_most=PLENTY
    )
    assert len(reads) == 2


def test_nothing_is_read_when_the_quota_is_used_up(sources: LogSources) -> None:
    with pytest.raises(TooManyRequestsError):
        CloudLogging(sources.terms, refuse).task_tail(TASK, since=NOON, at_most=PLENTY)


def test_the_newest_lines_are_returned_when_the_quota_runs_out(
    sources: LogSources, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_PAGE_SIZES", (2,))
    sources.print_lines(["a", "b", "c"])
    left = [None]

    def take_read() -> None:
        if not left:
            refuse()
        left.pop()

    found = CloudLogging(sources.terms, take_read).task_tail(TASK, since=NOON - timedelta(days=30), at_most=PLENTY)
    assert found == Tail("b\nc\n", is_cut=True)


def refuse() -> None:
    raise TooManyRequestsError("reads are used up", retry_after_s=2)


@pytest.mark.parametrize(
    ("entry", "text"),
    [
        ({"textPayload": "plain\n"}, "plain\n"),
        ({"jsonPayload": {"message": "text", "more": 1}}, "text\n"),
        ({"jsonPayload": {"some": "µ"}}, '{"some": "µ"}\n'),
        ({"jsonPayload": {"message": 7}}, '{"message": 7}\n'),
        ({"textPayload": "a\0b"}, "a\N{REPLACEMENT CHARACTER}b\n"),
        ({"textPayload": "a\ud800b"}, "a?b\n"),
    ],
)
def test_any_payload_becomes_storable_text(entry: dict[str, Any], text: str) -> None:
    with answering(lambda _query: {"entries": [entry]}) as client:
        assert read(client) == Tail(text, is_cut=False)


def test_a_page_that_is_too_large_is_read_in_smaller_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LARGEST_PAGE_BYTES", 10_000)
    sizes: list[int] = []

    def answer(query: Json) -> Json:
        sizes.append(query["pageSize"])
        entries = [{"textPayload": "x" * 100}] * query["pageSize"]
        return {"entries": entries} | ({"nextPageToken": "more"} if len(sizes) < 3 else {})

    with answering(answer) as client:
        assert read(client).text.count("\n") == 100
    assert sizes == [1000, 50, 50]


def test_entries_that_are_too_large_raise_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LARGEST_PAGE_BYTES", 100)
    with (
        answering(lambda _query: {"entries": [{"textPayload": "x" * 1000}]}) as client,
        pytest.raises(UnavailableError),
    ):
        read(client)


@pytest.mark.parametrize(
    ("status", "error"),
    [(403, RoleMissingError), (429, TooManyRequestsError), (500, UnavailableError), (503, UnavailableError)],
)
def test_http_errors_raise_our_errors(status: int, error: type[Exception]) -> None:
    def answer(_query: Json) -> Json:
        raise ServiceError(status, "not now")

    with answering(answer) as client, pytest.raises(error):
        read(client)


def test_the_newest_lines_are_returned_when_a_later_read_fails() -> None:
    def answer(query: Json) -> Json:
        if "pageToken" in query:
            raise ServiceError(429, "not now")
        return {"entries": [{"textPayload": "newest"}], "nextPageToken": "older"}

    with answering(answer) as client:
        assert read(client) == Tail("newest\n", is_cut=True)


def test_a_service_that_does_not_respond_raises_unavailable() -> None:
    client = client_of(free_port())
    with pytest.raises(UnavailableError):
        read(client)


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\n\r\0"), min_size=1, max_size=50))
def test_job_ids_are_quoted_in_the_filter(uid: str) -> None:
    matches = parse_filter(entry_filter("p", BatchTask(uid, 0), NOON))
    own = {
        "resource": {"type": "batch.googleapis.com/Job"},
        "logName": "projects/p/logs/batch_task_logs",
        "labels": {"job_uid": uid, "task_id": f"{uid}-group0-0"},
        "timestamp": "2026-11-23T12:00:00Z",
    }
    assert matches(own)
    assert not matches(own | {"labels": {"job_uid": f"{uid}x", "task_id": f"{uid}x-group0-0"}})
