"""A value that looks like a secret leaves a running stack at no address, in no telemetry and in no manifest.

A run is given secrets wherever a user or a job can write one, then every address that reads is asked.
"""

import io
import json
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, Final
from zipfile import ZipFile

import pytest
import requests
from sqlalchemy import create_engine, text

from localdev.stack.layout import ADMIN, WORK_BUCKET
from localdev.stack.stack import Stack
from tests.support.attacker import User, write_log, write_object
from tools.openapi.addresses import public_addresses

OWNER: Final = "secrets@lab.example"
BY_SHAPE: Final = "ghp_" + "Secret0Secret1Secret2Secret3"
BY_NAME: Final = "hunter2-hunter2"
TEXT: Final = f"clone with {BY_SHAPE} and password={BY_NAME} now"
HASH: Final = "ab/cdef01"
LOG: Final = f"""Nov-23 08:15:02.113 [main] DEBUG nextflow.cli.Launcher - $> nextflow run x --api_key '{BY_NAME}'
Nov-23 08:15:03.113 [main] WARN  nextflow.Session - {TEXT} \x1b[31m\0\x1b]0;x\x07
Nov-23 08:15:04.113 [Task submitter] INFO  nextflow.Session - [{HASH}] Submitted process > ALIGN ({BY_SHAPE})
Nov-23 08:15:05.113 [main] ERROR nextflow.Session - Error executing process > 'ALIGN ({BY_SHAPE})'

Caused by:
  Process failed: {TEXT}
"""
_PARTS: Final = {"owner": "nf-core", "name": "scrnaseq", "ngs_run": "NB0231", "asset": "start.js"}


@pytest.fixture(scope="module")
def run_id(stack: Stack) -> str:
    """A failed run whose every text holds a secret, with a log, a trace and the output of a task."""
    run, engine, now = f"run-{uuid.uuid4().hex[:8]}", create_engine(stack.database_url()), datetime.now(UTC)
    statement = text(
        "INSERT INTO runs (run_id, pipeline, pipeline_version, status, user_email, gcs_path, params, sample_count,"
        " session_id, created_at, updated_at, submitted_at, started_at, failed_at, synced_at, source_project,"
        " status_detail, recovery_notes, error_message, diagnosis)"
        " VALUES (:id, 'nf-core/scrnaseq', '2.7.1', 'failed', :owner, 'gs://x', CAST(:params AS jsonb), 1, :session,"
        " :now, :now, :now, :now, :now, :now, :text, :text, :text, :text, CAST(:diagnosis AS jsonb))"
    )
    evidence = {"line": TEXT, "offset": 0, "source": "nextflow.log"}
    values = {
        "id": run, "owner": OWNER, "session": str(uuid.uuid4()), "now": now, "text": TEXT,
        "params": json.dumps({"multiqc_title": TEXT, "api_token": BY_NAME}),
        "diagnosis": json.dumps({"cause": "command_failed", "message": TEXT, "evidence": [evidence]}),
    }  # fmt: skip
    with engine.begin() as connection:
        connection.execute(statement, values)
    engine.dispose()
    trace = f"task_id\thash\tname\tstatus\texit\tworkdir\n1\t{HASH}\tALIGN ({BY_SHAPE})\tFAILED\t1\tgs://{WORK_BUCKET}/"
    folder = f"runs/{run}/work/{HASH}0123456789abcdef0123456789"
    write_object(stack, WORK_BUCKET, f"{folder}/.command.out", f"{TEXT}\n".encode())
    write_log(stack, run, "trace.txt", f"{trace}{folder}\n".encode())
    write_log(stack, run, "nextflow.log", LOG.encode())
    user = User(stack, OWNER)
    assert happens_soon(lambda: user.ask("GET", f"/api/runs/{run}/logs").json()["total"] >= 4)
    assert happens_soon(lambda: user.ask("GET", f"/api/runs/{run}/tasks").json()["tasks"])
    return run


def happens_soon(claim: Callable[[], Any]) -> bool:
    until = time.monotonic() + 60
    while not claim() and time.monotonic() < until:
        time.sleep(0.2)
    return bool(claim())


def secrets_in(shown: str) -> list[str]:
    return [secret for secret in (BY_SHAPE, BY_NAME) if secret in shown]


