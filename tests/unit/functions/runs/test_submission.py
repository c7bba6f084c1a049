"""POST /api/runs with files from disk as a form."""

import json
from pathlib import Path
from typing import Any

import pytest
from flask import Request, Response
from urllib3 import encode_multipart_formdata
from werkzeug.test import EnvironBuilder

from common.web.routing import serve
from functions.runs.endpoints import RunEndpoints
from tests.support.actions.stage import Stage
from tests.support.rows import each_row
from tests.support.runs import OWNER
from tests.unit.functions.runs.conftest import Ask

WHOLE: dict[str, Any] = json.loads((Path(__file__).parents[4] / "examples/scrnaseq/run.json").read_bytes())
SHEET = str(WHOLE["samplesheet_csv"]).encode()
REST = {name: value for name, value in WHOLE.items() if name != "samplesheet_csv"}


class Form:
    """Sends forms of files to the function."""

    def __init__(self, endpoints: RunEndpoints) -> None:
        self._endpoints = endpoints

    def send(self, parts: dict[str, bytes], **headers: str) -> Response:
        body, kind = encode_multipart_formdata({name: (f"{name}.txt", content) for name, content in parts.items()})
        sent = {"x-caller": OWNER, "Content-Type": kind}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        builder = EnvironBuilder("/api/runs", method="POST", headers=[*sent.items()], data=body)
        return serve(self._endpoints.routes, Request(builder.get_environ()))


@pytest.fixture
def form(endpoints: RunEndpoints) -> Form:
    return Form(endpoints)


def request_part(**changes: object) -> bytes:
    return json.dumps(REST | changes).encode()


def answer_of(response: Response) -> Any:  # noqa: ANN401 a test knows what it expects
    return json.loads(response.data)


def test_files_from_disk_become_a_run(form: Form, ask: Ask, stage: Stage) -> None:
    answer = form.send({"samplesheet": SHEET, "config": b"process.maxRetries = 2", "request": request_part()})
    assert answer.status_code == 201
    inputs = answer_of(ask("GET", f"{answer.headers['Location']}/inputs"))
    assert inputs["samplesheet_csv"].encode() == SHEET
    assert inputs["config_content"] == "process.maxRetries = 2"
    assert stage.queue.kinds == ["launch"]


def test_the_key_covers_the_content_of_the_files(form: Form, ask: Ask) -> None:
    keyed = {"Idempotency_Key": "k"}
    first = form.send({"samplesheet": SHEET, "request": request_part()}, **keyed)
    again = form.send({"request": request_part(), "samplesheet": SHEET}, **keyed)
    assert (again.status_code, again.data) == (201, first.data)
    as_json = ask("POST", "/api/runs", WHOLE, headers={"Idempotency-Key": "k"})
    assert as_json.data == first.data
    assert form.send({"samplesheet": SHEET + b"\n", "request": request_part()}, **keyed).status_code == 409


def sized(part: str, length: int) -> dict[str, bytes]:
    return {"request": request_part(), "samplesheet": SHEET} | {part: b" " * length}


REFUSED = [
    ({"samplesheet": SHEET}, 422, "request", "-F request=@run.json"),
    ({"request": request_part()}, 422, "samplesheet_csv", "is required"),
    ({"request": json.dumps(WHOLE).encode(), "samplesheet": SHEET}, 422, "samplesheet", "in the request too"),
    ({"request": request_part(config_content="a"), "samplesheet": SHEET, "config": b"b"}, 422, "config", "in the req"),
    ({"request": request_part(), "samplesheet": SHEET, "params": b"{}"}, 422, "params", "is not a part"),
    ({"request": request_part(), "samplesheet": "é é".encode("latin-1")}, 422, "samplesheet", "is not UTF-8"),
    ({"request": request_part(pipelin="x"), "samplesheet": SHEET}, 422, "pipelin", "is not a field"),
    ({"request": request_part(), "samplesheet": b"my.csv"}, 422, "samplesheet", "-F samplesheet=@my.csv"),
    ({"request": SHEET, "samplesheet": SHEET}, 400, None, "the part request"),
    ({"request": b"run.json", "samplesheet": SHEET}, 400, None, "-F request=@run.json"),
    ({"request": b"[]", "samplesheet": SHEET}, 400, None, "must be a JSON object"),
    (sized("config", 100 * 1024 + 1), 413, None, "the part config has more than 102,400 bytes"),
    (sized("samplesheet", 10 * 1024 * 1024 + 1), 413, None, "the part samplesheet has more than 10,485,760 bytes"),
]  # fmt: skip


@each_row("parts", "status", "field", "message", of=REFUSED)
def test_a_wrong_form_is_refused(
    form: Form, stage: Stage, parts: dict[str, bytes], status: int, field: str | None, message: str
) -> None:
    answer = form.send(parts)
    body = answer_of(answer)
    assert (answer.status_code, [fault["field"] for fault in body.get("faults", [])]) == (status, [field] * bool(field))
    assert message in body["detail"]
    assert stage.rows("SELECT run_id FROM runs") == []


@each_row("kind", of=["text/csv", "application/x-www-form-urlencoded", "application/octet-stream"])
def test_a_bare_samplesheet_is_told_how_to_be_sent(endpoints: RunEndpoints, kind: str) -> None:
    builder = EnvironBuilder(
        "/api/runs", method="POST", headers=[("Content-Type", kind), ("x-caller", OWNER)], data=SHEET
    )
    answer = serve(endpoints.routes, Request(builder.get_environ()))
    assert answer.status_code == 415
    assert "-F samplesheet=@my.csv" in answer_of(answer)["detail"]


@each_row("content", of=[SHEET, b"\xef\xbb\xbf" + SHEET, b"  ", b""])
def test_a_samplesheet_that_is_called_json_is_told_how_to_be_sent(endpoints: RunEndpoints, content: bytes) -> None:
    headers = [("Content-Type", "application/json"), ("x-caller", OWNER)]
    builder = EnvironBuilder("/api/runs", method="POST", headers=headers, data=content)
    answer = serve(endpoints.routes, Request(builder.get_environ()))
    assert (answer.status_code, answer_of(answer)["code"]) == (400, "MALFORMED_BODY")
    assert "-F samplesheet=@my.csv" in answer_of(answer)["detail"]


@each_row("headers", of=[
    {"Origin": "https://evil.example"}, {"Origin": "null"},
    {"Sec_Fetch_Site": "cross-site"}, {"Sec_Fetch_Site": "same-site"}, {"Sec_Fetch_Site": "none"},
])  # fmt: skip
def test_a_form_of_another_site_is_refused(form: Form, stage: Stage, headers: dict[str, str]) -> None:
    answer = form.send({"samplesheet": SHEET, "request": request_part()}, **headers)
    assert (answer.status_code, answer_of(answer)["code"]) == (403, "FOREIGN_SITE")
    assert stage.rows("SELECT run_id FROM runs") == []
