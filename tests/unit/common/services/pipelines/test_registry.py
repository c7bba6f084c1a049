import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from common.domain.pipelines.params import fill_values, resolve_params
from common.domain.pipelines.pipeline import Column, Param
from common.domain.pipelines.sheet.sample_sheet import read_sample_sheet
from common.errors import NotFoundError
from common.services.pipelines.registry import PipelineRegistry
from common.services.pipelines.release_files import PipelineDataError

SCRNASEQ = "nf-core/scrnaseq"
REGISTRY = PipelineRegistry.load()
GOOD = {"genome": "GRCh38", "protocol": "10XV3"}

Facts = dict[str, Any]


def params_of(version: str) -> dict[str, Param]:
    return {param.name: param for param in REGISTRY.get_pipeline(SCRNASEQ, version).params}


def test_the_releases_of_scrnaseq_are_known_the_newest_by_default() -> None:
    pipeline = REGISTRY.find_pipeline(SCRNASEQ)
    assert [release.version for release in pipeline.versions] == ["2.7.1", "2.6.0", "2.5.1"]
    assert REGISTRY.get_pipeline(SCRNASEQ).version == pipeline.default_version == "2.7.1"


@pytest.mark.parametrize("name", ["nf-core/scrnaseq2", "scrnaseq", "", "nf-core/../scrnaseq"])
def test_an_unknown_pipeline_is_not_found_and_the_known_ones_are_named(name: str) -> None:
    with pytest.raises(NotFoundError, match=f"known: {SCRNASEQ}$"):
        REGISTRY.get_pipeline(name)


def test_an_unknown_release_is_not_found_and_the_known_ones_are_named() -> None:
    with pytest.raises(NotFoundError, match=r"has no version '3\.0\.0' here; known: 2\.7\.1, 2\.6\.0, 2\.5\.1$"):
        REGISTRY.get_pipeline(SCRNASEQ, "3.0.0")


@pytest.mark.parametrize("version", ["2.7.1", "2.6.0", "2.5.1"])
def test_a_run_requires_only_genome_and_protocol(version: str) -> None:
    required = {name for name, param in params_of(version).items() if param.required}
    assert required == {"genome", "protocol"}
    assert REGISTRY.validate_params(SCRNASEQ, version, GOOD) == []


@pytest.mark.parametrize("version", ["2.7.1", "2.6.0", "2.5.1"])
def test_these_releases_know_alevin_and_not_simpleaf(version: str) -> None:
    aligner = params_of(version)["aligner"]
    assert aligner.default == "alevin"
    assert "simpleaf" not in aligner.enum


@pytest.mark.parametrize("version", ["2.7.1", "2.6.0", "2.5.1"])
def test_the_parameter_expected_cells_fills_a_column(version: str) -> None:
    release = REGISTRY.get_pipeline(SCRNASEQ, version)
    params = GOOD | {"expected_cells": 5000}
    assert resolve_params(release, params) == GOOD
    assert fill_values(release, params) == {"expected_cells": "5000"}
    assert "expected_cells" in {column.name for column in release.columns}


@pytest.mark.parametrize("version", ["2.7.1", "2.6.0", "2.5.1"])
def test_simpleaf_is_an_alias_of_alevin(version: str) -> None:
    params = GOOD | {"aligner": "simpleaf"}
    assert REGISTRY.validate_params(SCRNASEQ, version, params) == []
    assert resolve_params(REGISTRY.get_pipeline(SCRNASEQ, version), params)["aligner"] == "alevin"


@pytest.mark.parametrize("version", ["2.7.1", "2.6.0", "2.5.1"])
def test_the_example_rows_are_a_valid_sheet(version: str) -> None:
    release = REGISTRY.get_pipeline(SCRNASEQ, version)
    rows = release.example_rows
    text = "\n".join([",".join(rows[0]), *(",".join(row.values()) for row in rows)])
    assert read_sample_sheet(text, release).faults == ()


@pytest.mark.parametrize(("version", "fits"), [("2.7.1", True), ("2.6.0", False), ("2.5.1", False)])
def test_chemistry_version_4_came_with_the_newest_release(version: str, fits: bool) -> None:
    faults = REGISTRY.validate_params(SCRNASEQ, version, GOOD | {"protocol": "10XV4"})
    assert [fault.field for fault in faults] == ([] if fits else ["params.protocol"])


def test_a_chemistry_outside_the_suggestions_is_valid() -> None:
    assert REGISTRY.validate_params(SCRNASEQ, None, GOOD | {"protocol": "SC5P-R2"}) == []


