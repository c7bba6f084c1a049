"""The pipelines that can be run."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Self

from common.domain.nextflow.config.rendering import ConfigOptions, run_config
from common.domain.pipelines.params import validate_params
from common.domain.pipelines.pipeline import Column, Pipeline, PipelineVersion
from common.domain.text.wording import did_you_mean
from common.errors import Fault, NotFoundError
from common.services.pipelines.release_files import RELEASES, read_pipelines
from common.services.pipelines.schema_rules import SchemaRules


class PipelineRegistry:
    """Answers from memory; built once per process by `load`.

    Every method that takes a name raises NotFoundError, with the known names in its message.
    """

    def __init__(self, pipelines: Sequence[Pipeline]) -> None:
        self._pipelines = {pipeline.name: _with_checks(pipeline) for pipeline in pipelines}

    @classmethod
    def load(cls, folder: Path = RELEASES) -> Self:
        """Every pipeline below `folder`. Raises PipelineDataError for the first invalid file."""
        return cls(read_pipelines(folder))

    def list_pipelines(self) -> tuple[Pipeline, ...]:
        """All pipelines, by name."""
        return tuple(self._pipelines.values())

    def find_pipeline(self, name: str) -> Pipeline:
        """A pipeline with all its releases."""
        if name not in self._pipelines:
            known = ", ".join(self._pipelines)
            raise NotFoundError(f"there is no pipeline {name!r}{did_you_mean(name, self._pipelines)}; known: {known}")
        return self._pipelines[name]

    def get_pipeline(self, name: str, version: str | None = None) -> PipelineVersion:
        """One release; None stands for the default one."""
        pipeline = self.find_pipeline(name)
        number = version or pipeline.default_version
        for release in pipeline.versions:
            if release.version == number:
                return release
        known = ", ".join(release.version for release in pipeline.versions)
        raise NotFoundError(f"{name} has no version {number!r} here; known: {known}")

    def get_samplesheet_schema(self, name: str, version: str | None = None) -> tuple[Column, ...]:
        """The columns of a release's samplesheet."""
        return self.get_pipeline(name, version).columns

    def validate_params(self, name: str, version: str | None, params: Mapping[str, object]) -> list[Fault]:
        """Everything that is wrong with `params` for a release."""
        return validate_params(self.get_pipeline(name, version), params)

    def render_config(self, name: str, version: str | None, options: ConfigOptions) -> str:
        """A nextflow.config for Cloud Batch, which a user may change before sending it with a run."""
        return run_config(self.get_pipeline(name, version), options)


def _with_checks(pipeline: Pipeline) -> Pipeline:
    """The pipeline with the rules of its releases ready to use; each is compiled at its first use."""
    versions = (
        replace(
            version,
            check_params=SchemaRules(version.param_rules).problems if version.param_rules else None,
            check_row=SchemaRules(version.row_rules).problems if version.row_rules else None,
        )
        for version in pipeline.versions
    )
    return replace(pipeline, versions=tuple(versions))