def reading_addresses() -> list[str]:
    return [each.path for each in public_addresses() if each.method.upper() == "GET" and not each.operation.public]


@pytest.mark.parametrize("caller", [OWNER, ADMIN])
@pytest.mark.parametrize("path", reading_addresses())
def test_no_address_shows_a_secret(stack: Stack, run_id: str, path: str, caller: str) -> None:
    task_id = HASH.replace("/", "-")
    address = path.format(run_id=run_id, with_run_id=run_id, task_id=task_id, **_PARTS)
    with User(stack, caller).ask("GET", address, stream=True, allow_redirects=False) as answer:
        assert answer.status_code < 500
        shown = str(answer.headers) + "".join(read_events(answer))
    assert secrets_in(shown) == []


def read_events(answer: requests.Response) -> Iterator[str]:
    """The body, or the events of a stream up to its end, or until it is silent: nothing follows for this run."""
    for piece in answer.iter_content(None):
        text = piece.decode("utf-8", "replace")
        yield text
        if "event: done" in text or text.startswith(": keep-alive"):
            return


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/api/runs/{}/logs", {"Accept": "text/plain"}),
        ("/api/runs/{}/logs?search=clone", {}),
        ("/api/runs/{}/logs?order=desc&level=WARN", {}),
        ("/api/runs?search=nf-core", {}),
    ],
)
def test_no_variant_of_an_address_shows_a_secret(stack: Stack, run_id: str, path: str, headers: dict[str, str]) -> None:
    answer = User(stack, OWNER).ask("GET", path.format(run_id), headers=headers)
    assert answer.status_code == 200
    assert secrets_in(answer.text) == []
    if "text/plain" in headers.values():
        assert "clone with •••" in answer.content.decode()


@pytest.mark.parametrize(
    "body",
    [
        {"params": {"api_token": BY_NAME}},
        {"params": {"multiqc_title": {"password": BY_NAME}}},
        {"params": {"email": BY_SHAPE}},
        {"params": {BY_SHAPE: 1}},
        {"params": {}, "samplesheet_csv": f"sample,fastq_1,fastq_2\n{BY_SHAPE} x,{TEXT},\n"},
        {"params": {}, "config_content": f"workDir = '{BY_SHAPE}'\n"},
    ],
)
def test_no_refusal_quotes_a_secret(stack: Stack, body: dict[str, Any]) -> None:
    user = User(stack, OWNER)
    answers = [user.ask("POST", "/api/pipelines/nf-core/scrnaseq/validate", json=body), user.submit(**body)]
    assert [answer.status_code for answer in answers] in ([200, 422], [422, 422])
    assert [secrets_in(answer.text) for answer in answers] == [[], []]


def test_the_manifest_of_an_archive_has_no_secret(stack: Stack, run_id: str) -> None:
    user = User(stack, OWNER)

    def link() -> str | None:
        answer = user.ask("GET", f"/api/runs/{run_id}/logs/download?wait=10", allow_redirects=False)
        return answer.headers.get("Location")

    assert happens_soon(link)
    with ZipFile(io.BytesIO(requests.get(str(link()), timeout=60).content)) as archive:
        assert {"manifest.json", "nextflow.log"} <= set(archive.namelist())
        assert secrets_in(archive.read("manifest.json").decode()) == []
        assert not [name for name in archive.namelist() if secrets_in(name)]


def test_telemetry_has_no_secret(stack: Stack, run_id: str) -> None:
    user = User(stack, OWNER)
    user.ask("GET", f"/api/runs/{run_id}/logs?search={BY_SHAPE}")
    user.ask("GET", f"/api/runs/{run_id}?token={BY_NAME}")
    user.ask("GET", f"/api/runs/{BY_SHAPE}")
    user.ask("POST", "/api/runs", data=TEXT.encode(), headers={"Content-Type": "application/json"})
    written = {path.name: path.read_text(errors="replace") for path in (stack.folders.root / "telemetry").iterdir()}
    functions = {name: lines for name, lines in written.items() if '"logger": "sluice.' in lines}
    assert len(functions) >= 5
    assert {name: secrets_in(lines) for name, lines in functions.items() if secrets_in(lines)} == {}
