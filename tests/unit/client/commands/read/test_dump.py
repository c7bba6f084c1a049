"""Everything of a run in one zip."""

import io
import json
import zipfile
from pathlib import Path

import pytest

from sluice.cli import main
from tests.support.client.objects import page_json, run_json
from tests.support.client.service import Asked, Responder, Told, told
from tests.unit.client.conftest import Serve

RUN = "GET /api/runs/run-0000000a"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def archive() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as opened:
        opened.writestr("nextflow.log", "log\n")
    return content.getvalue()


def test_the_archive_is_waited_for_and_fetched_again_when_the_connection_breaks(serve: Serve, tmp_path: Path) -> None:
    asked_before: list[Asked] = []

    def link(asked: Asked) -> Told:
        asked_before.append(asked)
        if len(asked_before) < 3:
            return told({"status": "building"}, 202, Retry_After="0")
        return Told(302, b"", {"Location": f"http://{asked.headers['host']}/archive"})

    answers: dict[str, Told | list[Told] | Responder] = {
        f"{RUN}/logs/download": link,
        "GET /archive": [Told(200, archive(), cut_after=20), Told(200, archive())],
        RUN: told(run_json()),
        f"{RUN}/tasks": told(page_json("tasks", [])),
    }
    serve(answers)
    assert main(["dump", "run-0000000a"]) == 0
    with zipfile.ZipFile(tmp_path / "run-0000000a.zip") as opened:
        assert set(opened.namelist()) == {"nextflow.log", "run.json", "tasks.csv"}
        assert json.loads(opened.read("run.json")) == run_json()
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".run")] == []


def test_a_file_that_is_there_is_not_touched(serve: Serve, tmp_path: Path) -> None:
    service = serve({})
    (tmp_path / "mine.zip").write_text("mine")
    assert main(["dump", "run-0000000a", "-o", "mine.zip"]) == 5
    assert ((tmp_path / "mine.zip").read_text(), service.asked) == ("mine", [])
