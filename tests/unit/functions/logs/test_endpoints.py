"""The function `logs` over HTTP: its real main.py, a real database, the stand-in of Storage."""

from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.test import TestResponse

from common.domain.batch.job import JobState
from common.domain.runs.status import RunStatus
from common.domain.runs.work_items import ChainStep
from localdev.stack.layout import ADMIN
from localdev.stack.ports import free_port
from tests.support.actions.stage import Stage
from tests.support.functions.clients import Clouds, FunctionClient
from tests.support.logs.nextflow_files import FAILED_LOG, FAILED_TRACE, FINISHED_LOG

RUN = "run-1a2b3c4d"
LOGS, TASKS = f"/api/runs/{RUN}/logs", f"/api/runs/{RUN}/tasks"
BEN = "ben@lab.example"
STAR = "NFCORE_SCRNASEQ:SCRNASEQ:STAR_ALIGN"


@pytest.fixture(scope="session")
def _function(_started_clouds: Clouds, shared_database_url: str) -> Iterator[FunctionClient]:
    environment = _started_clouds.environment("logs", shared_database_url)
    function = FunctionClient("logs", environment, _started_clouds.iap)
    yield function
    function.close()


@pytest.fixture
def send(_function: FunctionClient, clouds: Clouds, stage: Stage) -> FunctionClient:
    """Sends requests to the function, whose database and buckets are empty."""
    return _function


@pytest.fixture
def failed_run(stage: Stage) -> Stage:
    """A run that failed, with its files read."""
    stage.running()
    stage.upload(log=FAILED_LOG, trace=FAILED_TRACE)
    stage.batch.move(stage.head, JobState.FAILED)
    run = stage.sync.run(ChainStep(run_id=RUN, chain="launch"), empty_listings=1)
    assert run.status == RunStatus.FAILED
    return stage


def error_in(answer: TestResponse) -> tuple[int, str]:
    body = answer.get_json()
    assert {"error", "detail", "code", "request_id"} <= set(body)
    return answer.status_code, body["code"]


def messages_in(answer: TestResponse) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [entry["message"] for entry in answer.get_json()["entries"]]


# ── log ──


def test_a_page_has_the_entries_in_the_order_of_the_file(send: FunctionClient, failed_run: Stage) -> None:
    page = send("GET", LOGS).get_json()
    assert [entry["number"] for entry in page["entries"]] == list(range(page["total"]))
    assert page["entries"][0]["message"].startswith("$> nextflow")
    assert page["entries"][-1]["message"] == "> Execution complete -- Goodbye"
    assert (page["offset"], page["page_size"], page["complete"]) == (0, 200, True)
    assert {"timestamp", "source", "level", "logger", "thread"} <= set(page["entries"][0])


def test_offset_and_limit_count_filtered_entries(send: FunctionClient, failed_run: Stage) -> None:
    every = messages_in(send("GET", f"{LOGS}?level=INFO"))
    assert messages_in(send("GET", f"{LOGS}?level=INFO&offset=1&limit=2")) == every[1:3]
    assert send("GET", f"{LOGS}?level=INFO&limit=1").get_json()["total"] == len(every)


@pytest.mark.parametrize("level", ["DEBUG", "INFO", "WARN", "ERROR"])
def test_a_level_includes_higher_levels(send: FunctionClient, failed_run: Stage, level: str) -> None:
    order = ["DEBUG", "INFO", "WARN", "ERROR"]
    found = {entry["level"] for entry in send("GET", f"{LOGS}?level={level}").get_json()["entries"]}
    assert found == {"DEBUG", "INFO", "ERROR"} & set(order[order.index(level) :])


@pytest.mark.parametrize(("text", "count"), [("GOODBYE", 1), ("nosuchtext", 0), ("%25", 0), ("_____________", 0)])
def test_a_search_is_literal_and_case_insensitive(
    send: FunctionClient, failed_run: Stage, text: str, count: int
) -> None:
    assert len(messages_in(send("GET", f"{LOGS}?search={text}"))) == count


