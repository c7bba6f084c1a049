"""The endpoints of `benchling` on a real warehouse."""

import csv
import io
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from flask import Request, Response
from sqlalchemy import create_engine
from werkzeug.test import EnvironBuilder

from common.domain.pipelines.sheet.sample_sheet import read_sample_sheet
from common.domain.runs.access import Caller
from common.errors import UnauthenticatedError
from common.schemas.benchling import BenchlingMetadata, NgsRunListResponse, NgsRunSamplesResponse
from common.services.pipelines.registry import PipelineRegistry
from common.web.callers.identity import HeaderLists
from common.web.routing import serve
from functions.benchling.endpoints import BenchlingEndpoints
from localdev.stack.ports import free_port
from localdev.stand_ins.benchling import shape
from localdev.stand_ins.benchling.address import reader_url
from localdev.stand_ins.benchling.lab import ODD_RUN_NAMES
from tests.support.benchling import SharedWarehouse, service_on
from tests.support.clock import Clock
from tests.support.limits import rate

RUNS, METADATA = "/api/benchling/runs", "/api/benchling/metadata"
REGISTRY = PipelineRegistry.load()
VERSIONS = [release.version for release in REGISTRY.find_pipeline("nf-core/scrnaseq").versions]
TIDY, UNPAIRED, UNFINISHED = 0, 8, 5  # ages of runs in the generated warehouse
INJECTIONS = (
    "'",
    "' OR ''='",
    '"; DROP TABLE "ngs_run$raw"; --',
    "%",
    "_",
    "\\",
    "!",
    "$1",
    "%s",
    ":name",
    "{x}",
    "🧬",
)


class Client:
    """Sends requests as a signed-in user; `clock` is the function's clock."""

    def __init__(self, address: str) -> None:
        self.clock = Clock()
        self.service = service_on(address, self.clock)
        warehouse = self.service._tables._warehouse
        self._endpoints = BenchlingEndpoints(
            _identify, self.service, REGISTRY, searches=rate(), ready=warehouse.check_ready
        )

    def __call__(self, path: str, *, method: str = "GET", caller: str = "ana@lab.example", **headers: str) -> Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()} | {"x-caller": caller}
        request = EnvironBuilder(path, method=method, headers=list(named.items()))
        return serve(self._endpoints.routes, Request(request.get_environ()))

    def close(self) -> None:
        self.service._tables._warehouse._engine.dispose()


def _identify(headers: HeaderLists) -> Caller:
    (email,) = headers.getlist("x-caller")
    if not email:
        raise UnauthenticatedError("not signed in")
    return Caller(email=email, is_admin=False)


@pytest.fixture
def client(warehouse: SharedWarehouse) -> Iterator[Client]:
    made = Client(warehouse.reader)
    yield made
    made.close()


@pytest.fixture
def nowhere() -> Client:
    return Client(reader_url(free_port()))


def body_of(response: Response) -> Any:  # noqa: ANN401 a test knows what it expects
    return json.loads(response.data)


def at(name: str, what: str = "samples") -> str:
    return f"{RUNS}/{quote(name, safe='')}/{what}"


def name_of(warehouse: SharedWarehouse, age: int) -> str:
    return warehouse.values('SELECT "name$" FROM "ngs_run$raw" WHERE id = :id', id=f"bfi_run{age}")[0]


def test_runs_are_listed_page_by_page(client: Client) -> None:
    found, cursor = list[str](), ""
    while True:
        response = client(f"{RUNS}?page_size=100{cursor}")
        page = NgsRunListResponse.model_validate_json(response.data)
        found += [run.name for run in page.runs]
        if not page.next_cursor:
            break
        cursor = f"&cursor={page.next_cursor}"
    assert len(found) == len(set(found)) == page.total
    assert (page.page, page.page_size, page.total_capped) == (None, 100, False)
    assert set(ODD_RUN_NAMES) <= set(found)


def test_filters_narrow_the_list(client: Client) -> None:
    first = body_of(client(RUNS))["runs"][0]
    query = f"name={first['name'][:10]}&instrument={quote(first['instrument'])}&project={quote(first['projects'][0])}"
    day = first["completed_on"]
    (found,) = body_of(client(f"{RUNS}?{query}&completed_from={day}&completed_to={day}"))["runs"]
    assert found == first


