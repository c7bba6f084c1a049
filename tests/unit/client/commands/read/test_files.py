"""Fetching files from the command line."""

from pathlib import Path

import pytest

from sluice.cli import main
from tests.support.client.objects import page_json, run_json
from tests.support.client.service import StubService, refusal, told
from tests.support.client.storage import file_json, files_page, stored
from tests.unit.client.conftest import Serve

FILES = "GET /api/runs/run-0000000a/files"


@pytest.fixture
def service(serve: Serve) -> StubService:
    """A run with good files and one whose name leads out of the folder."""
    service = serve({"GET /o": stored(b"x")})
    link = f"{service.address}/o"
    results = [file_json(name, link, 1) for name in ("a.txt", "../../../escaped.txt", "deep/b.txt")]
    service.answers[FILES] = told(files_page(results=results, logs=[file_json("nextflow.log", link, 1)]))
    return service


def test_a_hostile_name_is_left_out_and_the_others_arrive(
    service: StubService, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "a" / "b" / "out"
    assert main(["get", "run-0000000a", "*", str(out)]) == 2
    written = {str(path.relative_to(out)) for path in out.rglob("*") if path.is_file()}
    assert written == {"results/a.txt", "results/deep/b.txt", "logs/nextflow.log"}
    assert list(tmp_path.rglob("escaped.txt")) == []
    stdout, stderr = capsys.readouterr()
    assert set(stdout.splitlines()) == {str(out / name) for name in written}
    assert "'results/../../../escaped.txt' is no safe name" in stderr
    assert f"3 files in {out}" in stderr


def test_the_pattern_is_compared_with_the_whole_path(service: StubService, tmp_path: Path) -> None:
    assert main(["get", "run-0000000a", "results/*b.txt", str(tmp_path / "out")]) == 0
    assert [path.name for path in (tmp_path / "out").rglob("*.*")] == ["b.txt"]


def test_without_a_run_the_pattern_comes_first(service: StubService, tmp_path: Path) -> None:
    service.answers["GET /api/runs"] = told(page_json("runs", [run_json("run-0000000a")]))
    assert main(["get", "results/*b.txt", str(tmp_path / "out")]) == 0
    assert [path.name for path in (tmp_path / "out").rglob("*.*")] == ["b.txt"]


def test_three_arguments_begin_with_a_run(service: StubService, tmp_path: Path) -> None:
    assert main(["get", "results/*", "results/*", str(tmp_path / "out")]) == 2


def test_a_file_that_cannot_be_fetched_is_an_error_after_the_others(
    service: StubService, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    service.answers["GET /o"] = refusal(404)
    assert main(["get", "run-0000000a", "results/a.txt", str(tmp_path / "out")]) == 4
    assert "0 files in" in capsys.readouterr().err


def test_nothing_that_matches_is_an_error(service: StubService, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["get", "run-0000000a", "nothing*", "."]) == 4
    assert "`sluice files run-0000000a`" in capsys.readouterr().err


def test_files_are_listed_with_their_groups(service: StubService, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["files", "run-0000000a", "--format", "{group}/{name}"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "logs/nextflow.log"
