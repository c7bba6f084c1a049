"""Submitting from the command line."""

from pathlib import Path

import pytest

from sluice.cli import main
from tests.support.client.objects import run_json
from tests.support.client.service import Told, refusal, told
from tests.unit.client.conftest import Serve

SHEET = "sample,fastq_1\na,gs://b/a.fastq.gz\n"


@pytest.fixture
def command(tmp_path: Path) -> list[str]:
    (tmp_path / "sheet.csv").write_text(SHEET)
    return ["submit", "-p", "nf-core/scrnaseq", "-s", str(tmp_path / "sheet.csv"), "--set", "aligner=star"]


def test_the_id_is_data_and_the_address_is_talk(
    serve: Serve, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    service = serve({"POST /api/runs": told(run_json(), 201)})
    assert main(command) == 0
    out, err = capsys.readouterr()
    assert (out, err) == ("run-0000000a\n", f"{service.address}/runs/run-0000000a\n")
    expected = {"pipeline": "nf-core/scrnaseq", "samplesheet_csv": SHEET, "params": {"aligner": "star"}}
    assert service.asked[0].json() == expected


def test_a_run_is_named_and_its_source_told_where_it_is_started(serve: Serve, command: list[str]) -> None:
    service = serve({"POST /api/runs": told(run_json(), 201)})
    source = ["--ngs-run", "NB0231", "--ngs-run", "NB0232", "--project", "Atlas"]
    assert main([*command, "--name", "Donor 1, first trial", *source]) == 0
    sent = service.asked[0].json()
    assert "notify" not in sent
    assert (sent["name"], sent["source_project"]) == ("Donor 1, first trial", "Atlas")
    assert sent["source_ngs_runs"] == ["NB0231", "NB0232"]


def test_whether_one_is_told_of_a_run_is_chosen_for_it(serve: Serve, command: list[str]) -> None:
    service = serve({"POST /api/runs": told(run_json(), 201)})
    assert main([*command, "--notify"]) == 0
    assert main([*command, "--no-notify"]) == 0
    assert [asked.json()["notify"] for asked in service.asked] == [True, False]


def test_a_run_that_an_earlier_command_made_is_named_as_such(
    serve: Serve, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    serve({"POST /api/runs": told(run_json(), 201, Idempotency_Replayed="true")})
    assert main(command) == 0
    assert "An earlier command had submitted it" in capsys.readouterr().err


@pytest.mark.parametrize(("status", "code"), [("completed", 0), ("failed", 1), ("cancelled", 7)])
def test_the_exit_code_of_a_wait_is_how_the_run_ended(
    serve: Serve, capsys: pytest.CaptureFixture[str], command: list[str], status: str, code: int
) -> None:
    run = "GET /api/runs/run-0000000a"
    done = b'event: done\ndata: {"status": "x", "at": "2026-12-01T12:00:00+00:00"}\n\n'
    serve(
        {"POST /api/runs": told(run_json(), 201), f"{run}/events": Told(200, done), run: told(run_json(status=status))}
    )
    assert main([*command, "--follow"]) == code
    out, err = capsys.readouterr()
    assert out == "run-0000000a\n"
    assert "ended: x" in err
    assert ("`sluice why run-0000000a` says more" in err) == (status == "failed")


def test_a_run_that_does_not_end_in_time_is_exit_code_124(
    serve: Serve, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    serve({"POST /api/runs": told(run_json(), 201), "GET /api/runs/run-0000000a/events": Told(200, b": hi\n\n")})
    assert main([*command, "--wait", "--timeout", "0s"]) == 124
    assert capsys.readouterr().out == "run-0000000a\n"


def test_faults_are_written_with_their_places(
    serve: Serve, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    faults = [{"field": "samplesheet_csv", "row": 2, "column": "sample", "message": "must be a name"}]
    serve({"POST /api/runs": refusal(422, faults=faults)})
    assert main(command) == 2
    assert "sheet.csv:2:sample: must be a name\n" in capsys.readouterr().err


@pytest.mark.parametrize(
    "options", [["--timeout", "soon"], ["--set", "x"], ["--params", "nowhere.yaml"], ["--config", "nowhere.config"]]
)
def test_wrong_options_submit_nothing(serve: Serve, command: list[str], options: list[str]) -> None:
    service = serve({"POST /api/runs": told(run_json(), 201)})
    assert main([*command, *options]) == 2
    assert service.asked == []


def test_a_sheet_is_needed(serve: Serve, capsys: pytest.CaptureFixture[str]) -> None:
    serve({})
    assert main(["submit", "-p", "nf-core/scrnaseq"]) == 2
    assert "--sheet is missing" in capsys.readouterr().err
