import pytest

from common.schemas.pipelines.registered import PipelineSchema
from common.services.pipelines.registry import PipelineRegistry

RELEASES = [release for pipeline in PipelineRegistry.load().list_pipelines() for release in pipeline.versions]


@pytest.mark.parametrize("version", [release.version for release in RELEASES])
def test_each_release_fits_the_published_schema(version: str) -> None:
    release = next(release for release in RELEASES if release.version == version)
    schema = PipelineSchema.model_validate(release.facts())
    assert {param.group for param in schema.params} == {group.name for group in schema.groups}