@pytest.mark.parametrize("version", [None, *VERSIONS])
def test_the_samplesheet_is_valid_for_the_pipeline(
    client: Client, warehouse: SharedWarehouse, version: str | None
) -> None:
    query = f"?version={version}" if version else ""
    response = client(at(name_of(warehouse, TIDY), "samplesheet") + query)
    read = read_sample_sheet(response.data, REGISTRY.get_pipeline("nf-core/scrnaseq", version))
    assert (response.status_code, response.content_type) == (200, "text/csv; charset=utf-8")
    assert (read.faults, read.warnings, read.sample_count, read.row_count) == ((), (), 3, 6)
    assert response.headers["X-Unpaired-Files"] == "0"


def test_every_run_has_a_valid_samplesheet_or_a_reason(client: Client, warehouse: SharedWarehouse) -> None:
    statuses = dict[int, int]()
    for name in warehouse.values('SELECT "name$" FROM "ngs_run$raw" WHERE NOT "archived$" LIMIT 60'):
        response = client(at(name, "samplesheet"))
        statuses[response.status_code] = statuses.get(response.status_code, 0) + 1
        if response.status_code == 200:
            assert read_sample_sheet(response.data, REGISTRY.get_pipeline("nf-core/scrnaseq")).faults == ()
        else:
            assert "header but no samples" in body_of(response)["detail"]
    assert statuses.keys() == {200, 409}
    assert statuses[200] > 10 * statuses[409]


def test_the_samplesheet_has_the_files_of_the_samples(client: Client, warehouse: SharedWarehouse) -> None:
    name = name_of(warehouse, TIDY)
    samples = NgsRunSamplesResponse.model_validate_json(client(at(name)).data)
    expected = [[sample.sample, lane.fastq_1, lane.fastq_2] for sample in samples.samples for lane in sample.lanes]
    sheet = client(at(name, "samplesheet")).data.decode()
    assert list(csv.reader(io.StringIO(sheet)))[1:] == expected
    assert all(lane.fastq_1.startswith(f"gs://lab-sequencing/{name}/") for lane in samples.samples[0].lanes)
    assert (samples.ngs_run, samples.total, samples.unpaired_count) == (name, 3, 0)


def test_unpaired_files_are_listed_and_omitted_from_the_samplesheet(client: Client, warehouse: SharedWarehouse) -> None:
    name = name_of(warehouse, UNPAIRED)
    answer = body_of(client(at(name)))
    unpaired = [file for sample in answer["samples"] for file in sample["unpaired"]]
    assert (answer["unpaired_count"], [file["reason"] for file in unpaired]) == (1, ["its read 2 is missing"])
    sheet = client(at(name, "samplesheet"))
    assert (sheet.status_code, sheet.headers["X-Unpaired-Files"]) == (200, "1")
    assert unpaired[0]["path"] not in sheet.data.decode()
    refused = client(at(name, "samplesheet") + "?complete=true")
    assert refused.status_code == 409
    assert "1 files of this NGS run have no partner, for example gs://" in body_of(refused)["detail"]


def test_an_unfinished_run_has_samples_but_no_samplesheet(client: Client, warehouse: SharedWarehouse) -> None:
    name = name_of(warehouse, UNFINISHED)
    answer = body_of(client(at(name)))
    assert (answer["completed_on"], {len(sample["lanes"]) for sample in answer["samples"]}) == (None, {0})
    for query in ("", "?complete=1"):
        response = client(at(name, "samplesheet") + query)
        assert (response.status_code, body_of(response)["code"]) == (409, "CONFLICT")


def test_an_unknown_version_is_404(client: Client, warehouse: SharedWarehouse) -> None:
    response = client(at(name_of(warehouse, TIDY), "samplesheet") + "?version=9.9.9")
    assert (response.status_code, "has no version '9.9.9'" in body_of(response)["detail"]) == (404, True)


@pytest.mark.parametrize("name", ODD_RUN_NAMES)
def test_a_run_name_may_have_any_character(client: Client, name: str) -> None:
    assert body_of(client(at(name)))["ngs_run"] == name
    assert client(at(name, "samplesheet")).status_code in {200, 409}


def test_a_slash_in_a_run_name_may_be_unencoded(client: Client) -> None:
    assert body_of(client(f"{RUNS}/pool%20A/B%201/2/samples"))["ngs_run"] == "pool A/B 1/2"


@pytest.mark.parametrize("injected", INJECTIONS)
@pytest.mark.parametrize("parameter", ["name", "instrument", "project", "completed_from", "completed_to", "cursor"])
def test_an_injection_into_a_filter_is_only_text(client: Client, parameter: str, injected: str) -> None:
    response = client(f"{RUNS}?{parameter}={quote(injected)}")
    expected = 200 if parameter in {"name", "instrument", "project"} else 422
    assert response.status_code == expected
    if expected == 200:
        assert all(injected.lower() in run["name"].lower() for run in body_of(response)["runs"])


