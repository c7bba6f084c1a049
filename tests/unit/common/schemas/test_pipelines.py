from dataclasses import asdict

import pytest

from common.schemas.pipelines import PipelineSchema
from common.services.pipelines.registry import PipelineRegistry

RELEASES = [release for pipeline in PipelineRegistry.load().list_pipelines() for release in pipeline.versions]


@pytest.mark.parametrize("version", [release.version for release in RELEASES])
def test_the_schema_of_each_release_has_the_shape_that_is_promised(version: str) -> None:
    release = next(release for release in RELEASES if release.version == version)
    told = PipelineSchema.model_validate(asdict(release))
    assert {param.group for param in told.params} == {group.name for group in told.groups}
