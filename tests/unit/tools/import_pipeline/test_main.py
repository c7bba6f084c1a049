"""A checkout becomes a registry entry that the registry can load and validate runs with."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from common.domain.pipelines.sheet.sample_sheet import read_sample_sheet
from common.services.pipelines.registry import PipelineRegistry
from tests.unit.tools.import_pipeline.schemas import DRAFT_7, SHEET, Json, params_schema
from tools.head_image.contents import nextflow_version
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
    (folder / "assets/samplesheet.csv").write_text("name,bam\n" + "".join(f"a,{n}.bam\n" for n in range(5)))
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
        (6, "code", "must have at least 3 characters"),
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


def manifest(checkout: Path, more: str) -> None:
    (checkout / "nextflow.config").write_text(MANIFEST.replace("    version ", f"{more}\n    version "))


def test_what_a_launch_needs_is_in_the_entry(add: Add, checkout: Path, registry: Path) -> None:
    manifest(checkout, "    nextflowVersion = '!>=23.04.0'")
    with (checkout / "nextflow.config").open("a") as config:
        config.write("plugins { id 'nf-schema@2.3.0' }\n")
    (checkout / "conf").mkdir()
    (checkout / "conf" / "base.config").write_text("def x = 1\n")
    git(checkout, "init", "--quiet")
    git(checkout, "add", ".")
    git(checkout, "-c", "user.name=Ana", "-c", "user.email=a@b", "commit", "--quiet", "--message=x")

    assert add() == 0

    needs = PipelineRegistry.load(registry).get_pipeline(NAME).launch
    assert (needs.nextflow, needs.plugins, needs.parser) == ("!>=23.04.0", ("nf-schema@2.3.0",), "v1")
    assert needs.commit == git(checkout, "rev-parse", "HEAD").strip()


def git(folder: Path, *arguments: str) -> str:
    return subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=True).stdout


def test_a_release_that_would_not_start_in_the_image_is_refused(
    add: Add, checkout: Path, registry: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest(checkout, "    nextflowVersion = '!>=99.04.0'")
    assert add() == 1
    shown = capsys.readouterr().err
    assert f"the image of head jobs has Nextflow {nextflow_version()}, but its manifest asks for '!>=99.04.0'" in shown
    assert not registry.exists()


@pytest.mark.parametrize("constraint", [">=99.04.0", "the newest"])
def test_a_release_that_only_asks_for_another_nextflow_is_added_with_a_note(
    add: Add, checkout: Path, capsys: pytest.CaptureFixture[str], constraint: str
) -> None:
    manifest(checkout, f"    nextflowVersion = '{constraint}'")
    assert add() == 0
    assert f"{constraint!r}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda folder: (folder / "nextflow_schema.json").unlink(), "give SOURCE=FOLDER, the checkout of a pipeline"),
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