def test_order_desc_lists_the_newest_entries_first(send: FunctionClient, failed_run: Stage) -> None:
    assert messages_in(send("GET", f"{LOGS}?order=desc")) == messages_in(send("GET", LOGS))[::-1]


def test_cursors_lead_through_the_log(send: FunctionClient, failed_run: Stage) -> None:
    every, found, query = messages_in(send("GET", LOGS)), [], "limit=5"
    while query:
        page = send("GET", f"{LOGS}?{query}").get_json()
        found += [entry["message"] for entry in page["entries"]]
        query = page["next_cursor"] and f"limit=5&cursor={page['next_cursor']}"
    assert found == every
    assert (page["offset"], page["page_size"], page["total"]) == (None, 5, len(every))


def test_a_run_without_a_log_has_no_entries_yet(send: FunctionClient, stage: Stage) -> None:
    stage.pending()
    page = send("GET", LOGS).get_json()
    assert (page["entries"], page["total"], page["complete"]) == ([], 0, False)


def test_a_live_log_is_not_complete(send: FunctionClient, stage: Stage) -> None:
    stage.running()
    stage.upload(log=FINISHED_LOG)
    stage.read_file.run(stage.run(), "nextflow.log")
    assert send("GET", LOGS).get_json()["complete"] is False


def test_accept_text_plain_gets_the_file_itself(send: FunctionClient, clouds: Clouds, stage: Stage) -> None:
    stage.running()
    clouds.put_log(f"runs/{RUN}/logs/nextflow.log", FINISHED_LOG)
    answer = send("GET", LOGS, headers={"Accept": "text/plain"})
    assert (answer.status_code, answer.data) == (200, FINISHED_LOG)
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"


def test_a_missing_log_file_is_404(send: FunctionClient, stage: Stage) -> None:
    stage.running()
    assert error_in(send("GET", LOGS, headers={"Accept": "text/plain"})) == (404, "NOT_FOUND")


@pytest.mark.parametrize("accept", ["*/*", "application/json", "text/plain;q=0.5, application/json", "text/html"])
def test_any_other_accept_header_gets_json(send: FunctionClient, failed_run: Stage, accept: str) -> None:
    assert send("GET", LOGS, headers={"Accept": accept}).is_json


# ── tasks ──


def counts_in(page: dict[str, Any]) -> dict[str, int]:
    return {status: stats["count"] for status, stats in page["summary"]["by_status"].items()}


def test_tasks_are_listed_with_a_summary(send: FunctionClient, failed_run: Stage) -> None:
    page = send("GET", TASKS).get_json()
    assert (page["total"], counts_in(page)) == (2, {"COMPLETED": 1, "FAILED": 1})
    star_stats = page["summary"]["by_process"][STAR]
    assert (star_stats["count"], star_stats["failed"], star_stats["peak_memory"]) == (1, 1, 1 << 20)
    (star,) = (task for task in page["tasks"] if task["process"] == STAR)
    assert (star["task_id"], star["status"], star["exit_code"], star["tag"]) == ("12-345678", "FAILED", 137, "sample_2")
    assert (star["memory_peak"], star["cpu_percent"], star["attempt"], star["has_logs"]) == (1 << 20, 150.5, 1, True)
    assert star["work_dir"].startswith("gs://sluice-work/")


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("status=FAILED", ["12-345678"]),
        (f"process={STAR}", ["12-345678"]),
        ("search=FASTQC", ["ab-cdef01"]),
        ("search=12/3", ["12-345678"]),
        ("status=CACHED", []),
        ("search=12-3", ["12-345678"]),
    ],
)
def test_tasks_can_be_filtered(send: FunctionClient, failed_run: Stage, query: str, ids: list[str]) -> None:
    page = send("GET", f"{TASKS}?{query}").get_json()
    assert [task["task_id"] for task in page["tasks"]] == ids
    assert counts_in(page) == {"COMPLETED": 1, "FAILED": 1}


