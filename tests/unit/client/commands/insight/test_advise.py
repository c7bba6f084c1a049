"""What tasks should ask for, and the config that asks for it."""

from pathlib import Path
from typing import Any

import pytest

from sluice.cli import main
from sluice.commands.insight.advise import about, verdict_words
from sluice.decoding import decode
from sluice.models.sizing import PipelineAdviceResponse, ProcessAdviceInfo
from tests.support.client.examples import example_json
from tests.support.client.service import told
from tests.unit.client.conftest import Serve

PATH = "GET /api/pipelines/nf-core/scrnaseq/advice"
GIB = 1 << 30


def process(**fields: Any) -> ProcessAdviceInfo:  # noqa: ANN401
    return decode(ProcessAdviceInfo, example_json("ProcessAdviceInfo") | fields, set())


def advice(**fields: Any) -> PipelineAdviceResponse:  # noqa: ANN401
    return decode(PipelineAdviceResponse, example_json("PipelineAdviceResponse") | fields, set())


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"by_input": []}, "ask for less: 4 CPUs, 16 GB"),
        ({}, "ask for less: 4 CPUs, 16 GB (12 GB up to 20 GB of input, 16 GB beyond)"),
        ({"verdict": "ask_more", "by_input": [], "is_guess": True, "advised": {"cpus": None, "memory": 72 * GIB}},
         "ask for more: 72 GB; a guess, as the largest were killed too"),
        ({"verdict": "not_enough_yet", "advised": None}, "too few tasks yet"),
        ({"verdict": "fits"}, "fits"),
        ({"verdict": "a_new_one"}, "a_new_one"),
    ],
)  # fmt: skip
def test_a_verdict_in_words(fields: dict[str, Any], words: str) -> None:
    assert verdict_words(process(**fields)) == words


def test_what_the_advice_comes_to() -> None:
    assert list(about(advice())) == [
        "1 process of release 2.7 should ask for another amount, judged by 12 runs.",
        "In the last 30 days that would have saved $12.01, by list prices.",
    ]
    assert "cost $1.50 more" in list(about(advice(saved_monthly=-1_500_000_000)))[1]


def test_a_saving_that_is_not_known_is_not_zero(serve: Serve, capsys: pytest.CaptureFixture[str]) -> None:
    answer = example_json("PipelineAdviceResponse") | {"saved_monthly": None, "unknown": ["prices in mars-1"]}
    answer["processes"][0]["saved_monthly"] = None
    serve({PATH: told(answer)})
    assert main(["advise", "nf-core/scrnaseq"]) == 0
    out, err = capsys.readouterr()
    assert out == (
        "STAR_ALIGN\t48\t0\t8 CPUs, 36 GB\t"
        "ask for less: 4 CPUs, 16 GB (12 GB up to 20 GB of input, 16 GB beyond)\tat most 2%\tunknown\n"
    )
    assert err.splitlines()[1:] == ["Not known: prices in mars-1."]


def test_the_config_is_written_once(serve: Serve, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    answer = example_json("PipelineAdviceResponse")
    service = serve({PATH: told(answer)})
    file = tmp_path / "advised.config"
    assert main(["advise", "nf-core/scrnaseq", "-r", "2.7.1", "--config", str(file)]) == 0
    assert service.asked[0].query == {"version": "2.7.1"}
    assert (file.read_text(), capsys.readouterr().out) == (answer["config"], f"{file}\n")
    assert main(["advise", "nf-core/scrnaseq", "--config", str(file)]) == 5
    assert main(["advise", "nf-core/scrnaseq", "--config", "-"]) == 0
    assert capsys.readouterr().out == answer["config"]


def test_no_config_is_written_without_advice(serve: Serve, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    unjudged = example_json("ProcessAdviceInfo") | {"verdict": "not_enough_yet"}
    serve({PATH: told(example_json("PipelineAdviceResponse") | {"config": None, "processes": [unjudged]})})
    assert main(["advise", "nf-core/scrnaseq", "--config", str(tmp_path / "advised.config")]) == 4
    assert "no config was written: 12 runs of release 2.7 had too few tasks" in capsys.readouterr().err
    assert list(tmp_path.glob("*.config")) == []
