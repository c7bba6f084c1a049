"""The files of a run over HTTP, with a real database and the Storage stand-in."""

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode

import pytest
import requests
from flask import Response
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from common.domain.runs.access import Caller
from common.domain.runs.files import Buckets
from common.errors import ValidationError
from common.services.runs.store import RunStoreService
from common.services.storage.service import StorageService
from common.web.guard import RunGuard
from common.web.query import read_query
from common.web.routing import Routes, serve
from functions.runs.file_endpoints import FileEndpoints, file_filter_from
from localdev.stack.layout import LOGS_BUCKET, PROJECT, RUNS_BUCKET, WORK_BUCKET
from localdev.stack.ports import free_port
from localdev.stand_ins.storage.api.signed_urls import create_signer
from localdev.stand_ins.storage.service import StorageStandIn
from tests.support.limits import rate
from tests.support.runs import OWNER, make_run
from tests.unit.common.web.messages import make_request

RUN_ID = "run-1a2b3c4d"
BUCKETS = Buckets(runs=RUNS_BUCKET, logs=LOGS_BUCKET, work=WORK_BUCKET)
NO_QUERY: Mapping[str, object] = MappingProxyType({})
INPUTS = [f"{number:02}.txt" for number in range(5)]


class Client:
    """Lists the files of a run as `caller`, by default the owner."""

    def __init__(self, engine: Engine) -> None:
        self.caller, self.runs = Caller(email=OWNER), RunStoreService(engine)
        self.storage = StorageService(BUCKETS, patience_s=0.1)
        endpoints = FileEndpoints(RunGuard(lambda _headers: self.caller, self.runs), self.storage, rate())
        self._routes = Routes(endpoints.table)

    def __call__(self, query: Mapping[str, object] = NO_QUERY, *, run_id: str = RUN_ID, tag: str = "") -> Response:
        path = f"/api/runs/{run_id}/files?{urlencode(query)}"
        return serve(self._routes, make_request(path, headers={"If-None-Match": tag} if tag else {}))

    def page(self, **query: object) -> Any:  # noqa: ANN401 a test knows what it expects
        response = self(query)
        assert response.status_code == 200, response.data
        return json.loads(response.data)


@pytest.fixture
def client(
    emptied_engine: Engine, storage_service: StorageStandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Client]:
    """A client for a run with five inputs."""
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", storage_service.url)
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(create_signer(tmp_path / "keys")))
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", PROJECT)
    client = Client(emptied_engine)
    client.runs.create_run(make_run(run_id=RUN_ID))
    client.storage.upload_run_files(RUN_ID, {name: name.encode() for name in INPUTS})
    yield client
    client.storage.client.close()


def test_files_are_listed_by_group_with_their_facts(client: Client, storage_service: StorageStandIn) -> None:
    log = f"{storage_service.url}/upload/storage/v1/b/{LOGS_BUCKET}/o?uploadType=media&name=runs/{RUN_ID}/logs/a.txt"
    requests.post(log, data=b"log", timeout=10).raise_for_status()
    page = client.page()
    groups = {group: [file["name"] for file in files] for group, files in page.pop("files").items()}

    assert groups == {"inputs": INPUTS, "results": [], "logs": ["a.txt"]}
    assert page == {"total": 6, "total_capped": False, "page": 1, "page_size": 25, "next_cursor": None}


def test_a_link_downloads_the_file_without_credentials(client: Client) -> None:
    file = client.page()["files"]["inputs"][2]
    download = requests.get(file.pop("download_url"), timeout=10)

    assert download.content == b"02.txt"
    assert download.headers["Content-Disposition"] == f'attachment; filename="{RUN_ID}_inputs_02.txt"'
    assert requests.get(file.pop("preview_url"), timeout=10).headers["Content-Disposition"] == "inline"
    assert file.pop("updated_at").endswith("Z")
    assert file == {"name": "02.txt", "size": 6, "gcs_uri": f"gs://{RUNS_BUCKET}/runs/{RUN_ID}/inputs/02.txt"}


def test_cursors_lead_through_all_pages(client: Client) -> None:
    first = client.page(page_size=3)
    second = client.page(page_size=3, cursor=first["next_cursor"])

    assert [file["name"] for page in (first, second) for file in page["files"]["inputs"]] == INPUTS
    assert (second["total"], second["page"], second["next_cursor"]) == (5, None, None)


def test_a_page_can_be_chosen_by_number_and_group(client: Client) -> None:
    page = client.page(page_size=2, page=3, group="inputs")

    assert [file["name"] for file in page["files"]["inputs"]] == INPUTS[4:]
    assert client.page(group="logs")["total"] == 0


def test_files_are_found_by_the_beginning_of_their_names(client: Client) -> None:
    page = client.page(prefix="0", page_size=1)

    assert [file["name"] for file in page["files"]["inputs"]] == INPUTS[:1]
    assert page["total"] == sum(name.startswith("0") for name in INPUTS)
    assert client.page(prefix="0", cursor=page["next_cursor"])["files"]["inputs"][0]["name"] == INPUTS[1]
    assert client.page(prefix="../")["total"] == 0


def test_an_unchanged_answer_is_304(client: Client) -> None:
    tag = client().headers["ETag"]

    assert client(tag=tag).status_code == 304


@pytest.mark.parametrize(
    ("caller", "status"),
    [
        (Caller(email="ben@lab.example"), 403),
        (Caller(email="root@lab.example", is_admin=True), 200),
    ],
)
def test_only_owner_and_admins_may_list_files(client: Client, caller: Caller, status: int) -> None:
    client.caller = caller

    assert client().status_code == status
    if status == 403:
        assert client({"page_size": "x"}).status_code == 403


def test_an_unknown_run_is_404(client: Client) -> None:
    assert client(run_id="run-00000000").status_code == 404


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"page_size": 51}, "page_size"),
        ({"page_size": 0}, "page_size"),
        ({"page": 0}, "page"),
        ({"page": 201, "page_size": 50}, "page"),
        ({"group": "work"}, "group"),
        ({"cursor": "tampered"}, "cursor"),
        ({"cursor": "x" * 2000}, "cursor"),
        ({"prefix": "x" * 501}, "prefix"),
    ],
)
def test_an_invalid_parameter_is_named(client: Client, query: dict[str, object], field: str) -> None:
    response = client(query)

    assert response.status_code == 422
    assert [fault["field"] for fault in json.loads(response.data)["faults"]] == [field]


@given(st.lists(st.tuples(st.sampled_from(["page", "page_size", "group", "cursor", "?"]), st.text())))
def test_any_query_is_read_or_refused(pairs: list[tuple[str, str]]) -> None:
    with suppress(ValidationError):
        selected = read_query(pairs, file_filter_from)
        assert selected.page * selected.page_size <= 10_000


def test_unavailable_storage_is_503(emptied_engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", PROJECT)
    client = Client(emptied_engine)
    client.runs.create_run(make_run(run_id=RUN_ID))
    response = client()

    assert response.status_code == 503
    assert "Retry-After" in response.headers
