"""The lists from which the image of head jobs is built."""

import json
import re
from pathlib import Path

import pytest

from common.composition.head_jobs import STOCK_IMAGE
from common.services.pipelines.registry import PipelineRegistry
from tools.head_image.contents import CORE_OF, CORE_PLUGINS, HEADJOB, contents, nextflow_version
from tools.import_pipeline.nextflow import fits


def rows(text: str) -> list[list[str]]:
    return [line.split("\t") for line in text.splitlines() if not line.startswith("#")]


@pytest.mark.parametrize("name", ["releases.tsv", "plugins.tsv"])
def test_the_image_is_built_from_what_the_registry_says(name: str) -> None:
    assert (HEADJOB / name).read_text() == contents()[name], "run make head-image"


def test_the_image_brings_every_release_of_the_registry_at_its_commit() -> None:
    brought = {(name, version): commit for name, version, commit, *_rest in rows(contents()["releases.tsv"])}
    registered = {
        (pipeline.name, release.version): release.launch.commit
        for pipeline in PipelineRegistry.load().list_pipelines()
        for release in pipeline.versions
    }
    assert brought == registered
    assert all(re.fullmatch(r"[0-9a-f]{40}", commit) for commit in brought.values())


def test_the_image_brings_every_plugin_that_a_release_names_and_those_of_nextflow() -> None:
    brought = [name for name, _sum in rows(contents()["plugins.tsv"])]
    needed = {
        plugin
        for pipeline in PipelineRegistry.load().list_pipelines()
        for release in pipeline.versions
        for plugin in release.launch.plugins
    }
    assert set(brought) == needed | set(CORE_PLUGINS)
    assert len(brought) == len(set(brought))


def test_the_core_plugins_are_those_of_the_nextflow_in_the_image() -> None:
    assert nextflow_version() == CORE_OF
    assert f"nextflow/nextflow:{CORE_OF}" == STOCK_IMAGE


def test_the_nextflow_in_the_image_fits_every_release() -> None:
    for pipeline in PipelineRegistry.load().list_pipelines():
        for release in pipeline.versions:
            assert fits(nextflow_version(), release.launch.nextflow), (pipeline.name, release.version)


def test_the_default_release_is_fetched_last() -> None:
    for pipeline in PipelineRegistry.load().list_pipelines():
        mine = [version for name, version, *_rest in rows(contents()["releases.tsv"]) if name == pipeline.name]
        assert mine[-1] == pipeline.default_version


def test_a_new_release_changes_the_lists_and_keeps_the_checksums(tmp_path: Path) -> None:
    release = {
        "version": "1.0.0", "groups": [], "columns": [{"name": "sample", "type": "string", "title": "Sample"}],
        "launch": {"commit": "a" * 40, "plugins": ["nf-schema@2.3.0", "nf-google@1.23.5"]},
    }  # fmt: skip
    folder = tmp_path / "nf-core" / "tiny"
    folder.mkdir(parents=True)
    (folder / "1.0.0.json").write_text(json.dumps(release))
    facts = {"name": "nf-core/tiny", "display_name": "", "description": "", "repository": "", "versions": ["1.0.0"]}
    (folder / "pipeline.json").write_text(json.dumps(facts))
    (tmp_path / "plugins.tsv").write_text("# old\nnf-google@1.23.5\tabc\nnf-gone@1.0.0\tdef\n")

    lists = contents(tmp_path, tmp_path)

    assert rows(lists["releases.tsv"]) == [["nf-core/tiny", "1.0.0", "a" * 40, "-", "-"]]
    assert rows(lists["plugins.tsv"]) == [
        ["nf-google@1.23.5", "abc"],
        ["nf-cloudcache@0.5.0", "-"],
        ["nf-schema@2.3.0", "-"],
    ]


def test_a_release_without_a_commit_is_not_in_the_image(tmp_path: Path) -> None:
    folder = tmp_path / "nf-core" / "tiny"
    folder.mkdir(parents=True)
    release = {"version": "1.0.0", "groups": [], "columns": [{"name": "sample", "type": "string", "title": "Sample"}]}
    (folder / "1.0.0.json").write_text(json.dumps(release))
    facts = {"name": "nf-core/tiny", "display_name": "", "description": "", "repository": "", "versions": ["1.0.0"]}
    (folder / "pipeline.json").write_text(json.dumps(facts))
    assert rows(contents(tmp_path, tmp_path)["releases.tsv"]) == []
