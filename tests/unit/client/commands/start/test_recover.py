"""The plan of a recovery as a diff, and who is asked."""

import io

import pytest

from sluice.cli import main
from sluice.commands.start.recover import plan_lines
from sluice.decoding import decode
from sluice.models.runs import RecoveryPlan
from tests.support.client.objects import run_json
from tests.support.client.service import told
from tests.unit.client.conftest import Serve

RUN = "/api/runs/run-0000000a"
PLAN = {
    "parent_run_id": "run-0000000a",
    "params": {"aligner": "alevin", "genome": "GRCh38"},
    "reused_count": 5,
    "run_again_count": 1,
    "tasks": [
        {"name": "STAR (a)", "process": "STAR", "reused": False},
        {"name": "FASTQC (a)", "process": "FASTQC", "reused": True},
        {"name": "FASTQC (b)", "process": "FASTQC", "reused": True},
    ],
    "warnings": [{"field": "override_config", "message": "loses to a label"}],
}
INPUTS = {
    "pipeline": "nf-core/scrnaseq",
    "pipeline_version": "2.7.1",
    "samplesheet_csv": "a\n",
    "params": {"aligner": "star", "genome": "GRCh38"},
}
ANSWERS = {
    f"POST {RUN}/recover": told(PLAN),
    f"GET {RUN}/inputs": told(INPUTS),
}


def test_the_plan_shows_what_changes() -> None:
    changes = {"override_params": {"aligner": "alevin"}, "override_config": "process.cpus = 2\n"}
    lines = plan_lines(decode(RecoveryPlan, PLAN, set()), INPUTS["params"], changes)  # type: ignore[arg-type]
    assert list(lines) == [
        "- aligner: star",
        "+ aligner: alevin",
        "+ process.cpus = 2",
        "=     2 FASTQC",
        "+     1 STAR",
        "… and more; 3 tasks are listed",
        "5 tasks are reused, 1 run again, besides those never started",
        "warning: loses to a label",
    ]


def test_a_plan_starts_nothing(serve: Serve, capsys: pytest.CaptureFixture[str]) -> None:
    service = serve(ANSWERS)
    assert main(["recover", "run-0000000a", "--plan", "--set", "aligner=alevin"]) == 0
    assert "+ aligner: alevin" in capsys.readouterr().out
    assert [asked.query for asked in service.asked if asked.method == "POST"] == [{"plan": "true"}]
    assert service.asked[0].json() == {"override_params": {"aligner": "alevin"}}


def test_where_nobody_can_be_asked_nothing_is_started(
    serve: Serve, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    service = serve(ANSWERS)
    monkeypatch.setattr("sys.stdin.isatty", lambda: False)
    assert main(["recover", "run-0000000a"]) == 2
    assert "--yes" in capsys.readouterr().err
    assert [asked.query for asked in service.asked] == [{"plan": "true"}]


@pytest.mark.parametrize(("answer", "code", "posts"), [("n", 2, 1), ("y", 0, 2)])
def test_a_person_is_shown_the_plan_and_asked(
    serve: Serve,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    answer: str,
    code: int,
    posts: int,
) -> None:
    service = serve(ANSWERS | {f"POST {RUN}/recover": [told(PLAN), told(run_json("run-0000000b"), 201)]})
    typed = io.StringIO(f"{answer}\n")
    monkeypatch.setattr(typed, "isatty", lambda: True)
    monkeypatch.setattr("sys.stdin", typed)
    assert main(["recover", "run-0000000a"]) == code
    assert "+     1 STAR" in capsys.readouterr().err
    assert sum(asked.method == "POST" for asked in service.asked) == posts


def test_yes_starts_it_and_writes_the_id(serve: Serve, capsys: pytest.CaptureFixture[str]) -> None:
    service = serve(ANSWERS | {f"POST {RUN}/recover": [told(PLAN), told(run_json("run-0000000b"), 201)]})
    assert main(["recover", "run-0000000a", "--yes", "--notes", "more memory", "--no-notify"]) == 0
    out, err = capsys.readouterr()
    assert out == "run-0000000b\n"
    assert f"{service.address}/runs/run-0000000b" in err
    assert service.asked[-1].json() == {"notes": "more memory", "notify": False}
    assert "idempotency-key" in service.asked[-1].headers