def test_a_cursor_continues_after_its_page(send: FunctionClient, failed_run: Stage) -> None:
    first = send("GET", f"{TASKS}?sort=-name&limit=1").get_json()
    second = send("GET", f"{TASKS}?sort=-name&limit=1&cursor={first['next_cursor']}").get_json()
    assert [page["tasks"][0]["task_id"] for page in (first, second)] == ["12-345678", "ab-cdef01"]
    assert [(page["page"], page["total"]) for page in (first, second)] == [(1, 2), (None, 2)]
    assert second["next_cursor"] is None


# ── both ──


@pytest.mark.parametrize(
    ("address", "field"),
    [
        (f"{LOGS}?level=LOUD", "level"),
        (f"{LOGS}?limit=5001", "limit"),
        (f"{LOGS}?limit=0", "limit"),
        (f"{LOGS}?offset=-1", "offset"),
        (f"{LOGS}?order=up", "order"),
        (f"{LOGS}?cursor=x", "cursor"),
        (f"{LOGS}?nosuch=1", "nosuch"),
        (f"{TASKS}?status=done", "status"),
        (f"{TASKS}?sort=hash", "sort"),
        (f"{TASKS}?cursor=x", "cursor"),
        (f"{TASKS}?offset=-1", "offset"),
        (f"{TASKS}?limit=many", "limit"),
        (f"{TASKS}?search=%00", "search"),
    ],
)
def test_an_invalid_filter_is_named(send: FunctionClient, stage: Stage, address: str, field: str) -> None:
    stage.pending()
    answer = send("GET", address)
    assert error_in(answer) == (422, "VALIDATION_ERROR")
    assert [fault["field"] for fault in answer.get_json()["faults"]] == [field]


@pytest.mark.parametrize("address", [LOGS, TASKS])
def test_only_owner_and_admins_may_read_a_run(send: FunctionClient, stage: Stage, address: str) -> None:
    stage.pending()
    assert error_in(send("GET", address, user=None)) == (401, "UNAUTHENTICATED")
    assert error_in(send("GET", address, user="eve@evil.example")) == (403, "FORBIDDEN")
    assert error_in(send("GET", address, user=BEN)) == (403, "FORBIDDEN")
    assert error_in(send("GET", address, user=BEN, headers={"Accept": "text/plain"})) == (403, "FORBIDDEN")
    assert send("GET", address, user=ADMIN).status_code == 200


@pytest.mark.parametrize("address", [LOGS, TASKS])
def test_an_unknown_run_is_404(send: FunctionClient, address: str) -> None:
    assert error_in(send("GET", address)) == (404, "NOT_FOUND")


@pytest.mark.parametrize("address", [LOGS, TASKS])
def test_an_unchanged_answer_is_304(send: FunctionClient, failed_run: Stage, address: str) -> None:
    tag = send("GET", address).headers["ETag"]
    assert send("GET", address, headers={"If-None-Match": tag}).status_code == 304


@pytest.mark.parametrize("address", [LOGS, TASKS])
def test_other_methods_are_405(send: FunctionClient, address: str) -> None:
    assert error_in(send("POST", address, {})) == (405, "METHOD_NOT_ALLOWED")


@pytest.mark.parametrize("path", ["/health", "/ready"])
def test_health_and_ready_need_no_identity(send: FunctionClient, path: str) -> None:
    assert send("GET", path, user=None).status_code == 200


def test_an_unavailable_database_is_503_with_retry_after(clouds: Clouds) -> None:
    nowhere = f"postgresql+pg8000://u:p@127.0.0.1:{free_port()}/d"
    send = FunctionClient("logs", clouds.environment("logs", nowhere), clouds.iap)
    assert send("GET", "/health").status_code == 200
    assert error_in(send("GET", "/ready")) == (503, "UNAVAILABLE")
    assert error_in(send("GET", LOGS)) == (503, "UNAVAILABLE")
