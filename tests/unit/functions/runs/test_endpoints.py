"""The function `runs` over HTTP: its real main.py, a real database, the stand-ins of Storage and Tasks."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from common.domain.runs.status import RunStatus
from localdev.stack.layout import ADMIN
from localdev.stack.ports import free_port
from tests.support.actions.stage import Stage
from tests.support.functions.clients import Clouds, FunctionClient
from tests.support.runs import NOON, make_run

EXAMPLE: dict[str, Any] = json.loads((Path(__file__).parents[4] / "examples/scrnaseq/run.json").read_text())
SHEET: str = EXAMPLE["samplesheet_csv"]
BEN = "ben@lab.example"
RUN = "run-1a2b3c4d"


@pytest.fixture(scope="session")
def _function(_started_clouds: Clouds, shared_database_url: str) -> Iterator[FunctionClient]:
    environment = _started_clouds.environment("runs", shared_database_url)
    function = FunctionClient("runs", environment, _started_clouds.iap)
    yield function
    function.close()


@pytest.fixture
def send(_function: FunctionClient, clouds: Clouds, stage: Stage) -> FunctionClient:
    """Sends requests to the function, whose database and buckets are empty."""
    return _function


def error_in(answer: TestResponse) -> tuple[int, str]:
    """Status and code of an error answer, which must have the standard form."""
    body = answer.get_json()
    assert {"error", "detail", "code", "request_id"} <= set(body) <= {"error", "detail", "code", "request_id", "faults"}
    assert body["request_id"] == answer.headers["X-Request-Id"]
    return answer.status_code, body["code"]


def faults_in(answer: TestResponse) -> list[tuple[str, int | None, str | None]]:
    return [(fault["field"], fault["row"], fault["column"]) for fault in answer.get_json()["faults"]]


# ── submit ──


def test_a_submitted_run_is_answered_stored_and_queued(send: FunctionClient, clouds: Clouds) -> None:
    answer = send("POST", "/api/runs", EXAMPLE)
    run = answer.get_json()
    assert (answer.status_code, run["status"], run["sample_count"]) == (201, "pending", 4)
    assert answer.headers["Location"] == f"/api/runs/{run['run_id']}"
    assert send("GET", answer.headers["Location"]).get_json() == run
    inputs = f"runs/{run['run_id']}/inputs"
    objects = clouds.objects()
    assert set(objects) == {f"{inputs}/{name}" for name in ("samplesheet.csv", "params.yaml", "nextflow.config")}
    assert objects[f"{inputs}/samplesheet.csv"].decode() == SHEET
    assert clouds.work() == ["launch"]


BAD_REQUESTS = {
    "unknown pipeline": (EXAMPLE | {"pipeline": "nf-core/nosuch"}, ("pipeline", None, None)),
    "malformed pipeline": (EXAMPLE | {"pipeline": "../../etc"}, ("pipeline", None, None)),
    "unknown version": (EXAMPLE | {"pipeline_version": "9.9.9"}, ("pipeline_version", None, None)),
    "malformed version": (EXAMPLE | {"pipeline_version": "latest"}, ("pipeline_version", None, None)),
    "unknown parameter": (EXAMPLE | {"params": {"run_id": "x"}}, ("params.run_id", None, None)),
    "unknown field": (EXAMPLE | {"user_email": BEN}, ("user_email", None, None)),
    "params no object": (EXAMPLE | {"params": []}, ("params", None, None)),
    "no sheet": ({"pipeline": "nf-core/scrnaseq"}, ("samplesheet_csv", None, None)),
    "empty sheet": (EXAMPLE | {"samplesheet_csv": ""}, ("samplesheet_csv", None, None)),
    "sheet of blanks": (EXAMPLE | {"samplesheet_csv": " \n\n"}, ("samplesheet_csv", None, None)),
    "sheet without rows": (EXAMPLE | {"samplesheet_csv": SHEET.split("\n", 1)[0]}, ("samplesheet_csv", None, None)),
    "missing column": (
        EXAMPLE | {"samplesheet_csv": SHEET.replace("fastq_1", "fastq_one")},
        ("samplesheet_csv", 1, "fastq_1"),
    ),
    "bad cell": (
        EXAMPLE | {"samplesheet_csv": SHEET.replace("5000", "many", 1)},
        ("samplesheet_csv", 2, "expected_cells"),
    ),
}


@pytest.mark.parametrize("name", BAD_REQUESTS)
def test_a_fault_is_named_and_nothing_is_created(send: FunctionClient, clouds: Clouds, stage: Stage, name: str) -> None:
    body, fault = BAD_REQUESTS[name]
    answer = send("POST", "/api/runs", body)
    assert error_in(answer) == (422, "VALIDATION_ERROR")
    assert fault in faults_in(answer)
    assert (clouds.objects(), clouds.work(), stage.rows("SELECT run_id FROM runs")) == ({}, [], [])


@pytest.mark.parametrize("body", [b"", b"{", b"not json", b"[]", b"\xff", b'{"a": NaN}', b'{"a": 1, "a": 2}'])
def test_a_body_that_is_not_a_json_object_is_malformed(send: FunctionClient, clouds: Clouds, body: bytes) -> None:
    assert error_in(send("POST", "/api/runs", body)) == (400, "MALFORMED_BODY")
    assert clouds.objects() == {}


@pytest.mark.parametrize(
    ("field", "text"), [("samplesheet_csv", "x" * (10 * 1024 * 1024 + 1)), ("config_content", "y" * (100 * 1024 + 1))]
)
def test_a_text_that_is_too_large_is_named(send: FunctionClient, clouds: Clouds, field: str, text: str) -> None:
    answer = send("POST", "/api/runs", EXAMPLE | {field: text})
    assert error_in(answer) == (413, "TOO_LARGE")
    assert field in answer.get_json()["detail"]
    assert (clouds.objects(), clouds.work()) == ({}, [])


def test_a_missing_file_in_cloud_storage_is_named_with_row_and_column(send: FunctionClient, clouds: Clouds) -> None:
    sheet = EXAMPLE["samplesheet_csv"].replace("pbmc_donor2_S2_L001_R2", "pbmc_donor2_S2_L009_R2")
    answer = send("POST", "/api/runs", EXAMPLE | {"samplesheet_csv": sheet})
    assert error_in(answer) == (422, "VALIDATION_ERROR")
    assert faults_in(answer) == [("samplesheet_csv", 4, "fastq_2")]
    assert (clouds.objects(), clouds.work()) == ({}, [])


def test_a_config_of_the_maximum_size_is_accepted(send: FunctionClient) -> None:
    assert send("POST", "/api/runs", EXAMPLE | {"config_content": "/" * (100 * 1024)}).status_code == 201


def test_a_setting_that_the_pipeline_overrides_is_a_warning_of_the_new_run(send: FunctionClient) -> None:
    answer = send("POST", "/api/runs", EXAMPLE | {"config_content": "process.memory = 90.GB"})
    (warning,) = answer.get_json()["warnings"]
    assert (answer.status_code, warning["field"], warning["row"]) == (201, "config_content", 1)
    assert "withName: STAR_ALIGN { memory = { 90.GB * task.attempt } }" in warning["message"]


# ── permissions ──

ADDRESSES = [("GET", "/api/runs"), ("POST", "/api/runs"), ("GET", f"/api/runs/{RUN}"), ("DELETE", f"/api/runs/{RUN}")]


@pytest.mark.parametrize(("method", "path"), ADDRESSES)
def test_a_request_without_identity_is_401(send: FunctionClient, stage: Stage, method: str, path: str) -> None:
    stage.running()
    assert error_in(send(method, path, user=None)) == (401, "UNAUTHENTICATED")
    forged = {"x-goog-iap-jwt-assertion": "e30.e30.e30", "x-goog-authenticated-user-email": "ana@lab.example"}
    assert error_in(send(method, path, user=None, headers=forged)) == (401, "UNAUTHENTICATED")
    assert stage.run().cancel_requested_at is None


@pytest.mark.parametrize(("method", "path"), ADDRESSES)
def test_another_domain_is_403(send: FunctionClient, method: str, path: str) -> None:
    assert error_in(send(method, path, user="eve@evil.example")) == (403, "FORBIDDEN")


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_only_owner_and_admins_may_read_a_run(send: FunctionClient, stage: Stage, method: str) -> None:
    stage.running()
    assert error_in(send(method, f"/api/runs/{RUN}", user=BEN)) == (403, "FORBIDDEN")
    assert send(method, f"/api/runs/{RUN}", user=ADMIN).status_code < 300


@pytest.mark.parametrize("run_id", ["run-00000000", "x", "..", "run-1a2b3c4d%00", "%27%20OR%201=1"])
@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_an_unknown_run_is_404(send: FunctionClient, stage: Stage, method: str, run_id: str) -> None:
    stage.pending()
    assert error_in(send(method, f"/api/runs/{run_id}")) == (404, "NOT_FOUND")


# ── list ──


def ids_in(answer: TestResponse) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [run["run_id"] for run in answer.get_json()["runs"]]


def three_runs(stage: Stage) -> None:
    """Two runs of Ana's and one of Ben's, an hour apart."""
    for number, owner in enumerate(("ana@lab.example", BEN, "ana@lab.example")):
        made = NOON + timedelta(hours=number)
        run = make_run(run_id=f"run-0000000{number}", user_email=owner, created_at=made, updated_at=made)
        stage.runs.create_run(run)


def test_users_list_their_own_runs_newest_first(send: FunctionClient, stage: Stage) -> None:
    three_runs(stage)
    answer = send("GET", "/api/runs")
    assert ids_in(answer) == ["run-00000002", "run-00000000"]
    page = answer.get_json()
    assert (page["total"], page["page"], page["page_size"], page["next_cursor"]) == (2, 1, 25, None)


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("all=true", ["run-00000002", "run-00000001", "run-00000000"]),
        (f"user_email={BEN}", ["run-00000001"]),
        (f"all=true&user_email={BEN.upper()}", ["run-00000001"]),
        ("", []),
    ],
)
def test_admins_may_list_the_runs_of_others(send: FunctionClient, stage: Stage, query: str, ids: list[str]) -> None:
    three_runs(stage)
    assert ids_in(send("GET", f"/api/runs?{query}", user=ADMIN)) == ids


@pytest.mark.parametrize("query", ["all=true", f"user_email={BEN}", "all=1&user_email=x"])
def test_users_may_not_list_the_runs_of_others(send: FunctionClient, query: str) -> None:
    assert error_in(send("GET", f"/api/runs?{query}")) == (403, "FORBIDDEN")


def test_cursors_lead_through_all_pages(send: FunctionClient, stage: Stage) -> None:
    three_runs(stage)
    first = send("GET", "/api/runs?all=true&page_size=2", user=ADMIN)
    cursor = first.get_json()["next_cursor"]
    second = send("GET", f"/api/runs?all=true&page_size=2&cursor={cursor}", user=ADMIN)
    assert ids_in(first) + ids_in(second) == ["run-00000002", "run-00000001", "run-00000000"]
    assert (second.get_json()["page"], second.get_json()["next_cursor"]) == (None, None)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("status=done", "status"),
        ("page=0", "page"),
        ("page=101&page_size=100", "page"),
        ("page_size=101", "page_size"),
        ("created_after=yesterday", "created_after"),
        ("created_before=2026-11-23T12:00:00", "created_before"),
        ("cursor=nonsense", "cursor"),
        ("all=perhaps", "all"),
        ("statuss=failed", "statuss"),
        ("search=a&search=b", "search"),
        ("search=%00", "search"),
    ],
)
def test_an_invalid_filter_is_named(send: FunctionClient, query: str, field: str) -> None:
    answer = send("GET", f"/api/runs?{query}")
    assert error_in(answer) == (422, "VALIDATION_ERROR")
    assert faults_in(answer) == [(field, None, None)]


@pytest.mark.parametrize("path", ["/api/runs", f"/api/runs/{RUN}"])
def test_an_unchanged_answer_is_304(send: FunctionClient, stage: Stage, path: str) -> None:
    stage.pending()
    tag = send("GET", path).headers["ETag"]
    again = send("GET", path, headers={"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")
    stage.launch.run(RUN)
    assert send("GET", path, headers={"If-None-Match": tag}).status_code == 200


# ── cancel ──


def test_an_unlaunched_run_is_cancelled_at_once_even_twice(send: FunctionClient, stage: Stage) -> None:
    stage.pending()
    for _ in range(2):
        answer = send("DELETE", f"/api/runs/{RUN}")
        assert (answer.status_code, answer.get_json()["status"]) == (200, "cancelled")


def test_a_live_run_is_being_cancelled(send: FunctionClient, clouds: Clouds, stage: Stage) -> None:
    stage.launched(run_id="run-0000beef")  # used by no other test, because the queue remembers names
    for _ in range(2):
        answer = send("DELETE", "/api/runs/run-0000beef")
        assert (answer.status_code, answer.get_json()["status"]) == (202, "submitted")
        assert answer.get_json()["cancel_requested_at"] is not None
    assert clouds.work() == ["cancel"]


@pytest.mark.parametrize("status", [RunStatus.COMPLETED, RunStatus.FAILED])
def test_an_ended_run_cannot_be_cancelled(send: FunctionClient, stage: Stage, status: RunStatus) -> None:
    stage.running()
    stage.runs.update_run_status(RUN, status, at=NOON)
    assert error_in(send("DELETE", f"/api/runs/{RUN}")) == (409, "CONFLICT")


# ── the rest ──


@pytest.mark.parametrize(("method", "path"), [("PUT", "/api/runs"), ("PUT", f"/api/runs/{RUN}")])
def test_other_methods_are_405(send: FunctionClient, method: str, path: str) -> None:
    answer = send(method, path)
    assert error_in(answer) == (405, "METHOD_NOT_ALLOWED")
    assert "GET" in answer.headers["Allow"]


@pytest.mark.parametrize("path", ["/", "/api", "/api/runs/", f"/api/runs/{RUN}/", "/api/nothing"])
def test_other_addresses_are_404(send: FunctionClient, path: str) -> None:
    assert error_in(send("GET", path)) == (404, "NOT_FOUND")


@pytest.mark.parametrize("path", ["/health", "/ready"])
def test_health_and_ready_need_no_identity(send: FunctionClient, path: str) -> None:
    assert send("GET", path, user=None).status_code == 200


def test_without_a_database_the_function_is_healthy_and_not_ready(clouds: Clouds) -> None:
    nowhere = f"postgresql+pg8000://u:p@127.0.0.1:{free_port()}/d"
    send = FunctionClient("runs", clouds.environment("runs", nowhere), clouds.iap)
    assert send("GET", "/health").status_code == 200
    assert error_in(send("GET", "/ready")) == (503, "UNAVAILABLE")
    answer = send("GET", f"/api/runs/{RUN}")
    assert error_in(answer) == (503, "UNAVAILABLE")
    assert answer.headers["Retry-After"].isdecimal()