@pytest.mark.parametrize("injected", [*INJECTIONS, "\0", "x" * 3_000, "%ff", "..", "/"])
@pytest.mark.parametrize("what", ["samples", "samplesheet"])
def test_an_injection_into_a_run_name_is_404(client: Client, what: str, injected: str) -> None:
    response = client(at(injected, what))
    assert (response.status_code, body_of(response)["code"]) == (404, "NOT_FOUND")
    assert client(at(name="samples")).status_code == 200  # the tables still exist


@pytest.mark.parametrize("injected", INJECTIONS)
def test_an_injection_into_the_version_is_refused(client: Client, injected: str) -> None:
    assert client(f"{at('samples', 'samplesheet')}?version={quote(injected)}").status_code in {404, 422}


@pytest.mark.parametrize(
    "query",
    [
        "page_size=0", "page_size=101", "page_size='", "completed_from=2026-13-01", "completed_to=2026-11-01T00:00:00Z",
        "cursor=x", "name=a&name=b", f"name={'x' * 256}", "names=x", "page=2", "name=%00",
    ],
)  # fmt: skip
def test_an_invalid_filter_is_422(client: Client, query: str) -> None:
    response = client(f"{RUNS}?{query}")
    assert (response.status_code, body_of(response)["code"]) == (422, "VALIDATION_ERROR")


@pytest.mark.parametrize("path", [RUNS, METADATA, at("samples"), at("samples", "samplesheet")])
def test_an_unchanged_answer_is_304(client: Client, path: str) -> None:
    tag = client(path).headers["ETag"]
    assert client(path, if_none_match=tag).status_code == 304


@pytest.mark.parametrize("path", [RUNS, METADATA, at("samples"), at("samples", "samplesheet"), at("no such run")])
def test_a_request_without_identity_is_401(client: Client, path: str) -> None:
    assert client(path, caller="").status_code == 401


@pytest.mark.parametrize("path", [RUNS, METADATA, at("samples"), at("samples", "samplesheet")])
def test_other_methods_are_405(client: Client, path: str) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        response = client(path, method=method)
        assert (response.status_code, response.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")


@pytest.mark.parametrize("path", ["/api/benchling", f"{RUNS}/", f"{RUNS}//samples", f"{RUNS}/x", f"{RUNS}/x/files"])
def test_other_paths_are_404(client: Client, path: str) -> None:
    assert client(path).status_code == 404


def test_metadata_is_cached_and_served_stale_while_benchling_is_away(warehouse: SharedWarehouse) -> None:
    client = Client(warehouse.reader)
    first = BenchlingMetadata.model_validate_json(client(METADATA).data)
    assert ("blood-atlas" in first.projects, first.stale) == (True, False)
    client.close()
    client.service._tables._warehouse._engine = Client(reader_url(free_port())).service._tables._warehouse._engine
    assert not body_of(client(METADATA))["stale"]
    client.clock.advance(minutes=6)
    stale = BenchlingMetadata.model_validate_json(client(METADATA).data)
    assert stale == first.model_copy(update={"stale": True})
    assert client(RUNS).status_code == 502  # lists are not cached


def test_an_unreachable_warehouse_is_502_without_details(nowhere: Client) -> None:
    for path in (RUNS, METADATA, at("x"), at("x", "samplesheet"), RUNS):
        response = nowhere(path)
        assert (response.status_code, body_of(response)["code"]) == (502, "BENCHLING_ERROR")
        body = response.data.decode()
        assert not [word for word in ("127.0.0.1", "SELECT", "ngs_run", "pg8000", "benchling_reader") if word in body]
    assert "requests are paused" in body_of(nowhere(RUNS))["detail"]
    assert nowhere("/health").status_code == 200
    assert (nowhere("/ready").status_code, body_of(nowhere("/ready"))["code"]) == (503, "UNAVAILABLE")


def test_a_slow_filter_is_502_with_advice_to_narrow_it(client: Client, warehouse: SharedWarehouse) -> None:
    client.close()
    hasty = service_on(warehouse.reader, client.clock, statement_timeout_s=0.2)
    client.service._tables._warehouse._engine = hasty._tables._warehouse._engine
    owner = create_engine(warehouse.url)
    with owner.begin() as connection:
        connection.exec_driver_sql(f'LOCK TABLE "{shape.RUN}"')  # until the filter has taken too long
        response = client(f"{RUNS}?name=a&page_size=100")
    owner.dispose()
    assert (response.status_code, body_of(response)["code"]) == (502, "BENCHLING_ERROR")
    assert "narrow the filter" in body_of(response)["detail"]
