"""A checkout becomes a registry entry that the registry can load and validate runs with."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from common.domain.pipelines.sheet.sample_sheet import read_sample_sheet
from common.services.pipelines.registry import PipelineRegistry
from tests.unit.tools.import_pipeline.schemas import DRAFT_7, SHEET, Json, params_schema
from tools.import_pipeline.__main__ import main

MANIFEST = """\
params { name = 'wrong' }
manifest {
    name            = 'nf-core/variants'
    contributors    = [ [ name: 'Ana', github: 'x' ] ]
    description     = \"\"\"Finds
       variants\"\"\"
    homePage        = "https://example.org/variants"
    version         = '1.2.0'
}
"""
NAME = "nf-core/variants"
Add = Callable[..., int]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    folder = tmp_path / "checkout"
    (folder / "assets").mkdir(parents=True)
    (folder / "nextflow_schema.json").write_text(json.dumps(params_schema(DRAFT_7)))
    (folder / "assets/sheet.json").write_text(json.dumps(SHEET))
    (folder / "assets/samplesheet.csv").write_text("name,bam,kind\n" + "a,a.bam,normal\n" * 5)
    (folder / "nextflow.config").write_text(MANIFEST)
    return folder


@pytest.fixture
def registry(tmp_path: Path) -> Path:
    return tmp_path / "registry"


@pytest.fixture
def add(checkout: Path, registry: Path) -> Add:
    return lambda *more: main([str(checkout), "--registry", str(registry), *more])


def change(path: Path, **values: object) -> None:
    schema: Json = json.loads(path.read_text())
    path.write_text(json.dumps(schema | values))


def test_an_added_pipeline_matches_its_checkout(add: Add, registry: Path) -> None:
    assert add() == 0
    pipeline = PipelineRegistry.load(registry).find_pipeline(NAME)
    assert (pipeline.display_name, pipeline.description) == ("variants", "Finds variants")
    assert (pipeline.repository, pipeline.default_version) == ("https://example.org/variants", "1.2.0")
    assert len(pipeline.versions[0].example_rows) == 3


def test_an_added_release_validates_parameters_by_limits_and_rules(add: Add, registry: Path) -> None:
    add()
    loaded = PipelineRegistry.load(registry)

    def problems(**params: object) -> list[tuple[str, str]]:
        return [(fault.field, fault.message) for fault in loaded.validate_params(NAME, None, params)]

    assert problems(species="x", mode="auto", share=1.5, title=22, step=2) == []
    assert problems() == [("params.species", "is required")]
    assert problems(species="x", mode=-1) == [
        ("params.mode", "exactly one of these must be true: text 'auto'; or a number of at least 0")
    ]
    assert problems(species="x", share=0.7) == [("params.share", "must be a multiple of 0.5")]
    assert problems(species="x", title="x") == [("params.title", "No spaces.")]
    assert problems(species="x", title="x y")[0][1] == "No spaces; the value is 'x y'"
    assert problems(species="x", step=True) == [("params.step", "must be a whole number, not true")]
    assert problems(species="x", step=4) == [("params.step", "must be 1, 2 or 3, not 4")]


def test_a_hostile_value_is_refused_at_once(add: Add, registry: Path) -> None:
    add()
    value = "fast," * 300 + "fas!"
    (fault,) = PipelineRegistry.load(registry).validate_params(NAME, None, {"species": "x", "tools": value})
    assert fault.field == "params.tools"


def test_an_added_release_validates_sheets_by_limits_and_rules(add: Add, registry: Path) -> None:
    add()
    sheet = (
        "name,replicate,bam,bai,kind,code\n"
        "7,1,a.bam,a.bam.bai,tumor,abc\n"
        "7,1,b.bam,,,\n"
        "8,,c.bam,,tumor,\n"
        "9,,c.bam,c.bam,normal,\n"
        "9,2,d.bam,,normal,ab\n"
    )
    found = read_sample_sheet(sheet, PipelineRegistry.load(registry).get_pipeline(NAME))
    assert [(fault.row, fault.column, fault.message) for fault in found.faults] == [
        (3, "replicate", "name and replicate are the same as in row 2; each combination may occur once"),
        (4, "replicate", "is required because kind is given and kind is 'tumor'; add it"),
        (5, "bai", "must match the pattern ^\\S+\\.bai$; 'c.bam' does not"),
        (5, "bam", "is the same as in row 4; each value may occur once"),
        (6, "kind", "name and kind are the same as in row 5; each combination may occur once"),
    ]
    assert found.sample_count == 3


def test_adding_a_release_again_changes_nothing(add: Add, registry: Path, capsys: pytest.CaptureFixture[str]) -> None:
    add()
    before = {path: path.read_bytes() for path in registry.rglob("*.json")}
    assert add() == 0
    assert "is already in the registry" in capsys.readouterr().out
    assert {path: path.read_bytes() for path in registry.rglob("*.json")} == before


def test_a_difference_is_printed_and_needs_force_to_replace_the_entry(
    add: Add, checkout: Path, registry: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    add()
    before = (registry / NAME / "1.2.0.json").read_text()
    change(checkout / "nextflow_schema.json", properties={"loose": {"type": "integer"}})
    assert add() == 1
    shown = capsys.readouterr()
    assert '-          "type": "string",' in shown.out
    assert '+          "type": "integer",' in shown.out
    assert "FORCE=1 replaces it" in shown.err
    assert (registry / NAME / "1.2.0.json").read_text() == before
    assert add("--force") == 0
    assert (registry / NAME / "1.2.0.json").read_text() != before


def test_a_second_release_does_not_change_the_default(add: Add, registry: Path) -> None:
    add()
    assert add("--version", "1.3.0") == 0
    pipeline = PipelineRegistry.load(registry).find_pipeline(NAME)
    assert [release.version for release in pipeline.versions] == ["1.2.0", "1.3.0"]


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda folder: (folder / "nextflow_schema.json").unlink(), "is this the checkout of a pipeline?"),
        (lambda folder: (folder / "nextflow_schema.json").write_text("{"), "is not JSON"),
        (
            lambda folder: change(folder / "nextflow_schema.json", **{"$schema": "draft-03"}),
            "draft-07 and 2020-12 are supported",
        ),
        (lambda folder: change(folder / "nextflow_schema.json", type="car"), "is not a JSON Schema"),
        (lambda folder: (folder / "assets/sheet.json").unlink(), "sheet.json cannot be read"),
        (lambda folder: (folder / "nextflow.config").unlink(), "give NAME=owner/name"),
        (lambda folder: (folder / "nextflow.config").write_text(MANIFEST.replace("variants'", "..'")), "give NAME="),
        (lambda folder: change(folder / "nextflow_schema.json", anyOf=[{"$ref": "#/gone"}]), "cannot be used"),
        (lambda folder: (folder / "nextflow.config").write_text(MANIFEST.replace("1.2.0", "1.2dev")), "give VERSION="),
    ],
)
def test_a_missing_or_invalid_file_is_reported(
    add: Add,
    checkout: Path,
    registry: Path,
    capsys: pytest.CaptureFixture[str],
    spoil: Callable[[Path], object],
    message: str,
) -> None:
    spoil(checkout)
    assert add() == 1
    assert message in capsys.readouterr().err
    assert not registry.exists()


def test_parameters_can_be_omitted(add: Add, registry: Path) -> None:
    assert add("--without", "loose,share") == 0
    names = {param.name for param in PipelineRegistry.load(registry).get_pipeline(NAME).params}
    assert not {"loose", "share"} & names
