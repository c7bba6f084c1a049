"""What a user can try with requests, files and cursors of their own on a running stack."""

import io
import json
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Final
from zipfile import ZipFile

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine

from common.domain.runs.files import archive_key, archive_part_key
from common.domain.runs.status import RunStatus
from common.services.runs.store import RunStoreService
from localdev.stack.environment import url
from localdev.stack.layout import LOGS_BUCKET
from localdev.stack.stack import Stack
from tests.support.attacker import User
from tests.support.cursors import cursor_of, encoded
from tests.support.runs import make_run

OWNER: Final = "crafted@lab.example"
LISTS: Final = {
    "runs": "/api/runs",
    "files": "/api/runs/{run}/files",
    "logs": "/api/runs/{run}/logs",
    "tasks": "/api/runs/{run}/tasks",
    "ngs_runs": "/api/benchling/runs",
}
_FIELD = (
    st.none()
    | st.integers(-(2**63) + 1, 2**63 - 1)
    | st.floats()
    | st.datetimes(timezones=st.just(UTC))
    | st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
    | st.sampled_from(["asc", "desc", "submit_time", "-realtime", "results", "run-00000000", "../x", "ab/cdef01"])
)
NAMES: Final = ("runs", "ngs_runs", "{run}", "{run}/files", "{run}/results", "{run}/tasks", "{run}/logs", "")


@pytest.fixture(scope="module")
def run_id(stack: Stack) -> Iterator[str]:
    """A run of the owner, which is cancelled after the tests."""
    owner = User(stack, OWNER)
    made = owner.submit().json()["run_id"]
    yield made
    owner.ask("DELETE", f"/api/runs/{made}")


@pytest.mark.parametrize("name", LISTS)
def test_a_crafted_cursor_is_refused_by_every_list(stack: Stack, run_id: str, name: str) -> None:
    user, path = User(stack, OWNER), LISTS[name].format(run=run_id)

    @settings(max_examples=60)
    @given(
        st.builds(
            lambda fields, of: cursor_of(*fields, of=of.format(run=run_id)),
            st.lists(_FIELD, min_size=1, max_size=4),
            st.sampled_from(NAMES),
        )
        | st.text(st.characters(codec="utf-8"), min_size=1, max_size=300)
        | st.binary(min_size=1, max_size=300).map(encoded)
    )
    def try_cursor(cursor: str) -> None:
        answer = user.ask("GET", path, params={"cursor": cursor})
        # a well-formed position in this very list is a cursor, whoever wrote it
        assert answer.status_code == 422 or (answer.status_code == 200 and cursor[:1] == "c"), (cursor, answer.text)
        assert answer.headers["X-Request-Id"]

    try_cursor()


def test_a_cursor_of_one_list_is_no_cursor_of_another(stack: Stack, run_id: str) -> None:
    user = User(stack, OWNER)
    other = user.submit().json()["run_id"]
    of_files = user.ask("GET", f"/api/runs/{run_id}/files?page_size=1").json()["next_cursor"]
    assert of_files
    for path in (f"/api/runs/{other}/files", "/api/runs", f"/api/runs/{run_id}/tasks", f"/api/runs/{run_id}/logs"):
        assert user.ask("GET", path, params={"cursor": of_files}).status_code == 422
    user.ask("DELETE", f"/api/runs/{other}")


def test_no_spelling_of_an_address_gets_around_the_limit_of_new_runs(stack: Stack) -> None:
    name = f"many-{uuid.uuid4().hex[:8]}"
    users = [User(stack, email) for email in (f"{name}@lab.example", f"{name.upper()}@LAB.example")]
    store_new_runs(stack, users[0].email, 9)

    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda number: users[number % 2].submit(), range(8)))

    made = [answer.json()["run_id"] for answer in answers if answer.status_code == 201]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert (len(made), len(refused)) == (1, 7)
    assert all(int(answer.headers["Retry-After"]) > 0 for answer in refused)
    users[0].ask("DELETE", f"/api/runs/{made[0]}")


def store_new_runs(stack: Stack, owner: str, count: int) -> None:
    """Store runs created now that have ended; one that is started takes a second of processor time."""
    engine, now = create_engine(stack.database_url()), datetime.now(UTC)
    ended = {"status": RunStatus.CANCELLED, "created_at": now, "updated_at": now, "cancelled_at": now}
    for _ in range(count):
        run = make_run(run_id=f"run-{uuid.uuid4().hex[:8]}", user_email=owner, **ended)
        assert RunStoreService(engine).create_run(run)
    engine.dispose()


def forged_archive() -> bytes:
    content = io.BytesIO()
    with ZipFile(content, "w") as archive:
        archive.writestr("../../.bashrc", "echo gotcha")
        archive.writestr("nextflow.log", "gotcha")
        archive.writestr("manifest.json", json.dumps({"files": [{"name": "../../.bashrc", "size": 11}]}))
    return content.getvalue()


def test_an_archive_that_a_job_wrote_is_never_sent(stack: Stack) -> None:
    """Under every name at which one may look for it."""
    user = User(stack, f"archive-{uuid.uuid4().hex[:8]}@lab.example")
    run = user.submit().json()["run_id"]
    storage = requests.Session()
    storage.auth = stack.secret.login
    upload = f"{url(stack.ports.storage)}/upload/storage/v1/b/{LOGS_BUCKET}/o"
    names = [archive_key(run), archive_part_key(run, "x", "all"), f"runs/{run}/logs/logs.zip"]
    for name in names:
        sent = storage.post(upload, params={"uploadType": "media", "name": name}, data=forged_archive(), timeout=30)
        assert sent.ok

    answer = user.ask("GET", f"/api/runs/{run}/logs/download?wait=10", allow_redirects=False)

    if answer.status_code == 302:
        sent = requests.get(answer.headers["Location"], timeout=30)
        with ZipFile(io.BytesIO(sent.content)) as archive:
            assert not [name for name in archive.namelist() if ".." in name]
            assert b"gotcha" not in sent.content
    else:
        assert answer.status_code in {202, 404, 409}, answer.text
    user.ask("DELETE", f"/api/runs/{run}")
