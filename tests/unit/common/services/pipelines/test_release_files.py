import json
from pathlib import Path
from typing import Any

import pytest

from common.domain.pipelines.pipeline import LaunchNeeds
from common.services.pipelines.registry import PipelineRegistry
from common.services.pipelines.release_files import PipelineDataError, read_launch_needs, read_pipelines

NAME = "nf-core/tiny"


def registry(folder: Path, **launch: Any) -> Path:  # noqa: ANN401 any JSON
    """A registry with one release, which needs `launch`."""
    (folder / NAME).mkdir(parents=True)
    column = {"name": "sample", "type": "string", "title": "Sample"}
    release = {"version": "1.0.0", "groups": [], "columns": [column], **({"launch": launch} if launch else {})}
    (folder / NAME / "1.0.0.json").write_text(json.dumps(release))
    facts = {"name": NAME, "display_name": "", "description": "", "repository": "", "versions": ["1.0.0"]}
    (folder / NAME / "pipeline.json").write_text(json.dumps(facts))
    return folder


def test_what_a_launch_needs_is_read_alone_and_with_the_release(tmp_path: Path) -> None:
    folder = registry(tmp_path, nextflow=">=24.04", commit="a" * 40, plugins=["nf-schema@2.3.0"], parser="v1")
    (pipeline,) = read_pipelines(folder)
    needs = LaunchNeeds(nextflow=">=24.04", commit="a" * 40, plugins=("nf-schema@2.3.0",), parser="v1")
    assert read_launch_needs(NAME, "1.0.0", folder) == pipeline.versions[0].launch == needs


def test_a_release_that_says_nothing_or_is_gone_needs_nothing_special(tmp_path: Path) -> None:
    folder = registry(tmp_path)
    assert read_launch_needs(NAME, "1.0.0", folder) == read_launch_needs(NAME, "9.9.9", folder) == LaunchNeeds()


@pytest.mark.parametrize(
    ("launch", "problem"),
    [
        ({"commit": "abc"}, "the commit 'abc' is not a full hash of git"),
        ({"parser": "v3"}, "the parser 'v3' is not v1 or v2"),
        ({"plugins": ["nf-schema"]}, "the plugin 'nf-schema' is not name@version"),
        ({"plugins": ["nf-schema@>=2"]}, "the plugin 'nf-schema@>=2' is not name@version"),
        ({"branch": "dev"}, "branch"),
    ],
)
def test_a_wrong_need_is_refused_with_the_file(tmp_path: Path, launch: dict[str, Any], problem: str) -> None:
    with pytest.raises(PipelineDataError, match=r"1\.0\.0\.json") as refusal:
        read_pipelines(registry(tmp_path, **launch))
    assert problem in str(refusal.value)


def test_the_old_releases_of_scrnaseq_are_read_by_the_old_parser() -> None:
    releases = PipelineRegistry.load().find_pipeline("nf-core/scrnaseq").versions
    assert {release.version for release in releases if release.launch.parser == "v1"} == {"2.5.1", "2.6.0", "2.7.1"}


def test_what_a_launch_needs_is_no_part_of_the_inputs() -> None:
    assert "launch" not in PipelineRegistry.load().get_pipeline("nf-core/scrnaseq").facts()