@pytest.mark.parametrize(
    ("version", "only_here", "not_here"),
    [
        ("2.7.1", {"cellranger_multi_barcodes", "skip_cellranger_renaming"}, {"kallisto_gene_map"}),
        ("2.6.0", {"skip_emptydrops", "kb_filter"}, {"cellranger_vdj_index", "kallisto_gene_map"}),
        ("2.5.1", {"kallisto_gene_map"}, {"skip_emptydrops", "kb_filter", "kb_t1c"}),
    ],
)
def test_each_release_has_its_own_parameters(version: str, only_here: set[str], not_here: set[str]) -> None:
    names = params_of(version).keys()
    assert only_here <= names
    assert not not_here & names


def test_only_the_oldest_release_accepts_single_reads() -> None:
    blank = {
        version: next(c.allows_blank for c in REGISTRY.get_samplesheet_schema(SCRNASEQ, version) if c.name == "fastq_2")
        for version in ("2.7.1", "2.6.0", "2.5.1")
    }
    assert blank == {"2.7.1": False, "2.6.0": False, "2.5.1": True}


def make_folder(at: Path, change: Callable[[Facts, Facts], object]) -> Path:
    """A pipeline with one release, after `change(pipeline, release)`."""
    pipeline = {"name": "lab/x", "display_name": "X", "description": "", "repository": "", "versions": ["1.0.0"]}
    param = {"name": "n", "type": "integer", "title": "N", "minimum": 1}
    column = {"name": "sample", "type": "string", "title": "S"}
    release: Facts = {
        "version": "1.0.0",
        "groups": [{"name": "g", "title": "G", "params": [param]}],
        "columns": [column],
    }
    change(pipeline, release)
    (at / "pipeline.json").write_text(json.dumps(pipeline), encoding="utf-8")
    (at / "1.0.0.json").write_text(json.dumps(release), encoding="utf-8")
    return at


def test_a_registry_can_be_loaded_from_another_folder(tmp_path: Path) -> None:
    registry = PipelineRegistry.load(make_folder(tmp_path, lambda _pipeline, _release: None))
    assert [pipeline.name for pipeline in registry.list_pipelines()] == ["lab/x"]
    assert registry.get_pipeline("lab/x").params[0].group == "g"


def first_param(release: Facts) -> Facts:
    param: Facts = release["groups"][0]["params"][0]
    return param


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda pipeline, _: pipeline.pop("versions"), "versions"),
        (lambda pipeline, _: pipeline["versions"].append("2.0.0"), "2.0.0.json"),
        (lambda pipeline, _: pipeline.update(colour="red"), "colour"),
        (lambda _, release: release.update(version="1.0.1"), "describes version 1.0.1, not 1.0.0"),
        (lambda _, release: release.update(extra=1), "extra is not a field of a release"),
        (lambda _, release: first_param(release).update(type="list"), "'list' is not a valid ParamType"),
        (lambda _, release: first_param(release).update(defualt=1), "defualt"),
        (lambda _, release: first_param(release).update(default=0), "n must be at least 1, not 0"),
        (lambda _, release: first_param(release).update(aliases={"few": "0"}), "n must be a whole number, not '0'"),
        (lambda _, release: first_param(release).update(fills="cells"), "there is no column cells"),
        (lambda _, release: first_param(release).update(minimum="1"), "n has a limit that is not a number"),
        (lambda _, release: release.update(sample_column="id"), "there is no column id"),
        (lambda _, release: release.update(unique=[["sample", "lane"]]), "there is no column lane"),
        (
            lambda _, release: first_param(release).update(pattern="(", expects="x"),
            "n has a pattern or values that cannot be used",
        ),
        (lambda _, release: release["columns"].append(release["columns"][0]), "sample occurs 2 times"),
    ],
)
def test_an_invalid_data_file_is_named_with_its_problem(
    tmp_path: Path, change: Callable[[Facts, Facts], object], problem: str
) -> None:
    with pytest.raises(PipelineDataError, match=r"\.json: ") as caught:
        PipelineRegistry.load(make_folder(tmp_path, change))
    assert problem in str(caught.value)


def test_every_pattern_of_our_releases_is_described_in_words() -> None:
    for release in REGISTRY.find_pipeline(SCRNASEQ).versions:
        fields: list[Param | Column] = [*release.params, *release.columns]
        assert [field.name for field in fields if field.pattern and not field.expects] == []
