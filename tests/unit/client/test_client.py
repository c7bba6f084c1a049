"""The Python client: which run is meant, and what is sent."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sluice.api import Api
from sluice.client import Sluice
from sluice.errors import InputError, NotFoundError
from tests.support.client.objects import page_json, run_json
from tests.support.client.service import Asked, StubService, Told, told
from tests.unit.client.conftest import Serve

IDS = ("run-0000000c", "run-0000000b", "run-000000ab")


def runs_page(asked: Asked) -> Told:
    """One run a page, newest first."""
    start = int(asked.query.get("cursor", "0"))
    cursor = str(start + 1) if start + 1 < len(IDS) else None
    return told(page_json("runs", [run_json(IDS[start])], cursor))


@pytest.fixture
def service(serve: Serve) -> StubService:
    return serve({"GET /api/runs": runs_page, "POST /api/runs": told(run_json(), 201)})


@pytest.fixture
def sluice(service: StubService, api_of: Callable[[StubService], Api]) -> Iterator[Sluice]:
    with Sluice(api_of(service)) as sluice:
        yield sluice


@pytest.mark.parametrize(
    ("reference", "run_id"),
    [
        ("@last", "run-0000000c"),
        ("@-1", "run-0000000c"),
        ("@-3", "run-000000ab"),
        ("run-12345678", "run-12345678"),
        ("run-000000a", "run-000000ab"),
        ("0000000b", "run-0000000b"),
    ],
)
def test_a_run_is_found_by_what_people_type(sluice: Sluice, reference: str, run_id: str) -> None:
    assert sluice.run(reference).id == run_id


def test_a_run_that_nobody_has_is_not_found(sluice: Sluice) -> None:
    with pytest.raises(NotFoundError, match="no @-4 run: you have 3 so far"):
        sluice.run("@-4")
    with pytest.raises(NotFoundError, match="run-ff"):
        sluice.run("ff")


def test_a_beginning_that_several_ids_have_is_refused_with_them(sluice: Sluice) -> None:
    with pytest.raises(InputError, match="run-0000000c, run-0000000b"):
        sluice.run("run-0000000")


@pytest.mark.parametrize("reference", ["", "../users/me", "run-xyz", "@next", "@-0"])
def test_what_is_no_run_is_refused(sluice: Sluice, reference: str) -> None:
    with pytest.raises(InputError):
        sluice.run(reference)


def test_a_sheet_is_a_file_or_its_text(sluice: Sluice, service: StubService, tmp_path: Path) -> None:
    file = tmp_path / "sheet.csv"
    file.write_text("\ufeffsample\na\n")
    for sheet in (file, str(file), "sample\na\n"):
        sluice.submit(pipeline="nf-core/scrnaseq", sheet=sheet, params={"aligner": "star"})
    assert [asked.json() for asked in service.asked] == 3 * [
        {"pipeline": "nf-core/scrnaseq", "samplesheet_csv": "sample\na\n", "params": {"aligner": "star"}}
    ]


def test_a_sheet_that_is_not_there_is_named(sluice: Sluice) -> None:
    with pytest.raises(InputError, match=r"there is no file nowhere\.csv"):
        sluice.submit(pipeline="nf-core/scrnaseq", sheet="nowhere.csv")


def test_the_name_of_a_pipeline_has_an_owner(sluice: Sluice) -> None:
    with pytest.raises(InputError, match="nf-core/scrnaseq"):
        sluice.pipeline("scrnaseq")


def test_lists_can_be_read_twice(sluice: Sluice) -> None:
    runs = sluice.runs()
    assert [run.run_id for run in runs] == [run.run_id for run in runs] == list(IDS)
