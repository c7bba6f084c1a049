"""Pipelines as they are: an entry takes what the pipeline takes, and the import says what it cannot."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from common.domain.pipelines.params import validate_params
from common.domain.pipelines.pipeline import PipelineVersion
from common.domain.pipelines.sheet.sample_sheet import read_sample_sheet
from common.services.pipelines.registry import PipelineRegistry
from tests.unit.tools.import_pipeline.schemas import DRAFT_7, DRAFT_2020, Json
from tools.import_pipeline.__main__ import main

CONFIG = "manifest {\n  name = 'lab/x'\n  version = '1.0.0'\n}\n"
SAMPLE: Json = {"type": "string", "pattern": "^\\S+$"}
INPUT: Json = {"type": "string", "format": "file-path", "pattern": "^\\S+\\.csv$", "schema": "assets/schema_input.json"}
Make = Callable[..., Path]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    def checkout(
        columns: Json | None = None,
        params: Json | None = None,
        *,
        config: str = CONFIG,
        given: Json = INPUT,
        required: tuple[str, ...] = (),
        dialect: str = DRAFT_2020,
        files: dict[str, str] | None = None,
    ) -> Path:
        folder = tmp_path / "x"
        group = {"properties": {"input": given, **(params or {})}, "required": ["input", *required]}
        schema = {"$schema": dialect, "$defs": {"all": group}, "allOf": [{"$ref": "#/$defs/all"}]}
        texts = {"nextflow_schema.json": json.dumps(schema), "nextflow.config": config, **(files or {})}
        if columns is not None:
            items = {"type": "object", "properties": {"sample": SAMPLE, **columns}, "required": ["sample"]}
            texts["assets/schema_input.json"] = json.dumps({"$schema": dialect, "type": "array", "items": items})
        for name, text in texts.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)
        return folder

    return checkout


def imported(folder: Path) -> PipelineVersion:
    registry = folder.parent / "registry"
    assert main([str(folder), "--registry", str(registry)]) == 0
    return PipelineRegistry.load(registry).get_pipeline("lab/x")


def problems(version: PipelineVersion, **params: object) -> list[str]:
    return [fault.message for fault in validate_params(version, params)]


@pytest.mark.parametrize(
    "config",
    [
        "params { tool = 'a' }",
        "params.tool = 'a'",
        "params { tool { name = 'a' } }",
        "params { tool = [a: 1,\n b: 2] }",
        "profiles { docker { params.tool = 'a' } }",
        "includeConfig 'conf/more.config'",
        "profiles {\n docker {\n includeConfig 'conf/more.config'\n }\n}",
    ],
)
def test_a_required_parameter_with_a_value_in_the_configs_need_not_be_sent(make: Make, config: str) -> None:
    more = {"conf/more.config": 'params {\n tool = "${params.x}/a"\n}\n'}
    folder = make({}, {"tool": {"type": "string"}}, config=f"{config}\n{CONFIG}", required=("tool",), files=more)
    assert problems(imported(folder)) == []


def test_a_rule_does_not_ask_for_a_value_that_only_nextflow_can_work_out(make: Make) -> None:
    config = "params {\n refs = [a: 1]\n}\n" + CONFIG
    folder = make({}, {"refs": {"type": "string"}, "tool": {"type": "string"}}, config=config)
    path = folder / "nextflow_schema.json"
    schema = json.loads(path.read_text())
    schema["$defs"]["all"]["anyOf"] = [{"required": ["refs"]}, {"required": ["tool"]}]
    path.write_text(json.dumps(schema))
    assert problems(imported(folder)) == []


@pytest.mark.parametrize("config", ["params { tool = null }", "profiles { test { params.tool = 'a' } }", ""])
def test_a_required_parameter_without_a_value_must_be_sent(make: Make, config: str) -> None:
    folder = make({}, {"tool": {"type": "string"}}, config=f"{config}\n{CONFIG}", required=("tool",))
    assert problems(imported(folder)) == ["is required"]


@pytest.mark.parametrize(
    ("schema", "values"),
    [
        ({"type": "string", "enum": [1, 2]}, (1, "2")),
        ({"type": "integer", "enum": ["1", "2"]}, ("1", 2)),
        ({"type": "string", "enum": [True, "auto"]}, (True, "auto", "true")),
        ({"type": "integer"}, (10000.0,)),
    ],
)
def test_values_of_another_type_than_the_property_s_are_taken(
    make: Make, schema: Json, values: tuple[object, ...]
) -> None:
    version = imported(make({}, {"tool": schema}))
    assert [problems(version, tool=value) for value in values] == [[]] * len(values)
    if "enum" in schema:
        assert problems(version, tool="3") != []


def test_columns_that_the_schema_forbids_are_faults_only_where_they_are_filled(make: Make) -> None:
    folder = make({"reads": {"type": "string"}})
    path = folder / "assets/schema_input.json"
    schema = json.loads(path.read_text())
    schema["items"]["additionalProperties"] = False
    path.write_text(json.dumps(schema))
    version = imported(folder)
    assert read_sample_sheet("sample,reads\na,r\n", version).faults == ()
    assert read_sample_sheet("sample,reads,note\na,r,\n", version).faults == ()
    (fault,) = read_sample_sheet("sample,reads,note\na,r,\nb,r,x\n", version).faults
    assert (fault.row, fault.column) == (3, "note")
    assert fault.message == "the pipeline takes no such column; delete it or leave its cells blank"


def test_an_example_that_does_not_fit_stops_the_import_unless_told_otherwise(
    make: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = make({"depth": {"type": "integer"}}, files={"assets/samplesheet.csv": "sample,depth\na,deep\n"})
    registry = folder.parent / "registry"
    assert main([str(folder), "--registry", str(registry)]) == 1
    said = capsys.readouterr().err
    assert "assets/samplesheet.csv (row 2, depth): must be a whole number" in said
    assert "ANYWAY=1" in said
    assert not registry.exists()
    assert main([str(folder), "--registry", str(registry), "--anyway"]) == 0


def test_the_defaults_and_the_test_profile_are_tried(make: Make, capsys: pytest.CaptureFixture[str]) -> None:
    config = "params { depth = 0 }\nprofiles { test { includeConfig 'conf/test.config' } }\n" + CONFIG
    schema = {"depth": {"type": "integer", "minimum": 1}, "mode": {"type": "string", "enum": ["a"]}}
    folder = make({}, schema, config=config, files={"conf/test.config": "params {\n mode = 'b'\n depth = 2\n}\n"})
    assert main([str(folder), "--registry", str(folder.parent / "registry")]) == 1
    said = capsys.readouterr().err
    assert "the defaults in nextflow.config: depth: must be at least 1, not 0" in said
    assert "the profile test: mode: must be a, not 'b'" in said


def test_a_left_over_schema_is_not_used(make: Make, capsys: pytest.CaptureFixture[str]) -> None:
    given = {word: value for word, value in INPUT.items() if word != "schema"}
    folder = make(
        {"reads": {"type": "string"}}, given=given, files={"assets/samplesheet.csv": "group,bam\nx,gs://b/x.bam\n"}
    )
    version = imported(folder)
    assert (version.columns, version.passes_sheet_on) == ((), True)
    assert version.example_rows == ({"group": "x", "bam": "gs://b/x.bam"},)
    assert "assets/samplesheet.csv (row 1, sample): the column sample is missing" in capsys.readouterr().out


def test_a_schema_that_old_template_code_does_not_apply_is_used_only_if_the_example_fits(make: Make) -> None:
    files = {"assets/samplesheet.csv": "sample,reads\na,r\n", "main.nf": "", "lib/NfcoreSchema.groovy": ""}
    assert len(imported(make({"reads": {"type": "string"}}, dialect=DRAFT_7, files=files)).columns) == 2


def test_a_pipeline_without_a_schema_of_its_sheet_passes_it_on(make: Make, capsys: pytest.CaptureFixture[str]) -> None:
    version = imported(make(given={"type": "string"}))
    sheet = read_sample_sheet("id,path\nx,gs://b/x\nx,gs://b/y\n", version)
    assert (sheet.faults, sheet.sample_count) == ((), 2)
    assert "is passed on unread" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("given", "sheet_format"),
    [
        ({"type": "string", "pattern": "^\\S+\\.tsv$"}, "tsv"),
        ({"type": "string", "pattern": "^\\S+\\.(csv|tsv)$"}, "csv"),
        ({"type": "string", "mimetype": "text/tsv"}, "tsv"),
        ({"type": "string", "description": "Path to a TSV"}, "tsv"),
        ({"type": "string"}, "csv"),
    ],
)
def test_the_format_of_the_sheet_follows_the_schema(make: Make, given: Json, sheet_format: str) -> None:
    assert imported(make({}, given=given)).sheet_format == sheet_format


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"type": "string", "pattern": "^\\S+\\.yml$"}, "neither a .csv nor a .tsv"),
        ({}, "no parameter input"),
    ],
)
def test_a_pipeline_that_cannot_take_a_sheet_is_refused_with_the_reason(
    make: Make, capsys: pytest.CaptureFixture[str], given: Json, message: str
) -> None:
    folder = make({}, given=given)
    assert main([str(folder), "--registry", str(folder.parent / "registry")]) == 1
    assert message in capsys.readouterr().err


def test_an_entry_can_be_tried_on_any_request(make: Make, capsys: pytest.CaptureFixture[str]) -> None:
    folder = make({"depth": {"type": "integer"}}, {"mode": {"type": "string", "enum": ["a", "b"]}})
    good, bad, params = (folder / name for name in ("good.csv", "bad.csv", "params.json"))
    good.write_text("sample,depth\na,1\n")
    bad.write_text("sample,depth\na,x\n")
    params.write_text('{"mode": "c"}')
    registry, message = folder.parent / "registry", "must be a whole number, written in plain digits, not 'x'"
    assert main([str(folder), "--registry", str(registry), "--check", str(params), str(good), str(bad)]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "params": ["params.mode: must be a or b, not 'c'"],
        "sheets": {str(good): [], str(bad): [f"samplesheet_csv (row 2, depth): {message}"]},
    }
    assert not registry.exists()


@pytest.mark.parametrize("path", ["/data/a.bam", "C:/a.bam", "~/a.bam", "file:///a.bam"])
def test_a_check_refuses_paths_that_only_one_s_own_computer_has(
    make: Make, capsys: pytest.CaptureFixture[str], path: str
) -> None:
    folder = make(
        {"bam": {"type": "string", "format": "file-path"}}, {"panel": {"type": "string", "format": "file-path"}}
    )
    sheet, params = folder / "sheet.csv", folder / "params.json"
    sheet.write_text(f"sample,bam\na,gs://lab/a.bam\nb,{path}\n")
    params.write_text(json.dumps({"panel": path}))
    assert main([str(folder), "--registry", str(folder.parent / "registry"), "--check", str(params), str(sheet)]) == 0
    said, problem = json.loads(capsys.readouterr().out), f"{path!r} is a path of your own computer"
    assert [fault.startswith(f"params.panel: {problem}") for fault in said["params"]] == [True]
    in_cell = f"samplesheet_csv (row 3, bam): {problem}"
    assert [fault.startswith(in_cell) for fault in said["sheets"][str(sheet)]] == [True]


def test_a_choice_of_numbers_does_not_take_every_text(make: Make) -> None:
    version = imported(make({"n": {"anyOf": [{"type": "integer"}, {"type": "string", "enum": ["auto"]}]}}))
    assert read_sample_sheet("sample,n\na,3\nb,auto\nc,\n", version).faults == ()
    assert [fault.row for fault in read_sample_sheet("sample,n\na,often\n", version).faults] == [2]


def test_the_keys_of_genomes_are_kept(make: Make) -> None:
    config = "includeConfig params.igenomes_ignore ? 'conf/none.config' : 'conf/igenomes.config'\n" + CONFIG
    genomes = "params {\n genomes {\n 'GRCh38' {\n fasta = 'x'\n }\n GRCm39 {\n fasta = 'y'\n }\n }\n}\n"
    assert imported(make({}, config=config, files={"conf/igenomes.config": genomes})).genomes == ("GRCh38", "GRCm39")


def test_without_a_source_the_message_says_what_to_give(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([""]) == 1
    assert "give SOURCE=FOLDER" in capsys.readouterr().err
