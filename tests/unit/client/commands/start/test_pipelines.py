"""The example files of a pipeline."""

from pathlib import Path
from typing import Any

import pytest

from sluice.cli import main
from sluice.params import params_in
from tests.support.client.service import told
from tests.unit.client.conftest import Serve


def param(name: str, **fields: object) -> dict[str, Any]:
    return {
        "name": name, "type": "string", "title": name.title(), "group": "g", "other_types": [], "help": "",
        "default": None, "required": False, "hidden": False, "enum": [], "suggestions": [], "aliases": {},
    } | fields  # fmt: skip


SCHEMA = {
    "pipeline": "nf-core/x",
    "version": "1.0.0",
    "groups": [{"name": "g", "title": "Group", "help": ""}, {"name": "empty", "title": "Empty", "help": ""}],
    "params": [
        param("genome", required=True, suggestions=["GRCh38", "GRCm38"]),
        param("aligner", default="star", enum=["star", "alevin"]),
        param("secret", hidden=True),
    ],
    "columns": [
        {"name": name, "type": "string", "title": "", "help": "", "required": True, "allows_blank": False, "enum": []}
        for name in ("sample", "fastq_1")
    ],
    "param_rules": {}, "row_rules": {}, "unique": [], "sample_column": "sample", "lanes_are_alike": False,
    "example_rows": [{"sample": "a", "fastq_1": "gs://b/a,1.fastq.gz"}],
}  # fmt: skip


@pytest.fixture(autouse=True)
def service(serve: Serve) -> None:
    serve({"GET /api/pipelines/nf-core/x/schema": told(SCHEMA)})


def test_the_examples_are_inputs_to_begin_with(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["pipelines", "show", "nf-core/x", "--example", str(tmp_path)]) == 0
    assert capsys.readouterr().out.splitlines() == [str(tmp_path / "params.yaml"), str(tmp_path / "samplesheet.csv")]
    assert params_in(tmp_path / "params.yaml") == {"genome": "GRCh38"}
    assert '# aligner: "star"' in (tmp_path / "params.yaml").read_text()
    assert (tmp_path / "samplesheet.csv").read_text() == 'sample,fastq_1\na,"gs://b/a,1.fastq.gz"\n'


def test_files_that_are_there_are_not_touched(tmp_path: Path) -> None:
    (tmp_path / "params.yaml").write_text("mine: 1\n")
    assert main(["pipelines", "show", "nf-core/x", "--example", str(tmp_path)]) == 5
    assert [path.name for path in tmp_path.glob("*.*")] == ["params.yaml"]
    assert (tmp_path / "params.yaml").read_text() == "mine: 1\n"


def test_hidden_parameters_are_shown_when_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    main(["pipelines", "show", "nf-core/x"])
    assert "secret" not in capsys.readouterr().out
    main(["pipelines", "show", "nf-core/x", "--hidden", "--format", "{name}"])
    assert capsys.readouterr().out.split() == ["genome", "aligner", "secret"]
